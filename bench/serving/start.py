"""Seconds from the start of the process until it serves."""

import statistics
import time
from typing import Any

from server import serving
from show import console


def start(rounds: int) -> Any:
    """A few starts, one after the other."""
    seconds = []
    for _ in range(rounds + 2):
        begun = time.monotonic()
        with serving():
            seconds.append(time.monotonic() - begun)
    listed = ", ".join(f"{s:.1f}" for s in seconds)
    console.print(f"start to serving: median {statistics.median(seconds):.1f} s of {listed}")
    return {"seconds": seconds}
