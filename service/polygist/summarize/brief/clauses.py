"""The clauses of a sentence, roughly: what stands between marks and joining words."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence

from polygist.summarize.words import WORD, folded
from polygist.types import Span

_MARK = re.compile(r"[,;:()\[\]–—„“”«»\"]|\.(?=\s)")


class Clauses:
    """Clauses of `text`, which end at a mark or before one of the words `joints`, but never inside a figure."""

    def __init__(self, text: str, figures: Sequence[Span], joints: Collection[str]) -> None:
        marks = [m.start() for m in _MARK.finditer(text)]
        words = [m.start() for m in WORD.finditer(text) if folded(m[0]) in joints]
        cuts = sorted(c for c in [*marks, *words] if not any(f.start <= c < f.end for f in figures))
        self._edges = [0, *cuts, len(text)]

    def around(self, at: Span) -> Span:
        """The clause that a range lies in."""
        return Span(
            self._edges[max(bisect_left(self._edges, at.start) - 1, 0)],
            self._edges[min(bisect_left(self._edges, at.end), len(self._edges) - 1)],
        )

    def wider(self, clause: Span) -> Span:
        """With the clause before it, or where there is none the one after it; the same where it is all there is."""
        if clause.start > 0:
            return Span(self._edges[bisect_left(self._edges, clause.start) - 1], clause.end)
        return Span(0, self._edges[min(bisect_right(self._edges, clause.end), len(self._edges) - 1)])
