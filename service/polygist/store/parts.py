"""What cards of every task have in common."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from polygist.errors import CardInvalid
from polygist.store.tables import listed

COMMERCIAL = ("yes", "no", "unknown")
# Number formats of CTranslate2: of the weights, and where there are two, of what is computed with them. On a processor
# that lacks one it takes the next, float32 at last.
QUANTIZATIONS = ("int8", "int8_float32", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "float32")
_CHECKOUT = Path(__file__).parents[3] / "models"


def models_folder() -> Path:
    """The folder of cards, profiles and adapters: inside the installed package, else that of the checkout."""
    installed = Path(str(files("polygist") / "models"))
    return installed if installed.is_dir() else _CHECKOUT


@dataclass(frozen=True)
class DataFile:
    """A file that comes with polygist: its path below the models folder and its sha256 in hex."""

    file: str
    sha256: str

    @property
    def path(self) -> Path:
        return models_folder() / self.file


# Names of folders and files are made of it.
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,99}+", re.ASCII)


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


def converted(engine: str, quantization: str) -> str:
    """How a model is converted for CTranslate2 when it is built, "" where its card says that another engine runs it."""
    return quantization if engine in ("", "ct2") else ""


@dataclass(frozen=True)
class Quality:
    """A figure that somebody published: `value` in the scale of `metric` ("BLEU", "ROUGE-L"), on the test set `data`;
    `source` says where it stands. Figures of two sources can't be compared to the point."""

    metric: str
    value: float
    data: str
    source: str


@dataclass(frozen=True)
class Facts:
    """What is known of a model beside how it is run, for people who choose; 0 and "" are unknown.

    `parameters` counts them, `memory_bytes` is what the weights take as they are served, `good_for` is a phrase or two.
    `unverified` names what in the card nobody could check where it was written ("licence", "decoding", "memory_bytes").
    """

    good_for: str = ""
    parameters: int = 0
    memory_bytes: int = 0
    quality: tuple[Quality, ...] = ()
    unverified: tuple[str, ...] = ()


def check_id(id: str, file: Path) -> None:
    """Raises CardInvalid for what can't be part of a file's name."""
    if not _ID.fullmatch(id):
        raise CardInvalid(f"{file}: 'id' must be letters, digits, '.', '_' and '-', got {id!r}")


def check_one_of(value: str, valid: tuple[str, ...], key: str, file: Path) -> None:
    """Raises CardInvalid for a value that is not among the valid ones."""
    if value not in valid:
        raise CardInvalid(f"{file}: {key!r} can't be {value!r}; valid: {listed(valid)}")


def check_sha256(digest: str, key: str, file: Path) -> None:
    """Raises CardInvalid for what is no sha256 in hex."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise CardInvalid(f"{file}: {key!r} must be 64 lower-case hex digits, got {digest!r}")
