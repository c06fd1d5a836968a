"""Messages from the wire: a request in our own terms, or what is wrong with which field of it."""

import re
from collections.abc import Callable
from functools import cache

from google.longrunning import operations_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from polygist.errors import InvalidRequest
from polygist.jobs import requests as jobs
from polygist.jobs.roots import Roots
from polygist.pipeline.glossaries import glossaries
from polygist.pipeline.languages import resolve_targets
from polygist.pipeline.limits import Limits
from polygist.pipeline.requests import TranslationOptions
from polygist.settings import Settings
from polygist.transport import briefs, incoming, listing, status
from polygist.types import Priority
from polygist.v1 import polygist_pb2 as pb

# What clients take of trailing metadata is 8 KiB, and details go in base 64.
MOST_DETAILS = 6_000
_LANGUAGES = ("de", "en", "uk")
_TARGETS = {code: frozenset(_LANGUAGES) - {code} for code in _LANGUAGES}
_PART = re.compile(r"(?P<name>\w+)(?:\[[^\]]*\])?(?:\.(?P<rest>.+))?", re.DOTALL)


@cache
def _limits() -> Limits:
    settings = Settings()
    return Limits(**{name: getattr(settings, name) for name in Limits.__dataclass_fields__})


def _digest(message: pb.DigestRequest) -> None:
    asked = incoming.digest(message, 1.0)
    _limits().check_digest(asked)
    _translation(asked.target_languages, asked.translation)


def _many(message: pb.DigestManyRequest) -> None:
    incoming.seconds(message, 5.0)
    _limits().check_id(message.id)
    asked = incoming.digest(message.digest, 1.0, "digest.", default=Priority.BULK)
    _limits().check_digest(asked, "digest.")


def _summarize(message: pb.SummarizeRequest) -> None:
    _limits().check_digest(incoming.summarize(message, None))


def _translate(message: pb.TranslateRequest) -> None:
    asked = incoming.translate(message, None)
    _limits().check_translate(asked)
    _translation(asked.target_languages, asked.translation)


def _parse(message: pb.ParseRequest) -> None:
    incoming.unit(message.offset_unit)
    _limits().check_article(incoming.article(message.article))


def _brief(message: pb.BriefRequest) -> None:
    _limits().check_brief(briefs.request(message, 1.0))


def _batch(message: pb.CreateBatchDigestRequest) -> None:
    jobs.order(message, "caller", pb.Limits(**vars(_limits())), Roots(["/nowhere", "memory://news"]))
    jobs.options(message)


def _listed(message: operations_pb2.ListOperationsRequest) -> None:
    listing.states(message.filter)
    listing.before(message.page_token, message.filter)
    assert 0 < listing.size(message.page_size) <= 1_000


def _translation(targets: tuple[str, ...], options: TranslationOptions) -> None:
    glossaries(options.terms, resolve_targets(targets, "en", _TARGETS, "target_languages").values())


KINDS: tuple[tuple[type[Message], Callable[..., None]], ...] = (
    (pb.DigestRequest, _digest),
    (pb.DigestManyRequest, _many),
    (pb.SummarizeRequest, _summarize),
    (pb.TranslateRequest, _translate),
    (pb.ParseRequest, _parse),
    (pb.BriefRequest, _brief),
    (pb.CreateBatchDigestRequest, _batch),
    (operations_pb2.ListOperationsRequest, _listed),
)


def check(data: bytes) -> None:
    """The first byte says which message."""
    kind, read = KINDS[(data[:1] or b"0")[0] % len(KINDS)]
    try:
        message = kind.FromString(data[1:])
    except DecodeError:
        return  # grpc answers
    checked(message, read)


def checked(message: Message, read: Callable[..., None]) -> None:
    """What holds of every message: `read` takes it, or says what is wrong with which field."""
    try:
        read(message)
    except InvalidRequest as error:
        assert error.violations
        for violation in error.violations:
            assert violation.reason.isupper()
            assert _is_field(message.DESCRIPTOR, violation.field), violation.field
        assert sum(len(value) for _, value in status.trailers(error)) <= MOST_DETAILS


def _is_field(of: Descriptor, path: str) -> bool:
    """Whether a message has a field at a path such as "articles[3].text"."""
    part = _PART.fullmatch(path)
    known = {**of.fields_by_name, **of.oneofs_by_name}.get(part["name"]) if part else None
    if known is None or not part or not part["rest"]:
        return known is not None
    below = known.message_type if isinstance(known, FieldDescriptor) else None
    return below is not None and _is_field(below, part["rest"])
