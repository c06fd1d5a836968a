"""Figures, names, quotes and the extractive summary: each is cited where it stands."""

from itertools import pairwise

from polygist.document.parse import parse
from polygist.summarize.extract import summarize
from polygist.summarize.words import one_line
from polygist.types import SummaryLength, SummaryOptions
from tests.fuzz.given import texts_of


def check(data: bytes) -> None:
    """What follows a form feed is the focus of the summary."""
    language, (text, *focus) = texts_of(data)
    summary = summarize(parse(text, language), SummaryOptions(SummaryLength.SHORT, focus="".join(focus)[:200]))
    for found in (*summary.quotes, *summary.figures):
        assert one_line(text[slice(*found.span)]) == found.text
    for ordered in ([q.span for q in summary.quotes], [f.span for f in summary.figures]):
        assert all(one.end <= other.start for one, other in pairwise(ordered))
    for mention in summary.mentions:
        assert mention.name
        assert all(0 <= start < end <= len(text) for start, end in mention.spans)
    for point in summary.key_points:
        assert (one_line(text[slice(*point.spans[0])]) == point.text) is not point.shortened
    for date in summary.key_dates:
        assert " ".join(text[slice(*date.span)].split()) == date.text
        assert date.sentence.start <= date.span.start < date.span.end <= date.sentence.end
