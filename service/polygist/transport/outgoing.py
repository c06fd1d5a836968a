"""Answers of the pipeline onto the wire."""

from collections.abc import Sequence

from google.protobuf.duration_pb2 import Duration

from polygist.document.page import Page
from polygist.language import Detection
from polygist.pipeline.limits import Limits
from polygist.pipeline.requests import (
    ArticleText,
    Done,
    Info,
    Reading,
    TranslateResult,
)
from polygist.transport.offsets import OffsetUnit
from polygist.transport.spans import Spans
from polygist.types import (
    BlockKind,
    EntityType,
    Estimate,
    Figure,
    FigureKind,
    MentionKind,
    Quote,
    Route,
    SentencePair,
    Summary,
    Timings,
    TranslatedText,
    Usage,
    Warning,
)
from polygist.v1 import polygist_pb2 as pb

_BLOCKS = {kind: pb.Block.Kind.Value(f"KIND_{kind.name}") for kind in BlockKind}
FIGURES = {kind: pb.Figure.Kind.Value(f"KIND_{kind.name}") for kind in FigureKind}
MENTIONS = {
    MentionKind.UNKNOWN: pb.Mention.KIND_UNSPECIFIED,
    MentionKind.PERSON: pb.Mention.KIND_PERSON,
    MentionKind.ORGANIZATION: pb.Mention.KIND_ORGANIZATION,
    MentionKind.PLACE: pb.Mention.KIND_PLACE,
}
ENTITIES = {
    None: pb.Mention.ENTITY_TYPE_UNSPECIFIED,
    EntityType.PERSON: pb.Mention.ENTITY_TYPE_PERSON,
    EntityType.ORGANIZATION: pb.Mention.ENTITY_TYPE_ORGANIZATION,
    EntityType.LOCATION: pb.Mention.ENTITY_TYPE_LOCATION,
    EntityType.OTHER: pb.Mention.ENTITY_TYPE_OTHER,
}


def detected(found: Detection) -> pb.DetectedLanguage:
    """A language verdict."""
    others = [pb.LanguageCandidate(language=c, confidence=p) for c, p in found.candidates if c != found.language]
    return pb.DetectedLanguage(language=found.language, confidence=found.confidence, alternatives=others)


def summary(made: Summary, spans: Spans) -> pb.Summary:
    """A summary or its translation."""
    return pb.Summary(
        headline=made.headline,
        lead=made.lead,
        lead_spans=spans.all(made.lead_spans),
        key_points=[
            pb.KeyPoint(
                text=p.text,
                rank_score=p.rank_score,
                support_score=p.support_score,
                spans=spans.all(p.spans),
                section=p.section,
                focus_score=p.focus_score,
                shortened=p.shortened,
                generated=p.generated,
            )
            for p in made.key_points
        ],
        sections=[
            pb.SectionSummary(heading=s.heading, summary=s.summary, spans=spans.all(s.spans)) for s in made.sections
        ],
        quotes=[_quote(q, spans) for q in made.quotes],
        mentions=[
            pb.Mention(
                name=m.name,
                count=len(m.spans),
                spans=spans.all(m.spans),
                kind=MENTIONS[m.kind],
                entity_type=ENTITIES[m.entity_type],
            )
            for m in made.mentions
        ],
        figures=[figure(f, spans) for f in made.figures],
        language=made.language,
        compression_ratio=made.compression_ratio,
        key_dates=[
            pb.KeyDate(date=d.date, text=d.text, span=spans(d.span), sentence=spans(d.sentence), relative=d.relative)
            for d in made.key_dates
        ],
        headline_generated=made.headline_generated,
        lead_generated=made.lead_generated,
    )


def _quote(found: Quote, spans: Spans) -> pb.Quote:
    where = None if found.speaker_span is None else spans(found.speaker_span)
    return pb.Quote(text=found.text, speaker=found.speaker, span=spans(found.span), speaker_span=where)


def figure(found: Figure, spans: Spans) -> pb.Figure:
    """A figure with its place."""
    return pb.Figure(
        text=found.text,
        kind=FIGURES[found.kind],
        span=spans(found.span),
        value=found.value,
        high=found.high,
        unit=found.unit,
        date=found.date,
    )


