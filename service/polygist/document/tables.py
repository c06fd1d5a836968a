"""Rows of tables: cells between bars or tabs."""

import re

from polygist.document.headings import bullet, number

_LONGEST_ROW, _LONGEST_CELL = 2_000, 120
_CELL = re.compile(r"[^|\t]+")
_DELIMITER = frozenset("|:+=- \t")


def is_row(text: str) -> bool:
    """Whether a line can be a row of a table: two cells or more between bars or tabs, or the line below its head.

    'Leeds | 3' -> True, '|---|---|' -> True, '1.\\tFirst of all' -> False.
    """
    if len(text) > _LONGEST_ROW or not ("|" in text or "\t" in text):
        return False
    if _DELIMITER.issuperset(text):
        return "-" in text
    found = cells(text)
    return (len(found) > 1 or (is_framed(text) and text.count("|") > 2)) and all(
        end - start <= _LONGEST_CELL for start, end in found
    )


def is_framed(text: str) -> bool:
    """Whether bars stand before and after a row, so that it needs no second one to be a table: '| Leeds | 3 |'."""
    return len(text) > 1 and text[0] == text[-1] == "|"


def cells(text: str) -> list[tuple[int, int]]:
    """The ranges of the cells with a letter or digit, list marks left out: '- Leeds | 3 |' -> [(2, 7), (10, 11)]."""
    found = []
    for match in _CELL.finditer(text, bullet(text) or number(text)):
        cell = match[0]
        if any(map(str.isalnum, cell)):
            start = match.start() + len(cell) - len(cell.lstrip())
            found.append((start, start + len(cell.strip())))
    return found
