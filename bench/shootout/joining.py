"""Rows that join on ONNX Runtime, in a process of its own: `python joining.py < task.json`, with a task of measure.py.

The answer has the speeds of "batches" that end as a whole and of "joined" rows, in output tokens a second;
milliseconds at the median of a "step" of all rows, of the run that "read"s the prompt of one that joins, and of the
copy of the cache of all rows ("repack") when one leaves and one joins; the "cache" in bytes.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import ort

COPIES = 20


class Timed(ort.Runtime):
    """Notes the seconds of each run: [((rows, width), seconds), ...]."""

    steps: list[tuple[tuple[int, ...], float]]

    def _step(self, bound: Any, ids: Any, lengths: Any, last: Any) -> list[int]:
        begun = time.monotonic()
        tokens = super()._step(bound, ids, lengths, last)
        self.steps.append((ids.shape, time.monotonic() - begun))
        return tokens


def measure(task: Any) -> dict[str, float]:
    prompts, limits, rows = task["prompts"], task["limits"], task["rows"]
    runtime = Timed(Path(task["file"]), task["threads"], task["end"])
    runtime.steps = []
    runtime.generate(prompts[:rows], [4] * rows)
    begun, tokens = time.monotonic(), 0
    for i in range(0, len(prompts), rows):
        tokens += sum(map(len, runtime.generate(prompts[i : i + rows], limits[i : i + rows])))
    batches = tokens / (time.monotonic() - begun)
    runtime.steps, begun = [], time.monotonic()
    tokens = sum(map(len, runtime.generate(prompts, limits, rows)))
    joined = tokens / (time.monotonic() - begun)
    cache = runtime.cache(rows, max(len(p) + n for p, n in zip(prompts, limits, strict=True)) + 1)
    return {
        "batches": batches,
        "joined": joined,
        "step": _median(seconds for shape, seconds in runtime.steps if shape == (rows, 1)),
        "read": _median(seconds for (height, width), seconds in runtime.steps if height == 1 and width > 1),
        "repack": _median(repacked(cache) for _ in range(COPIES)),
        "cache": sum(a.nbytes for a in cache),
    }


def repacked(cache: list[np.ndarray[Any, Any]]) -> float:
    """Seconds of new arrays for all rows but the first and one more, as a graph without places of rows needs them."""
    begun = time.monotonic()
    for array in cache:
        np.concatenate([array[1:], array[:1]])
    return time.monotonic() - begun


def _median(seconds: Iterable[float]) -> float:
    """In milliseconds."""
    return 1000 * statistics.median(seconds)


if __name__ == "__main__":
    json.dump(measure(json.load(sys.stdin)), sys.stdout)
