"""Cards of models that recognise entities: token classification."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from polygist.errors import CardInvalid
from polygist.store import sources
from polygist.store.parts import COMMERCIAL, Facts, Licence, check_one_of
from polygist.store.sources import ModelSource

DTYPES = ("bfloat16", "float32")
TYPES = ("person", "organization", "location", "other", "none")
_LEAST_WINDOW = 16


@dataclass(frozen=True)
class RecognizerCard:
    """A token classifier whose labels are entities in BIO or a scheme like it.

    `window` bounds the tokens of what it is given at once, those that begin and end it included. `labels` says which of
    TYPES a label of the model is, without its B- or I-, where its name alone does not (`summarize.entity_labels`).
    """

    id: str
    task: str
    dtype: Literal["bfloat16", "float32"]
    window: int
    languages: tuple[str, ...]
    source: ModelSource
    licence: Licence
    labels: Mapping[str, str] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)

    @property
    def ingredients(self) -> tuple[str, ...]:
        """All that determines what is loaded."""
        return ("recognizer", *self.source.sums)

    @property
    def build_disk_bytes(self) -> int:
        """What a build needs: the files are copied."""
        return self.source.disk_bytes

    def placed(self, file: Path) -> "RecognizerCard":
        """With a path that does not depend on where the card's `file` lies."""
        return replace(self, source=self.source.placed(file))


def check(card: RecognizerCard, file: Path) -> None:
    """Raises CardInvalid."""
    check_one_of(card.dtype, DTYPES, "dtype", file)
    check_one_of(card.licence.commercial, COMMERCIAL, "licence.commercial", file)
    if not card.languages:
        raise CardInvalid(f"{file}: 'languages' names none")
    if card.window < _LEAST_WINDOW:
        raise CardInvalid(f"{file}: 'window' must be {_LEAST_WINDOW} or more, got {card.window}")
    for label, type in card.labels.items():
        check_one_of(type, TYPES, f"labels.{label}", file)
    sources.check(card.source, file)
