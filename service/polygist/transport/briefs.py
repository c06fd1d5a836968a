"""Briefs from the wire and onto it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from polygist.errors import InvalidRequest, Violation
from polygist.pipeline.limits import of_many
from polygist.pipeline.requests import ArticleHtml, ArticleText, BriefRequest, BriefResult, Reading, deadline_in
from polygist.summarize.brief.types import Brief, Citation, Claim, Contradiction, Name, Point, SharedFigure
from polygist.transport import incoming, outgoing
from polygist.transport.offsets import OffsetUnit
from polygist.transport.spans import Spans
from polygist.types import Figure, Priority
from polygist.v1 import polygist_pb2 as pb


def request(message: pb.BriefRequest, seconds: float | None) -> BriefRequest:
    """A brief request with `seconds` left to answer it. Raises InvalidRequest with every article that is missing."""
    incoming.unit(message.offset_unit)
    return BriefRequest(
        _articles(message.articles),
        message.source_language,
        message.language,
        tuple(message.target_languages),
        incoming.options(message.summary),
        message.request_id,
        deadline_in(seconds),
        incoming.priority(message.priority, Priority.INTERACTIVE),
        incoming.translation(message.translation),
    )


def _articles(messages: Iterable[pb.Article]) -> tuple[ArticleText | ArticleHtml, ...]:
    found: list[ArticleText | ArticleHtml] = []
    missing: list[Violation] = []
    for i, message in enumerate(messages):
        try:
            found.append(incoming.article(message))
        except InvalidRequest as error:
            missing += of_many(error.violations, i)
    if missing:
        raise InvalidRequest(*missing)
    return tuple(found)


def response(made: BriefResult, unit: OffsetUnit) -> pb.BriefResponse:
    """A whole brief."""
    writer = _Writer(made.readings, unit)
    return pb.BriefResponse(
        request_id=made.request_id,
        documents=[_document(r, copied) for r, copied in zip(made.readings, made.brief.copy_of, strict=True)],
        brief=writer.brief(made.brief),
        translations=[
            pb.BriefTranslation(
                target_language=t.target_language,
                brief=writer.brief(t.brief),
                estimated_quality=outgoing.quality(t.estimate),
                route=outgoing.route(t.route),
            )
            for t in made.translations
        ],
        # None of them has a span: they are about an article, or about a text of the brief.
        warnings=[outgoing.warning(w, writer.spans[0]) for w in made.done.warnings],
        timings=outgoing.timings(made.done.timings),
        tokens=outgoing.tokens(made.done.usage),
        models=outgoing.models(made.done),
    )


def _document(reading: Reading, copy_of: int | None) -> pb.BriefDocument:
    return pb.BriefDocument(
        language=reading.article.language,
        detected_language=outgoing.detected(reading.detected),
        copy_of=copy_of,
        extracted=outgoing.extracted(reading.page),
    )


class _Writer:
    """Writes a brief with the spans of its documents in the caller's unit."""

    def __init__(self, readings: Sequence[Reading], unit: OffsetUnit) -> None:
        self.spans = [Spans(r.text, unit) for r in readings]

    def brief(self, made: Brief) -> pb.Brief:
        headline = made.headline_citation
        return pb.Brief(
            language=made.language,
            headline=made.headline,
            headline_citation=None if headline is None else self._citation(headline),
            headline_disputed=made.headline_disputed,
            lead=made.lead,
            lead_citations=self._citations(made.lead_citations),
            lead_disputed=made.lead_disputed,
            key_points=map(self._point, made.key_points),
            agreements=map(self._point, made.agreements),
            contradictions=map(self._contradiction, made.contradictions),
            unique_points=map(self._point, made.unique_points),
            mentions=map(self._mention, made.names),
            figures=map(self._figure, made.figures),
        )

    def _citation(self, citation: Citation) -> pb.Citation:
        return pb.Citation(document=citation.document, span=self.spans[citation.document](citation.span))

    def _citations(self, citations: Iterable[Citation]) -> list[pb.Citation]:
        return [self._citation(c) for c in citations]

    def _point(self, point: Point) -> pb.BriefPoint:
        return pb.BriefPoint(
            text=point.text,
            citations=self._citations(point.citations),
            sources=point.sources,
            disputed=point.disputed,
            translated=point.translated,
        )

    def _contradiction(self, found: Contradiction) -> pb.Contradiction:
        return pb.Contradiction(claims=map(self._claim, found.claims))

    def _claim(self, claim: Claim) -> pb.Contradiction.Claim:
        return pb.Contradiction.Claim(
            figure=self._shown(claim.figure, claim.figures[0], translated=claim.translated),
            text=claim.text,
            citations=self._citations(claim.citations),
            figure_citations=self._citations(claim.figures),
            sources=claim.sources,
            translated=claim.translated,
        )

    def _mention(self, name: Name) -> pb.BriefMention:
        return pb.BriefMention(
            name=name.name,
            kind=outgoing.MENTIONS[name.kind],
            count=len(name.citations),
            documents=name.documents,
            citations=self._citations(name.citations),
        )

    def _shown(self, figure: Figure, where: Citation, *, translated: bool) -> pb.Figure:
        made = outgoing.figure(replace(figure, span=where.span), self.spans[where.document])
        if translated:
            made.ClearField("span")
        return made

    def _figure(self, figure: SharedFigure) -> pb.BriefFigure:
        return pb.BriefFigure(
            figure=self._shown(figure.figure, figure.citations[0], translated=figure.translated),
            sources=figure.sources,
            disputed=figure.disputed,
            citations=self._citations(figure.citations),
        )
