"""Changes of a text at spans that are apart from each other, and where all else stands afterwards."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

from polygist.types import Span

# What stands at a span, by the span; an empty span is between two code points.
Changes = Mapping[Span, str]


def replaced(text: str, by: Changes) -> str:
    """`text` with something else at some spans.

    >>> replaced("a cat sat", {Span(2, 5): "dog"})
    'a dog sat'
    """
    parts, done = [], 0
    for span, new in sorted(by.items()):
        parts += [text[done : span.start], new]
        done = span.end
    return "".join((*parts, text[done:]))


class Shift:
    """Where a place of a text (none inside of a change) stands once it is changed; what is put there stands before it.

    >>> Shift({Span(2, 5): "mouse"})(6)
    8
    """

    def __init__(self, changes: Changes) -> None:
        spans = sorted(changes)
        self._ends = [span.end for span in spans]
        self._by = [0, *accumulate(len(changes[span]) - (span.end - span.start) for span in spans)]

    def __call__(self, at: int) -> int:
        return at + self._by[bisect_right(self._ends, at)]
