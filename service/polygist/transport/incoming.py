"""Requests from the wire into the pipeline's own terms."""

from collections.abc import Mapping
from typing import TypeVar

from polygist.errors import InvalidRequest, Violation
from polygist.pipeline.requests import (
    ArticleHtml,
    ArticleText,
    DigestRequest,
    GlossaryTerm,
    TranslateRequest,
    TranslationOptions,
    deadline_in,
)
from polygist.transport.offsets import OffsetUnit
from polygist.types import MimeType, Priority, Quality, SummaryLength, SummaryMethod, SummaryOptions
from polygist.v1 import polygist_pb2 as pb

_UNITS = {
    pb.OFFSET_UNIT_UNSPECIFIED: OffsetUnit.CODE_POINT,
    pb.OFFSET_UNIT_CODE_POINT: OffsetUnit.CODE_POINT,
    pb.OFFSET_UNIT_UTF8_BYTE: OffsetUnit.UTF8_BYTE,
    pb.OFFSET_UNIT_UTF16_CODE_UNIT: OffsetUnit.UTF16_CODE_UNIT,
}
_LENGTHS = {
    pb.SUMMARY_LENGTH_UNSPECIFIED: SummaryLength.MEDIUM,
    pb.SUMMARY_LENGTH_SHORT: SummaryLength.SHORT,
    pb.SUMMARY_LENGTH_MEDIUM: SummaryLength.MEDIUM,
    pb.SUMMARY_LENGTH_LONG: SummaryLength.LONG,
}
_METHODS = {
    pb.SUMMARY_METHOD_UNSPECIFIED: SummaryMethod.PROFILE,
    pb.SUMMARY_METHOD_EXTRACTIVE: SummaryMethod.EXTRACTIVE,
    pb.SUMMARY_METHOD_ABSTRACTIVE: SummaryMethod.ABSTRACTIVE,
}
# (summary, article)
_SCOPES = {
    pb.TRANSLATION_SCOPE_UNSPECIFIED: (True, False),
    pb.TRANSLATION_SCOPE_SUMMARY: (True, False),
    pb.TRANSLATION_SCOPE_ARTICLE: (False, True),
    pb.TRANSLATION_SCOPE_SUMMARY_AND_ARTICLE: (True, True),
}
_QUALITIES = {
    pb.QUALITY_UNSPECIFIED: Quality.BALANCED,
    pb.QUALITY_FAST: Quality.FAST,
    pb.QUALITY_BALANCED: Quality.BALANCED,
    pb.QUALITY_BEST: Quality.BEST,
}
_MIME_TYPES = {"": MimeType.PLAIN} | {kind.value: kind for kind in MimeType}
_PRIORITIES = {pb.PRIORITY_INTERACTIVE: Priority.INTERACTIVE, pb.PRIORITY_BULK: Priority.BULK}

K = TypeVar("K")
V = TypeVar("V")


def _enum(table: Mapping[K, V], value: K, field: str) -> V:
    if value not in table:
        raise InvalidRequest(Violation(field, f"has no value {value}", "UNKNOWN_ENUM"))
    return table[value]


def unit(value: pb.OffsetUnit.ValueType, path: str = "") -> OffsetUnit:
    """The unit of a request. Raises InvalidRequest for a number that the enum does not have."""
    return _enum(_UNITS, value, f"{path}offset_unit")


def priority(value: pb.Priority.ValueType, default: Priority, path: str = "") -> Priority:
    """The priority of a request. Raises InvalidRequest as `unit` does."""
    return _enum({pb.PRIORITY_UNSPECIFIED: default, **_PRIORITIES}, value, f"{path}priority")


def seconds(message: pb.DigestManyRequest, left: float | None) -> float | None:
    """The seconds that an article has: its own timeout or what its stream has `left`, whichever is less; None: no end.

    Raises InvalidRequest for a timeout that is not above 0.
    """
    if not message.HasField("timeout"):
        return left
    own = message.timeout.ToNanoseconds() / 1e9
    if own <= 0:
        raise InvalidRequest(Violation("timeout", "is not above 0", "OUT_OF_RANGE"))
    return own if left is None else min(own, left)


def article(message: pb.Article, path: str = "") -> ArticleText | ArticleHtml:
    """Raises InvalidRequest where no form is set."""
    match message.WhichOneof("content"):
        case "text":
            return ArticleText(message.text)
        case "titled":
            return ArticleText(message.titled.body, message.titled.title)
        case "html":
            return ArticleHtml(message.html)
        case _:
            raise InvalidRequest(Violation(f"{path}article", "is missing", "MISSING"))


def options(message: pb.SummaryOptions, path: str = "") -> SummaryOptions:
    """How long a summary is. Raises InvalidRequest as `unit` does."""
    length = _enum(_LENGTHS, message.length, f"{path}summary.length")
    method = _enum(_METHODS, message.method, f"{path}summary.method")
    return SummaryOptions(length, message.key_points or None, message.focus.strip(), method)


def translation(message: pb.TranslationOptions, path: str = "") -> TranslationOptions:
    """How to translate. Raises InvalidRequest as `unit` does."""
    terms = tuple(
        GlossaryTerm(term.source, dict(term.targets), term.keep, term.case_sensitive) for term in message.glossary.terms
    )
    return TranslationOptions(
        _enum(_QUALITIES, message.quality, f"{path}translation.quality"),
        message.sentence_pairs,
        terms,
        message.glossary.return_plain,
        _enum(_MIME_TYPES, message.mime_type, f"{path}translation.mime_type"),
        message.min_quality,
        localize_numbers=message.localize_numbers,
    )


def digest(
    message: pb.DigestRequest, seconds: float | None, path: str = "", default: Priority = Priority.INTERACTIVE
) -> DigestRequest:
    """A digest request with `seconds` left to answer it, of `default` priority where it names none.

    `path` stands before each field that an error names.
    """
    summary, whole = _enum(_SCOPES, message.translation_scope, f"{path}translation_scope")
    unit(message.offset_unit, path)
    return DigestRequest(
        article(message.article, path),
        message.source_language,
        tuple(message.target_languages),
        options(message.summary, path),
        summary,
        whole,
        message.translation_scope != pb.TRANSLATION_SCOPE_UNSPECIFIED,
        message.request_id,
        deadline_in(seconds),
        priority(message.priority, default, path),
        translation(message.translation, path),
    )


def summarize(message: pb.SummarizeRequest, seconds: float | None) -> DigestRequest:
    """A summary is a digest without translations."""
    unit(message.offset_unit)
    return DigestRequest(
        article(message.article),
        message.source_language,
        options=options(message.summary),
        request_id=message.request_id,
        deadline=deadline_in(seconds),
    )


def translate(message: pb.TranslateRequest, seconds: float | None) -> TranslateRequest:
    """A translate request with `seconds` left to answer it."""
    unit(message.offset_unit)
    return TranslateRequest(
        tuple(message.texts),
        message.source_language,
        tuple(message.target_languages),
        message.request_id,
        deadline_in(seconds),
        priority(message.priority, Priority.INTERACTIVE),
        translation(message.translation),
    )
