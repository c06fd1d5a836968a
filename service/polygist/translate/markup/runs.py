"""Marked-up text as runs of text to translate, and everything between them, which stays byte for byte."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from polygist.translate.changes import Changes, Shift, replaced
from polygist.types import Span

# Text as the format writes it, so that it stays text between the verbatim strings `before` and `after`; they are a line
# break at the ends of a run.
Escape = Callable[[str, str, str], str]


class Stretch(NamedTuple):
    """A range of a run's text, from `start` up to the next stretch, and the source that says it.

    Either they are the same characters, or the source says the text in another way (`&amp;` for `&`).
    """

    start: int
    source: Span
    same: bool


@dataclass(frozen=True)
class Mark:
    """Markup on a range of a run's text: `opening` stands before the range, `closing` after it, both verbatim.

    An empty range is a point (an image). A `literal` mark is written in place of its range, all in `opening`: code, a
    line break. `children` lie inside the range, in order, and never cross.
    """

    start: int
    end: int
    opening: str
    closing: str = ""
    literal: bool = False
    children: tuple["Mark", ...] = ()


@dataclass(frozen=True)
class Run:
    """Text of one block without its markup: entities decoded, white space as single spaces, "\\n" for a line break.

    `span` is where it lies in the source; `marks` are in order and never cross.
    """

    text: str
    marks: tuple[Mark, ...]
    span: Span
    stretches: tuple[Stretch, ...]
    escape: Escape

    def source_span(self, span: Span) -> Span:
        """The part of the source that says a range of the text."""
        start, end = self._stretch(span.start), self._stretch(max(span.start, span.end - 1))
        first = start.source.start + (span.start - start.start if start.same else 0)
        last = end.source.start + (span.end - end.start) if end.same else end.source.end
        return Span(first, max(first, last))

    def _stretch(self, at: int) -> Stretch:
        return self.stretches[max(0, bisect_right(self.stretches, at, key=lambda s: s.start) - 1)]


class Placed(NamedTuple):
    """The translation of a run, and its marks at their places in it."""

    text: str
    marks: tuple[Mark, ...]

    def changed(self, changes: Changes) -> "Placed":
        """With other text at some spans, none of which has the end of a mark inside."""
        return Placed(replaced(self.text, changes), _shifted(self.marks, Shift(changes)))


def _shifted(marks: tuple[Mark, ...], shift: Shift) -> tuple[Mark, ...]:
    return tuple(
        replace(m, start=shift(m.start), end=shift(m.end), children=_shifted(m.children, shift)) for m in marks
    )


@dataclass(frozen=True)
class Document:
    """A source and its runs in order, apart from each other; what lies between them is never touched."""

    source: str
    runs: tuple[Run, ...]

    @property
    def pieces(self) -> Iterator[str | Run]:
        """The verbatim strings and the runs, in order."""
        done = 0
        for run in self.runs:
            yield self.source[done : run.span.start]
            yield run
            done = run.span.end
        yield self.source[done:]


def render(document: Document, translations: Sequence[Placed | None]) -> str:
    """The document with its runs' translations; a run with None, or with its own text again, stays as it was."""
    waiting, parts = iter(translations), []
    for piece in document.pieces:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        placed = next(waiting)
        if placed is None or placed == (piece.text, piece.marks):
            parts.append(document.source[piece.span.start : piece.span.end])
        else:
            parts.append(written(placed, piece.escape))
    return "".join(parts)


def written(placed: Placed, escape: Escape) -> str:
    """The source of a translated run."""
    parts: list[tuple[str, bool]] = []  # with whether it is verbatim
    _lay(placed.text, placed.marks, 0, len(placed.text), parts)
    whole = [(t, verbatim) for t, verbatim in parts if t]
    edges = ["\n", *(t for t, _ in whole), "\n"]
    return "".join(t if verbatim else escape(t, edges[i], edges[i + 2]) for i, (t, verbatim) in enumerate(whole))


def _lay(text: str, marks: tuple[Mark, ...], start: int, end: int, parts: list[tuple[str, bool]]) -> None:
    """Append what lies between two places of a text; builders keep marks few levels deep."""
    done = start
    for mark in marks:
        parts += [(_line(text[done : mark.start]), False), (mark.opening, True)]
        if not mark.literal:
            _lay(text, mark.children, mark.start, mark.end, parts)
        parts.append((mark.closing, True))
        done = mark.end
    parts.append((_line(text[done:end]), False))


def _line(text: str) -> str:
    """Line breaks that no mark stands for are white space."""
    return text.replace("\n", " ").replace("\r", " ")
