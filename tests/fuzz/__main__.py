"""Runs a target under atheris: python -m tests.fuzz NAME SECONDS.

What it finds new is kept in build/fuzz/NAME and begun with the next time; bytes that break a promise, or take longer
than a minute, are written to build/fuzz/found and end it with an error.
"""

import importlib
import sys
from pathlib import Path

import atheris

from tests.fuzz import TARGETS

_SEEDS, _WORK = Path("tests/data/fuzz"), Path("build/fuzz")
# Of the clock, not of a processor, which others may have.
_LONGEST_SECONDS = 60
_MOST_BYTES = 2_000


def main(name: str, seconds: str) -> None:
    if name not in TARGETS:
        raise SystemExit(f"no target {name!r}; there are: {', '.join(TARGETS)}")
    with atheris.instrument_imports(include=["polygist"]):
        target = importlib.import_module(f"tests.fuzz.{name}")
    for folder in (_WORK / name, _WORK / "found"):
        folder.mkdir(parents=True, exist_ok=True)
    options = {
        "max_total_time": seconds,
        "max_len": _MOST_BYTES,
        "timeout": _LONGEST_SECONDS,
        "rss_limit_mb": 4_096,
        "artifact_prefix": f"{_WORK}/found/{name}-",
        "print_final_stats": 1,
    }
    places = [str(_WORK / name), str(_SEEDS / name)]
    atheris.Setup([sys.argv[0], *(f"-{key}={value}" for key, value in options.items()), *places], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
