"""Digests onto the wire, whole and in parts."""

from polygist.pipeline.requests import Digest, DigestEvent, Done, Parsed, Translation
from polygist.transport import outgoing
from polygist.transport.offsets import OffsetUnit
from polygist.transport.spans import Spans
from polygist.types import Summary
from polygist.v1 import polygist_pb2 as pb


def translation(made: Translation, spans: Spans) -> pb.Translation:
    """A digest in one target language."""
    return pb.Translation(
        target_language=made.target_language,
        summary=None if made.summary is None else outgoing.summary(made.summary, spans),
        article_text=made.article_text,
        sentence_pairs=outgoing.pairs(made.sentence_pairs, spans, made.article_text),
        estimated_quality=outgoing.quality(made.estimate),
        route=outgoing.route(made.route),
    )


def digest(made: Digest, unit: OffsetUnit) -> pb.DigestResponse:
    """A whole digest."""
    reading = made.parsed.reading
    spans = Spans(reading.text, unit)
    return pb.DigestResponse(
        request_id=made.parsed.request_id,
        source_language=reading.article.language,
        detected_language=outgoing.detected(reading.detected),
        summary=outgoing.summary(made.summary, spans),
        translations=[translation(t, spans) for t in made.translations],
        warnings=[outgoing.warning(w, spans) for w in made.done.warnings],
        timings=outgoing.timings(made.done.timings),
        tokens=outgoing.tokens(made.done.usage),
        models=outgoing.models(made.done),
        extracted=outgoing.extracted(reading.page),
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
                return pb.StreamDigestResponse(summary=outgoing.summary(made, self._spans))
            case Translation():
                return pb.StreamDigestResponse(translation=translation(made, self._spans))
            case Done():
                return pb.StreamDigestResponse(done=_done(made, self._spans))


def _parsed(made: Parsed) -> pb.StreamDigestResponse.Parsed:
    reading = made.reading
    return pb.StreamDigestResponse.Parsed(
        request_id=made.request_id,
        source_language=reading.article.language,
        detected_language=outgoing.detected(reading.detected),
        sections=len(reading.article.sections),
        sentences=len(reading.article.sentences),
        extracted=outgoing.extracted(reading.page),
    )


def _done(made: Done, spans: Spans) -> pb.StreamDigestResponse.Done:
    return pb.StreamDigestResponse.Done(
        warnings=[outgoing.warning(w, spans) for w in made.warnings],
        timings=outgoing.timings(made.timings),
        tokens=outgoing.tokens(made.usage),
        models=outgoing.models(made),
    )


def summarized(made: Digest, unit: OffsetUnit) -> pb.SummarizeResponse:
    """A digest without translations."""
    reading = made.parsed.reading
    spans = Spans(reading.text, unit)
    return pb.SummarizeResponse(
        request_id=made.parsed.request_id,
        source_language=reading.article.language,
        detected_language=outgoing.detected(reading.detected),
        summary=outgoing.summary(made.summary, spans),
        warnings=[outgoing.warning(w, spans) for w in made.done.warnings],
        timings=outgoing.timings(made.done.timings),
        models=outgoing.models(made.done),
        extracted=outgoing.extracted(reading.page),
    )
