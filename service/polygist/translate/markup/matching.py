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

    def core(self, span: Span) -> Span:
        """A range without what stands before its first word and after its last one; empty without words."""
        words = self.within(span)
        return Span(words[0].start, words[-1].end) if words else Span(span.start, span.start)

    def edge(self, at: float, span: Span, ends: bool) -> int:
        """The end or the start of a word in a range, whichever is asked for, that is nearest to a place."""
        edges = [w.end if ends else w.start for w in self.within(span)] or [span.end if ends else span.start]
        return min(edges, key=lambda edge: abs(edge - at))


def same(needle: str, text: str, span: Span, whole_words: bool = True) -> Iterator[Span]:
    """Where a string occurs in a range of a text, by any case of its letters."""
    # Lower case can be longer than the letters it is of; then case counts.
    lower, low = text.lower(), needle.lower()
    hay, looked = (lower, low) if len(lower) == len(text) and len(low) == len(needle) else (text, needle)
    at = hay.find(looked, span.start, span.end) if looked else -1
    while at >= 0:
        found = Span(at, at + len(looked))
        if not whole_words or is_whole(text, found):
            yield found
        at = hay.find(looked, at + 1, span.end)


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
    """Whether a range lies in one of others."""
    return any(f.start <= span.start and span.end <= f.end for f in free)
