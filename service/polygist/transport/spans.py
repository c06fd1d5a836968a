"""Places in an article as the caller counts them."""

from collections.abc import Iterable

from polygist.pipeline.requests import ArticleText
from polygist.transport.offsets import Offsets, OffsetUnit
from polygist.types import Span
from polygist.v1 import polygist_pb2 as pb


class Spans:
    """Spans of an article's text in the caller's unit, each in the field, sent or extracted, that it lies in."""

    def __init__(self, article: ArticleText, unit: OffsetUnit) -> None:
        self.unit = unit
        self._body = Offsets(article.body, unit)
        self._title = None if article.title is None else Offsets(article.title, unit)
        # Where the body begins in ArticleText.text.
        self._shift = 0 if article.title is None else len(article.text) - len(article.body)

    def __call__(self, span: Span) -> pb.Span:
        """One of them."""
        if self._title is not None and span.start < self._shift:
            return self._span(self._title, span, 0, pb.Span.SOURCE_TITLE)
        return self._span(
            self._body, span, self._shift, pb.Span.SOURCE_TEXT if self._title is None else pb.Span.SOURCE_BODY
        )

    @staticmethod
    def _span(offsets: Offsets, span: Span, shift: int, source: pb.Span.Source.ValueType) -> pb.Span:
        start, end = offsets.convert(span.start - shift), offsets.convert(span.end - shift)
        return pb.Span(offset=start, length=end - start, source=source)

    def all(self, spans: Iterable[Span]) -> list[pb.Span]:
        """Each of them."""
        return [self(s) for s in spans]
