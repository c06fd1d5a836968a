"""Prints the regular expressions of the package as JSON: python -m tests.unit.hostile.patterns.

Those of modules as they are imported, those of functions as they are called over the corpus of tests/fuzz; each with
the places in the source that it is made at.
"""

import importlib
import json
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGE = Path("service/polygist").resolve()
FUNCTIONS = ("compile", "sub", "subn", "split", "search", "match", "fullmatch", "findall", "finditer")

Pattern = tuple[str, int]
found: dict[Pattern, set[str]] = defaultdict(set)


def noted(function: Callable[..., Any], compiled: Callable[..., re.Pattern[str]]) -> Callable[..., Any]:
    """As a function of `re`, and what it is given is kept where the package gives it."""

    def call(pattern: Any, *args: Any, **named: Any) -> Any:
        frame = sys._getframe(1)
        file = Path(frame.f_code.co_filename)
        if isinstance(pattern, str) and file.is_relative_to(PACKAGE):
            flags = named.get("flags", args[0] if args and function is compiled else 0)
            made = compiled(pattern, flags)
            found[made.pattern, made.flags].add(f"{file.relative_to(PACKAGE)}:{frame.f_lineno}")
        return function(pattern, *args, **named)

    return call


def main() -> None:
    compiled = re.compile
    for name in FUNCTIONS:
        setattr(re, name, noted(getattr(re, name), compiled))
    import polygist
    from tests.fuzz import TARGETS

    for module in pkgutil.walk_packages(polygist.__path__, "polygist."):
        importlib.import_module(module.name)
    for name in TARGETS:
        check = importlib.import_module(f"tests.fuzz.{name}").check
        for file in sorted(Path("tests/data/fuzz", name).iterdir()):
            check(file.read_bytes())
    json.dump([(*pattern, sorted(places)) for pattern, places in sorted(found.items())], sys.stdout)


if __name__ == "__main__":
    main()
