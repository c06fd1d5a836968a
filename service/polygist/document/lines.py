"""The lines of a text and which of them belong together."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

# White space, control and zero-width characters: nothing that a reader sees.
_UNSEEN_POINTS = (
    *(*range(0x21), *range(0x7F, 0xA1), 0xAD, 0x1680, 0x180E, *range(0x2000, 0x2010)),
    *(*range(0x2028, 0x2030), 0x205F, *range(0x2060, 0x2065), 0x3000, 0xFEFF),
)
UNSEEN = "".join(map(chr, _UNSEEN_POINTS))
_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_MARKS = re.compile(r"(?:^|(?<=[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]))[ \t\u00a0]*+(?:>[ \t\u00a0]*+)+")
_QUOTED = re.compile(r"(?:>[ \t\u00a0]*)+")
_ENDS_SENTENCE = re.compile(r"[.!?…:;][\"'»«“”’‘)\]]*$")
_WIDTHS = range(40, 131)
_NEAR = 15


@dataclass(frozen=True, slots=True)
class Line:
    """A line with something to see in it: its trimmed range, and whether an empty line stands before it.

    `text` is without the mark of a block quote, which is `mark` code points long: '> a' -> 'a', 2.
    """

    start: int
    end: int
    text: str
    after_blank: bool
    mark: int = 0


def lines(text: str) -> list[Line]:
    """The lines of `text` that are not empty: 'a\\n\\n b' -> [a, b after a blank]. Linear time."""
    found: list[Line] = []
    last_end = 0
    for match in _LINE.finditer(text):
        raw = match[0]
        bare = raw.lstrip(UNSEEN)
        start = match.end() - len(bare)
        bare = bare.rstrip(UNSEEN)
        quoted = _QUOTED.match(bare)
        mark = quoted.end() if quoted else 0
        if len(bare) == mark:
            continue
        blank = bool(found) and sum(1 for _ in _BREAK.finditer(text, last_end, start)) > 1
        found.append(Line(start, start + len(bare), bare[mark:], blank, mark))
        last_end = start + len(bare)
    return found


def without_marks(text: str) -> str:
    """The lines of a block quote with blanks for their marks: '> One\\n> two.' -> '  One\\n  two.'."""
    return _MARKS.sub(lambda found: " " * len(found[0]), text)


def blocks(rows: Sequence[Line], alone: Callable[[Line], bool], opens: Callable[[Line], bool]) -> list[list[Line]]:
    """Join hard-wrapped lines: each list is one block.

    A line break inside a run without empty lines is soft where the next word would not have fitted into the width
    that the text is wrapped to (greedy wrapping), or where a line without a final stop is followed by a small letter,
    in a block quote by anything.
    Block quotes and other text do not mix. Lines for which `alone` holds stay by themselves; a line for which `opens`
    holds begins a block.
    """
    if not rows:
        return []
    width = _wrap_width(rows)
    groups = [[rows[0]]]
    for before, line in pairwise(rows):
        beside = not line.after_blank and bool(line.mark) == bool(before.mark)
        open_quote = line.mark > 0 and not ends_sentence(before.text)
        soft = beside and (_is_full(before, line, width) or _runs_on(before, line) or open_quote)
        if soft and not (alone(before) or alone(line) or opens(line)):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _wrap_width(rows: Sequence[Line]) -> int:
    """The width that most lines are wrapped to, or 0 where the text is not wrapped."""
    pairs = [(a, b) for a, b in pairwise(rows) if not b.after_blank]
    width = max((len(line.text) for pair in pairs for line in pair), default=0)
    if width not in _WIDTHS or sum(len(a.text) >= width - _NEAR for a, _ in pairs) < 2:
        return 0
    full = sum(_is_full(a, b, width) for a, b in pairs)
    return width if full * 2 >= len(pairs) else 0


def _is_full(line: Line, following: Line, width: int) -> bool:
    if width == 0:
        return False
    first_word = following.text[:width].split(None, 1)[0]
    return len(line.text) + 1 + len(first_word) > width - 4


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a stop, quotation marks and brackets after it left out: 'He said: “No.”' -> True."""
    return _ENDS_SENTENCE.search(text[-8:]) is not None


def _runs_on(line: Line, following: Line) -> bool:
    return 30 <= len(line.text) <= 200 and following.text[0].islower() and not ends_sentence(line.text)
