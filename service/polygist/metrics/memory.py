"""What processes have in memory."""

import os
from collections.abc import Iterable
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident(pids: Iterable[int]) -> float:
    """Bytes of those processes that are in memory, shared ones counted for each; one that has ended has none."""
    return float(sum(map(_resident, pids)))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0