def warning(found: Warning, spans: Spans) -> pb.Warning:
    """A doubt with its place."""
    return pb.Warning(
        type=pb.Warning.Type.Value(f"TYPE_{found.type.name}"),
        detail=found.detail,
        where=found.where,
        span=None if found.span is None else spans(found.span),
    )


def timings(measured: Timings) -> pb.Timings:
    """Durations of the stages that ran."""
    made = pb.Timings()
    for stage, seconds in measured.stages.items():
        duration: Duration = getattr(made, stage)
        duration.FromNanoseconds(round(seconds * 1e9))
    return made


def tokens(usage: Usage) -> pb.TokenCounts:
    """Token counts."""
    return pb.TokenCounts(
        input=usage.input_tokens,
        output=usage.output_tokens,
        segments=usage.segments,
        remembered_segments=usage.remembered,
    )


def models(done: Done) -> list[pb.ModelUse]:
    """What made each part."""
    return [pb.ModelUse(part=m.part, model=m.model, revision=m.revision) for m in done.models]


def pairs(found: Sequence[SentencePair], spans: Spans, translated: str) -> list[pb.SentencePair]:
    """Sentences of a text and of its translation."""
    if not found:
        return []
    targets = Spans(ArticleText(translated), spans.unit)
    return [
        pb.SentencePair(source=spans(p.source), target=targets(p.target), estimated_quality=p.estimate) for p in found
    ]


def quality(estimate: Estimate) -> float:
    """The value of an estimate, 1 where there was nothing to translate."""
    return 1.0 if estimate.value is None else estimate.value


def extracted(page: Page | None) -> pb.ExtractedArticle | None:
    """What was found on a page, None where none was sent."""
    return None if page is None else pb.ExtractedArticle(**vars(page))


def translated(made: TranslateResult, texts: Sequence[str], unit: OffsetUnit) -> pb.TranslateResponse:
    """Translations of many texts; spans of warnings refer to the text that their path names."""
    spans = [Spans(ArticleText(text), unit) for text in texts]
    return pb.TranslateResponse(
        request_id=made.request_id,
        translations=[
            _texts(code, row, made.plain.get(code, ()), made.routes[code], spans) for code, row in made.texts.items()
        ],
        detected_languages=[detected(d) for d in made.detected],
        warnings=[warning(w, spans[i]) for i, w in made.warnings],
        timings=timings(made.done.timings),
        tokens=tokens(made.done.usage),
        models=models(made.done),
    )


def route(made: Route) -> pb.Route:
    """The way of a text from one language to another."""
    return pb.Route(languages=made.languages, models=made.models)


def _texts(
    code: str,
    row: Sequence[TranslatedText],
    plain: Sequence[TranslatedText],
    routes: Sequence[Route],
    spans: Sequence[Spans],
) -> pb.TextTranslations:
    made = pb.TextTranslations(
        target_language=code,
        texts=[t.text for t in row],
        plain_texts=[t.text for t in plain],
        estimated_qualities=[quality(t.estimate) for t in row],
        routes=map(route, routes),
    )
    if any(t.pairs for t in row):
        made.sentence_pairs.extend(
            pb.SentencePairs(pairs=pairs(t.pairs, s, t.text)) for t, s in zip(row, spans, strict=True)
        )
    return made


def parsed(reading: Reading, unit: OffsetUnit) -> pb.ParseResponse:
    """A parsed document."""
    spans = Spans(reading.text, unit)
    return pb.ParseResponse(
        source_language=reading.article.language,
        detected_language=detected(reading.detected),
        blocks=[
            pb.Block(kind=_BLOCKS[b.kind], span=spans(b.span), sentences=spans.all(b.sentences))
            for b in reading.article.blocks
        ],
        extracted=extracted(reading.page),
    )


def info(version: str, served: Info, limits: Limits) -> pb.GetInfoResponse:
    """Facts about the server."""
    return pb.GetInfoResponse(
        version=version,
        limits=pb.Limits(**vars(limits)),
        summary_languages=served.summary_languages,
        pairs=[
            pb.LanguagePair(source_language=p.source, target_language=p.target, pivot_languages=p.pivots)
            for p in served.pairs
        ],
        models=[pb.Model(**vars(m)) for m in served.models],
        glossary_terms=served.glossary_terms,
        glossary_sha256=served.glossary_sha256,
    )
