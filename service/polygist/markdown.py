"""Pages of Markdown whose tables are made anew between two marks."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


def marks(source: str) -> tuple[str, str]:
    """The lines that stand around what is made from the `source`, for people: "the cards"."""
    begin, end = (f"<!-- from {source} by `make docs`: {edge} -->\n" for edge in ("begin", "end"))
    return begin, end


def filled(text: str, source: str, parts: Iterable[str]) -> str:
    """The page with these parts between the marks of that source. Raises ValueError where a mark is missing."""
    first, last = marks(source)
    before, begin, rest = text.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise ValueError("the page has no marks for its tables")
    return before + begin + "\n" + "\n".join(parts) + "\n" + end + after


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """
    >>> table(("a", "b"), [("1", "2")])
    '| a | b |\\n| --- | --- |\\n| 1 | 2 |\\n'
    """
    lines = (head, ["---"] * len(head), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def rewrite(made: Callable[[str], str]) -> None:
    """The main program of what makes pages: write the one that the command line names."""
    page = Path(sys.argv[1])
    page.write_text(made(page.read_text(encoding="utf-8")), encoding="utf-8")
