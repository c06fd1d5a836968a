"""Where quotations begin and end, in all the styles of quotation marks."""

import re
from collections.abc import Iterator

from polygist.types import Span

MARKS = "\"„“”«»‚‘’'‹›"
_MARK = re.compile(f"[{MARKS}]")
# Opening mark -> marks that can close it. German text often closes „ with the English opening mark or the straight one.
_CLOSERS = {
    "„": '“”"',
    "“": '”"',
    "”": "”",
    '"': '"”',
    "«": "»",
    "»": "«",
    "‹": "›",
    "›": "‹",
    "‚": "‘’",
    "‘": "’",
    "'": "'",
}
_SINGLE = "‘’'"
_DOUBLE = '"„“”«»'
_FEET = re.compile(r"\d\s?['’′]\s?\d{1,2}$")
_SENTENCE_END = re.compile(r"[.!?…]\s")
_OPENED = re.compile(r"(?<!\S)[\"“”„]\S")
_LOOK_BACK = 300
_TRIM = " \t\r\n\u00a0,–—-"


def quotations(text: str, start: int, end: int) -> Iterator[Span]:
    """The outermost quotations of text[start:end], marks left out, also a comma or dash before the closing mark.

    An opening mark without a closing one opens nothing. Apostrophes and marks between letters are no quotation marks.
    One pass: linear time.
    """
    marks = [m.start() for m in _MARK.finditer(text, start, end) if not _between_letters(text, m.start())]
    dead: set[str] = set()
    i = 0
    while i < len(marks):
        opener = text[marks[i]]
        if opener in dead or opener not in _CLOSERS or not _opens(text, marks[i], start, end):
            i += 1
            continue
        close, is_closed = _closing(text, marks, i, end)
        if not is_closed:
            if close == len(marks):
                dead.add(opener)
                close = i + 1
            i = close
            continue
        inner = _trimmed(text, marks[i] + 1, marks[close])
        if inner is not None:
            yield inner
        i = close + 1


def unclosed(text: str, block: Span, since: int) -> Span | None:
    """What follows the first double opening mark of a block from a place on, where nothing closes it."""
    for match in _MARK.finditer(text, since, block.end):
        if match[0] in _DOUBLE and _opens(text, match.start(), *block):
            return _trimmed(text, match.end(), block.end)
    return None


def opened_with(text: str, quotation: Span, block: Span) -> bool:
    """Whether a block opens with the mark that a quotation opens with."""
    mark = text[quotation.start - 1]
    return mark in _DOUBLE and text[block.start] == mark


def _closing(text: str, marks: list[int], i: int, end: int) -> tuple[int, bool]:
    """The index of the mark that closes marks[i] and True; pairs of the same style inside are passed over.

    Where nothing closes it, len(marks) and False; the index of a mark that opens anew after inches, and False.
    """
    opener = text[marks[i]]
    closers, depth, measured = _CLOSERS[opener], 0, False
    for j in range(i + 1, len(marks)):
        mark = text[marks[j]]
        if mark in closers and _is_measure(text, marks[j]):
            measured = True
        elif mark in closers and _closes(text, marks[j], end):
            if depth == 0:
                return j, True
            depth -= 1
        elif measured and mark == opener and _opens(text, marks[j], 0, end):
            return j, False
        elif mark == opener and mark in "«„" and _opens(text, marks[j], 0, end):
            depth += 1
    return len(marks), False


def _opens(text: str, at: int, start: int, end: int) -> bool:
    """Whether the mark at a position has nothing, space or a bracket before it and something right after it."""
    before = text[at - 1] if at > start else " "
    after = text[at + 1] if at + 1 < end else " "
    if text[at] in "'‘" and not after.isalpha():
        return False
    return (before.isspace() or before in "([{—–-:/\"„“«‚‘'…") and not after.isspace()


def _closes(text: str, at: int, end: int) -> bool:
    after = text[at + 1] if at + 1 < end else " "
    if text[at] in _SINGLE:
        return not after.isalnum()
    return not (text[at] == '"' and after.isalnum() and text[at - 1].isspace())


def _is_measure(text: str, at: int) -> bool:
    """Whether a mark after a digit, with a word after it, means inches: 5' 10" tall.

    So it does after feet, and where nothing is open in its own sentence: 'A 10" pipe'.
    """
    after = text[at + 1 : at + 3]
    if text[at] not in '"”' or not text[at - 1].isdigit() or not (after[:1].isspace() and after[1:].isalnum()):
        return False
    before = text[max(0, at - _LOOK_BACK) : at]
    if _FEET.search(before[-8:]):
        return True
    ends = [m.end() for m in _SENTENCE_END.finditer(before)]
    return bool(ends) and not _OPENED.search(before, ends[-1])


def _between_letters(text: str, at: int) -> bool:
    """Whether a mark stands inside a word: it’s, п'ять."""
    inside = 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()
    return inside and text[at] in _SINGLE


def _trimmed(text: str, start: int, end: int) -> Span | None:
    inner = text[start:end]
    left = len(inner) - len(inner.lstrip(" \t\r\n\u00a0"))
    right = len(inner.rstrip(_TRIM))
    if right <= left or not any(c.isalnum() for c in inner):
        return None
    return Span(start + left, start + right)
