"""How many cores there are, and how they are shared out."""

import os
from pathlib import Path

import pytest

from polygist.engines.cores import Plan, available, computes_bfloat16, plan

ALL = len(os.sched_getaffinity(0))


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of 16 cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))


def tree(folder: Path, own: str, files: dict[str, str]) -> tuple[Path, Path]:
    """A tree of control groups and the file that says where this process is in it."""
    root, membership = folder / "cgroup", folder / "self"
    root.mkdir()
    membership.write_text(own)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root, membership


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        ("0::/\n", {}, 16),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 16),
        ("0::/\n", {"cpu.max": "300000 100000\n"}, 3),
        ("0::/\n", {"cpu.max": "250000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "400000 100000\n"}, 4),
        ("0::/host/path\n", {"cpu.max": "200000 100000\n"}, 2),
        ("4:cpu,cpuacct:/x\n1:memory:/y\n", {"cpu,cpuacct/x/cpu.cfs_quota_us": "600000\n"}, 16),
        (
            "4:cpu,cpuacct:/x\n",
            {"cpu,cpuacct/x/cpu.cfs_quota_us": "600000\n", "cpu,cpuacct/x/cpu.cfs_period_us": "100000\n"},
            6,
        ),
        (
            "4:cpu:/\n",
            {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
            16,
        ),
        ("0::/\n", {"cpu.max": "nonsense\n"}, 16),
    ],
)
def test_quota_bounds_the_cores(tmp_path: Path, own: str, files: dict[str, str], expected: int) -> None:
    assert available(*tree(tmp_path, own, files)) == expected


def test_affinity_bounds_the_cores(tmp_path: Path) -> None:
    assert available(tmp_path, tmp_path / "none") == ALL
    kept = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(kept)})
        assert available(tmp_path, tmp_path / "none") == 1
    finally:
        os.sched_setaffinity(0, kept)


@pytest.mark.parametrize("n", range(1, 130))
def test_plan_never_oversubscribes(n: int) -> None:
    made = plan(n)
    assert 1 <= made.replicas * made.threads <= n


def test_plan_keeps_what_is_given() -> None:
    assert plan(8, replicas=3) == Plan(3, 2)
    assert plan(2, threads=4) == Plan(1, 4)
    assert plan(2, 2, 2) == Plan(2, 2)
    assert plan(1) == Plan(1, 1)


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16 amx_tile\n", True),
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512f\nvmx flags\t: bf16\n", False),
        ("processor\t: 0\nFeatures\t: fp asimd bf16 i8mm\n", True),
        ("processor\t: 0\nFeatures\t: fp asimd\n", False),
        ("", False),
    ],
)
def test_bfloat16_is_computed_where_the_processor_says_so(tmp_path: Path, described: str, expected: bool) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(described, encoding="utf-8")
    assert computes_bfloat16(told) is expected
    assert not computes_bfloat16(tmp_path / "none")
