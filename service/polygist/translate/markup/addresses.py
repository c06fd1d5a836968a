"""URLs and e-mail addresses in the text of a run are words that stay as they are."""

from dataclasses import replace

from polygist.translate.markup.runs import Mark, Run
from polygist.translate.verbatim import addresses


def with_literal_addresses(run: Run, source: str, most: int) -> Run:
    """The run with a literal mark on each of its first `most` addresses, but not across other marks."""
    marks = run.marks
    for span, _ in zip(addresses(run.text), range(most), strict=False):
        place = run.source_span(span)
        mark = Mark(*span, opening=source[place.start : place.end], literal=True)
        marks = _with(marks, mark)
    return replace(run, marks=marks)


def _with(marks: tuple[Mark, ...], new: Mark) -> tuple[Mark, ...]:
    for i, mark in enumerate(marks):
        if mark.start <= new.start and new.end <= mark.end and not mark.literal:
            return (*marks[:i], replace(mark, children=_with(mark.children, new)), *marks[i + 1 :])
    before = tuple(m for m in marks if m.end <= new.start)
    after = tuple(m for m in marks if m.start >= new.end)
    return (*before, new, *after) if len(before) + len(after) == len(marks) else marks
