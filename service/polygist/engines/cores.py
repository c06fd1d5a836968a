"""How many cores there are to use, and how an engine shares them out."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

# A small model gains little from more threads than this in one batch; further cores do more as replicas.
_THREADS_A_REPLICA = 4
# As Linux names what multiplies bfloat16, on x86 and on ARM.
_BFLOAT16 = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


@dataclass(frozen=True)
class Plan:
    """`replicas` batches run side by side, each on `threads` cores."""

    replicas: int
    threads: int


def plan(cores: int, replicas: int | None = None, threads: int | None = None) -> Plan:
    """Share out the cores; what is given stays. Without a say replicas x threads never exceeds the cores.

    >>> plan(2), plan(8), plan(6), plan(8, replicas=1), plan(8, threads=1)
    (Plan(replicas=1, threads=2), Plan(replicas=2, threads=4), Plan(replicas=1, threads=6), \
Plan(replicas=1, threads=8), Plan(replicas=8, threads=1))
    """
    if replicas is None:
        replicas = max(1, cores // (threads or _THREADS_A_REPLICA))
    if threads is None:
        threads = max(1, cores // replicas)
    return Plan(replicas, threads)


def available(cgroups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int:
    """Whole cores that this process may keep busy, at least 1: its affinity and the CPU quota of its container.

    The quota is that of cgroup v2 (cpu.max) or v1 (cpu.cfs_quota_us), the smallest on the way to the root. Half a core
    more is left unused: threads beyond the quota make the kernel stop all of them for a part of each period.
    """
    cores = float(len(os.sched_getaffinity(0)))
    for folder in _folders(cgroups, own):
        cores = min(cores, _quota(folder))
    return max(1, int(cores))


def computes_bfloat16(described: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16. Where it does not, torch brings 16 rows further 2.7 times as fast in
    float32."""
    try:
        told = re.search(r"^(?:flags|Features)\s*:(.*)", described.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return False
    return told is not None and not _BFLOAT16.isdisjoint(told[1].split())


def _folders(cgroups: Path, own: Path) -> list[Path]:
    """Where a quota of this process may be written down."""
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found: list[Path] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = cgroups / controllers if controllers else cgroups
        place = root / path.lstrip("/")
        # Inside a container the path may be that of the host, and the quota lies at the root of what is mounted.
        found += [p for p in (place, *place.parents) if p.is_relative_to(root)]
    return found


def _quota(folder: Path) -> float:
    """Cores, infinite where there is no limit."""
    try:
        if (v2 := folder / "cpu.max").exists():
            quota, period = v2.read_text(encoding="ascii").split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii").strip()
        return float("inf") if quota in {"max", "-1"} else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return float("inf")
