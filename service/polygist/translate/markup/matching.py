"""Where in a translation a phrase stands: words by their letters, with room for inflection.

Spans are code points of the translation, always whole words.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from rapidfuzz.distance import JaroWinkler

from polygist.types import Span

# Beyond these, words are not compared one by one: what they cost grows with the product.
MOST_PHRASE_WORDS = 8
MOST_WORDS = 160
# Places of a string that are looked at on each side of the expected one.
MOST_PLACES = 256

_WORD = re.compile(r"\w+(?:[’'ʼ]\w+)*")
# Words less alike than this have nothing to do with each other.
_ALIKE = 0.78
_ENOUGH = 0.62


class Words:
    """A text and its words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans = [Span(m.start(), m.end()) for m in _WORD.finditer(text)]
        self._starts = [s.start for s in self.spans]
        self._ends = [s.end for s in self.spans]

    def within(self, span: Span) -> Sequence[Span]:
        """The words that lie in a range."""
        return self.spans[bisect_left(self._starts, span.start) : bisect_right(self._ends, span.end)]

    def near(self, span: Span, first: float, last: float) -> Sequence[Span]:
        """Those of the words in a range that stand between two places, or not far from there."""
        start, end = bisect_left(self._starts, span.start), bisect_right(self._ends, span.end)
        start = max(start, bisect_left(self._starts, first) - MOST_WORDS)
        return self.spans[start : min(end, max(start, bisect_left(self._starts, last)) + MOST_WORDS)]

    def core(self, span: Span) -> Span:
        """A range without what stands before its first word and after its last one; empty without words."""
        words = self.within(span)
        return Span(words[0].start, words[-1].end) if words else Span(span.start, span.start)

    def edge(self, at: float, span: Span, ends: bool) -> int:
        """The end or the start of a word in a range, whichever is asked for, that is nearest to a place."""
        edges = [w.end if ends else w.start for w in self.near(span, at, at)] or [span.end if ends else span.start]
        return min(edges, key=lambda edge: abs(edge - at))


def same(
    needle: str, text: str, span: Span, expected: float, free: Sequence[Span], whole_words: bool = True
) -> Span | None:
    """Where a string occurs in a range of a text, by any case of its letters, nearest to `expected`; None if nowhere.

    What is found lies in one of the `free` ranges. A string that occurs very often is only looked for nearby.
    """
    # Lower case can be longer than the letters it is of; then case counts.
    lower, low = text.lower(), needle.lower()
    hay, looked = (lower, low) if len(lower) == len(text) and len(low) == len(needle) else (text, needle)
    if not looked:
        return None
    middle = min(max(round(expected), span.start), span.end)
    ways = (_following(hay, looked, middle, span.end), _preceding(hay, looked, span.start, middle))
    found = (next((s for s in way if inside(s, free) and (not whole_words or is_whole(text, s))), None) for way in ways)
    return min((s for s in found if s), key=lambda s: abs(s.start - expected), default=None)


def _following(hay: str, looked: str, start: int, end: int) -> Iterator[Span]:
    """Where a string begins from a place on, the first ones."""
    for _ in range(MOST_PLACES):
        at = hay.find(looked, start, end)
        if at < 0:
            return
        yield Span(at, at + len(looked))
        start = at + 1


def _preceding(hay: str, looked: str, start: int, before: int) -> Iterator[Span]:
    """Where a string begins before a place, the last ones, backwards; it may go on behind the place."""
    for _ in range(MOST_PLACES):
        at = hay.rfind(looked, start, before + len(looked) - 1)
        if at < 0:
            return
        yield Span(at, at + len(looked))
        before = at


def is_whole(text: str, span: Span) -> bool:
    """Whether a range neither begins nor ends inside a word."""
    before, after = text[span.start - 1 : span.start], text[span.end : span.end + 1]
    return not (before.isalnum() and text[span.start].isalnum()) and not (
        after.isalnum() and text[span.end - 1].isalnum()
    )


def alike(phrase: str, words: Words, span: Span, expected: float, free: Sequence[Span]) -> Span | None:
    """The words in a range that are most like a phrase, in any order and inflection; None where nothing is.

    `expected` is where it would stand by its relative position, which decides among equals; what is found lies in one
    of the `free` ranges.

    >>> alike("великий дім", words := Words("Він бачив великого дому тінь."), Span(0, 29), 12, [Span(0, 29)])
    Span(start=10, end=23)
    """
    looked = _WORD.findall(phrase.lower())
    there = words.within(span)
    if not looked or not there or len(there) > MOST_WORDS:
        return None
    if len(looked) > MOST_PHRASE_WORDS:
        return _from_ends(looked, words, span, expected, free)
    return _nearest_window(looked, words.text.lower(), there, expected, free)


def _from_ends(looked: list[str], words: Words, span: Span, expected: float, free: Sequence[Span]) -> Span | None:
    """A long phrase by its first words and its last ones."""
    half = MOST_PHRASE_WORDS // 2
    first = alike(" ".join(looked[:half]), words, span, expected, free)
    last = alike(" ".join(looked[-half:]), words, span, expected, free)
    if not first or not last or first.start >= last.end:
        return None
    whole = Span(first.start, last.end)
    return whole if inside(whole, free) else None


def _nearest_window(
    looked: list[str], lower: str, there: Sequence[Span], expected: float, free: Sequence[Span]
) -> Span | None:
    likeness = [[_similar(p, lower[w.start : w.end]) for p in looked] for w in there]
    lengths = [w.end - w.start for w in there]
    best, best_rank = None, 0.0
    for size in range(max(1, len(looked) - 2), len(looked) + 3):
        for first in range(len(there) - size + 1):
            rows = likeness[first : first + size]
            if not any(rows[0]) or not any(rows[-1]):
                continue
            score = _score(looked, rows, lengths[first : first + size])
            found = Span(there[first].start, there[first + size - 1].end)
            rank = score - 0.05 * abs(found.start - expected) / (there[-1].end - there[0].start)
            if score >= _ENOUGH and rank > best_rank and inside(found, free):
                best, best_rank = found, rank
    return best


def _similar(one: str, other: str) -> float:
    """How alike two words are, 0 where they are not: letters in common, those at the beginning more than the rest."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < 3:
        return 0.0
    value = JaroWinkler.similarity(one, other)
    return value if value >= _ALIKE else 0.0


def _score(looked: list[str], rows: list[list[float]], lengths: list[int]) -> float:
    """The F1 of the letters of a phrase that are found in a window, and of the window that are in the phrase."""
    recall = sum(len(p) * max(row[i] for row in rows) for i, p in enumerate(looked)) / sum(map(len, looked))
    precision = sum(length * max(row) for length, row in zip(lengths, rows, strict=True)) / sum(lengths)
    return 2 * recall * precision / (recall + precision) if recall and precision else 0.0


def inside(span: Span, free: Sequence[Span]) -> bool:
    """Whether a range lies in one of others, which are in order and apart from each other."""
    at = bisect_right(free, span.start, key=lambda f: f.start) - 1
    return at >= 0 and span.end <= free[at].end
