"""Answers of the pipeline onto the wire."""

from collections.abc import Iterable, Sequence

from google.protobuf.duration_pb2 import Duration

from polygist.document.language import Detection
from polygist.document.page import Page
from polygist.pipeline.limits import Limits
from polygist.pipeline.requests import (
    ArticleText,
    Digest,
    DigestEvent,
    Done,
    Info,
    Parsed,
    Reading,
    TranslateResult,
    Translation,
)
from polygist.transport.offsets import Offsets, OffsetUnit
from polygist.types import (
    BlockKind,
    Estimate,
    Figure,
    FigureKind,
    MentionKind,
    Quote,
    SentencePair,
    Span,
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


class Spans:
    """Spans of an article's text in the caller's unit, each in the field, sent or extracted, that it lies in."""

    def __init__(self, article: ArticleText, unit: OffsetUnit) -> None:
        self.unit = unit
        self._body = Offsets(article.body, unit)
        self._title = None if article.title is None else Offsets(article.title, unit)
        # Where the body begins in ArticleText.text.
        self._shift = 0 if article.title is None else len(article.text) - len(article.body)

    def __call__(self, span: Span) -> pb.Span:
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
            pb.Mention(name=m.name, count=len(m.spans), spans=spans.all(m.spans), kind=MENTIONS[m.kind])
            for m in made.mentions
        ],
        figures=[figure(f, spans) for f in made.figures],
        language=made.language,
        compression_ratio=made.compression_ratio,
        key_dates=[
            pb.KeyDate(date=d.date, text=d.text, span=spans(d.span), sentence=spans(d.sentence)) for d in made.key_dates
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


def _pairs(found: Sequence[SentencePair], spans: Spans, translated: str) -> list[pb.SentencePair]:
    if not found:
        return []
    targets = Spans(ArticleText(translated), spans.unit)
    return [
        pb.SentencePair(source=spans(p.source), target=targets(p.target), estimated_quality=p.estimate) for p in found
    ]


def quality(estimate: Estimate) -> float:
    """The value of an estimate, 1 where there was nothing to translate."""
    return 1.0 if estimate.value is None else estimate.value


def translation(made: Translation, spans: Spans) -> pb.Translation:
    """A digest in one target language."""
    return pb.Translation(
        target_language=made.target_language,
        summary=None if made.summary is None else summary(made.summary, spans),
        article_text=made.article_text,
        sentence_pairs=_pairs(made.sentence_pairs, spans, made.article_text),
        estimated_quality=quality(made.estimate),
    )


def extracted(page: Page | None) -> pb.ExtractedArticle | None:
    """What was found on a page, None where none was sent."""
    return None if page is None else pb.ExtractedArticle(**vars(page))


def digest(made: Digest, unit: OffsetUnit) -> pb.DigestResponse:
    """A whole digest."""
    reading = made.parsed.reading
    spans = Spans(reading.text, unit)
    return pb.DigestResponse(
        request_id=made.parsed.request_id,
        source_language=reading.article.language,
        detected_language=detected(reading.detected),
        summary=summary(made.summary, spans),
        translations=[translation(t, spans) for t in made.translations],
        warnings=[warning(w, spans) for w in made.done.warnings],
        timings=timings(made.done.timings),
        tokens=tokens(made.done.usage),
        models=models(made.done),
        extracted=extracted(reading.page),
    )


class Parts:
    """The parts of a streamed digest in order: the first brings the text that the spans of the others lie in."""

    def __init__(self, unit: OffsetUnit) -> None:
        self._unit = unit

    def __call__(self, made: DigestEvent) -> pb.StreamDigestResponse:
        """One part."""
        match made:
            case Parsed():
                self._spans = Spans(made.reading.text, self._unit)
                return pb.StreamDigestResponse(parsed=_parsed(made))
            case Summary():
                return pb.StreamDigestResponse(summary=summary(made, self._spans))
            case Translation():
                return pb.StreamDigestResponse(translation=translation(made, self._spans))
            case Done():
                return pb.StreamDigestResponse(done=_done(made, self._spans))


def _parsed(made: Parsed) -> pb.StreamDigestResponse.Parsed:
    reading = made.reading
    return pb.StreamDigestResponse.Parsed(
        request_id=made.request_id,
        source_language=reading.article.language,
        detected_language=detected(reading.detected),
        sections=len(reading.article.sections),
        sentences=len(reading.article.sentences),
        extracted=extracted(reading.page),
    )


def _done(made: Done, spans: Spans) -> pb.StreamDigestResponse.Done:
    return pb.StreamDigestResponse.Done(
        warnings=[warning(w, spans) for w in made.warnings],
        timings=timings(made.timings),
        tokens=tokens(made.usage),
        models=models(made),
    )


def summarized(made: Digest, unit: OffsetUnit) -> pb.SummarizeResponse:
    """A digest without translations."""
    reading = made.parsed.reading
    spans = Spans(reading.text, unit)
    return pb.SummarizeResponse(
        request_id=made.parsed.request_id,
        source_language=reading.article.language,
        detected_language=detected(reading.detected),
        summary=summary(made.summary, spans),
        warnings=[warning(w, spans) for w in made.done.warnings],
        timings=timings(made.done.timings),
        models=models(made.done),
        extracted=extracted(reading.page),
    )


def translated(made: TranslateResult, texts: Sequence[str], unit: OffsetUnit) -> pb.TranslateResponse:
    """Translations of many texts; spans of warnings refer to the text that their path names."""
    spans = [Spans(ArticleText(text), unit) for text in texts]
    return pb.TranslateResponse(
        request_id=made.request_id,
        translations=[_texts(code, row, made.plain.get(code, ()), spans) for code, row in made.texts.items()],
        detected_languages=[detected(d) for d in made.detected],
        warnings=[warning(w, spans[i]) for i, w in made.warnings],
        timings=timings(made.done.timings),
        tokens=tokens(made.done.usage),
        models=models(made.done),
    )


def _texts(
    code: str, row: Sequence[TranslatedText], plain: Sequence[TranslatedText], spans: Sequence[Spans]
) -> pb.TextTranslations:
    made = pb.TextTranslations(
        target_language=code,
        texts=[t.text for t in row],
        plain_texts=[t.text for t in plain],
        estimated_qualities=[quality(t.estimate) for t in row],
    )
    if any(t.pairs for t in row):
        made.sentence_pairs.extend(
            pb.SentencePairs(pairs=_pairs(t.pairs, s, t.text)) for t, s in zip(row, spans, strict=True)
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
