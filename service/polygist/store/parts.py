"""What cards of every task have in common."""

from dataclasses import dataclass
from pathlib import Path

from polygist.errors import CardInvalid
from polygist.store.tables import listed

COMMERCIAL = ("yes", "no", "unknown")


@dataclass(frozen=True)
class Licence:
    """The licence of the weights. `commercial` is one of COMMERCIAL."""

    name: str
    spdx: str
    url: str
    commercial: str
    note: str = ""


@dataclass(frozen=True)
class DecodingDefaults:
    """How a model decodes; the fields are those of `engines.base.Decoding`."""

    beam_size: int
    no_repeat_ngram_size: int
    repetition_penalty: float
    length_penalty: float


def check_one_of(value: str, valid: tuple[str, ...], key: str, file: Path) -> None:
    """Raises CardInvalid for a value that is not among the valid ones."""
    if value not in valid:
        raise CardInvalid(f"{file}: {key!r} can't be {value!r}; valid: {listed(valid)}")


def check_sha256(digest: str, key: str, file: Path) -> None:
    """Raises CardInvalid for what is no sha256 in hex."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise CardInvalid(f"{file}: {key!r} must be 64 lower-case hex digits, got {digest!r}")
