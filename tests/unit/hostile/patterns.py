"""Prints the regular expressions of the package as JSON: python -m tests.unit.hostile.patterns.

Those of modules as they are imported, those of functions as they are called over the corpus of tests/fuzz and over what
stands here; each with the places in the source that it is made at, and whether texts are searched for it: one that is
only matched where a text starts is not tried at each place of it.
"""

import ast
import importlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path("service/polygist").resolve()
ANCHORED = {"match", "fullmatch"}
FUNCTIONS = (*sorted(ANCHORED), "compile", "sub", "subn", "split", "search", "findall", "finditer")

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


def modules() -> Iterator[str]:
    """Those that import `re`: none of them needs torch, so that this takes seconds."""
    for file in sorted(PACKAGE.rglob("*.py")):
        if re.search(r"^import re$", file.read_text(encoding="utf-8"), re.MULTILINE):
            parts = file.relative_to(PACKAGE).with_suffix("").parts
            yield ".".join(["polygist", *parts]).removesuffix(".__init__")


def reach() -> None:
    """Calls for the places that the corpus does not lead to."""
    from polygist.document import notices, sentences
    from polygist.engines import cores
    from polygist.summarize import abstractive_check
    from polygist.summarize.faithfulness import words
    from polygist.translate import layout, quantities
    from polygist.types import Span

    notices.is_byline("Jane Doe, Political Editor")
    list(sentences.split(f"“{'One is here. ' * 40}”", "en"))
    cores.computes_bfloat16()
    abstractive_check._loops("no")
    cost = "It cost 1,234,567 in all."
    words.read(cost, Span(0, len(cost)), "en")
    layout.rewrap("one\ntwo", "eins zwei")
    list(quantities.numbers("5 a", ["a"]))


def is_searched(place: str) -> bool:
    """Whether anything but a match is asked of what is made at 'file.py:12'; True for what can't be told."""
    file, line = place.split(":")
    above = _above(file)
    names = set()
    for call in above:
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re.") and _covers(call, int(line)):
            if call.func.attr in ANCHORED:  # type: ignore[attr-defined]
                continue
            names.add(_name(call, above))
    uses = [use for use in above if isinstance(use, ast.Name) and isinstance(use.ctx, ast.Load)]
    return any(
        not name.startswith("_") or any(use.id == name and not _is_matched(use, above) for use in uses)
        for name in names
    )


@cache
def _above(file: str) -> dict[ast.AST, ast.AST]:
    """What each part of a file is a part of."""
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _covers(node: ast.expr, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _name(call: ast.Call, above: dict[ast.AST, ast.AST]) -> str:
    """Of the constant that a pattern is, or of the function that returns it; '' where it is neither."""
    node = above[call]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    owner = above.get(node)
    return owner.name if isinstance(node, ast.Return) and isinstance(owner, ast.FunctionDef) else ""


def _is_matched(use: ast.Name, above: dict[ast.AST, ast.AST]) -> bool:
    node = above[use]
    node = above[node] if isinstance(node, ast.Call) and node.func is use else node
    return isinstance(node, ast.Attribute) and node.attr in ANCHORED


def main() -> None:
    compiled = re.compile
    for name in FUNCTIONS:
        setattr(re, name, noted(getattr(re, name), compiled))
    from tests.fuzz import TARGETS

    for module in modules():
        importlib.import_module(module)
    for name in TARGETS:
        check = importlib.import_module(f"tests.fuzz.{name}").check
        for file in sorted(Path("tests/data/fuzz", name).iterdir()):
            check(file.read_bytes())
    reach()
    told = [(*pattern, sorted(places), any(map(is_searched, places))) for pattern, places in sorted(found.items())]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
