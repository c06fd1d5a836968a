"""What a client takes, by its Accept headers (RFC 9110, 12.5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_OPENMETRICS = "application/openmetrics-text"
# What we have of each media type, by the versions that name it, and what the library is asked for then.
_FORMS: Mapping[tuple[str, str], str] = {
    ("text/plain", ""): "text/plain",
    ("text/plain", "0.0.4"): "text/plain;version=0.0.4",
    ("text/plain", "1.0.0"): "text/plain;version=1.0.0",
    (_OPENMETRICS, ""): f"{_OPENMETRICS};version=1.0.0",
    (_OPENMETRICS, "1.0.0"): f"{_OPENMETRICS};version=1.0.0",
}
_ESCAPINGS = ("allow-utf-8", "underscores", "dots", "values")


@dataclass(frozen=True)
class _Entry:
    """A value of such a header with its parameters, all in small letters, and its weight from 0 to 1."""

    value: str
    parameters: Mapping[str, str]
    weight: float


def form(accept: str) -> str:
    """The form of metrics that the client would rather have, as an Accept header with that one; "" for the usual.

    Of two that it likes the same the one that it names first. What is not known is left out, and no word of the
    client's gets into the answer.

    >>> form("text/plain;q=0.5, application/openmetrics-text; version=1.0.0")
    'application/openmetrics-text;version=1.0.0'
    """
    best, most = "", 0.0
    for entry in _entries(accept):
        known = _FORMS.get((entry.value, entry.parameters.get("version", "")), "")
        if known and entry.weight > most:
            escaping = entry.parameters.get("escaping")
            best, most = known + (f";escaping={escaping}" if escaping in _ESCAPINGS else ""), entry.weight
    return best


def gzip(accept_encoding: str) -> bool:
    """Whether the client takes gzip.

    >>> [gzip(header) for header in ("gzip", "*", "gzip;q=0, *", "br", "")]
    [True, True, False, False, False]
    """
    weights = {entry.value: entry.weight for entry in _entries(accept_encoding)}
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _entries(header: str) -> Iterator[_Entry]:
    """The entries of a header; those whose weight is none are left out."""
    for entry in header.lower().split(","):
        value, *rest = (part.strip() for part in entry.split(";"))
        pairs = (part.partition("=") for part in rest)
        parameters = {name.strip(): content.strip().strip('"') for name, _, content in pairs}
        weight = _weight(parameters.get("q", "1"))
        if value and weight is not None:
            yield _Entry(value, parameters, weight)


def _weight(text: str) -> float | None:
    """A number from 0 to 1 with three digits after the point at most."""
    whole, _, digits = text.partition(".")
    plain = text.isascii() and whole in ("0", "1") and len(digits) <= 3 and (not digits or digits.isdigit())
    return float(text) if plain and float(text) <= 1 else None
