"""Cards of models that recognise entities: token classification."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from polygist.store import encoders
from polygist.store.encoders import EncoderCard
from polygist.store.parts import check_one_of

TYPES = ("person", "organization", "location", "other", "none")


@dataclass(frozen=True, kw_only=True)
class RecognizerCard(EncoderCard):
    """A token classifier whose labels are entities in BIO or a scheme like it.

    `labels` says which of TYPES a label of the model is, without its B- or I-, where its name alone does not
    (`summarize.entity_labels`).
    """

    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def ingredients(self) -> tuple[str, ...]:
        """All that determines what is loaded."""
        return ("recognizer", *self.source.sums)


def check(card: RecognizerCard, file: Path) -> None:
    """Raises CardInvalid."""
    encoders.check(card, file)
    for label, type in card.labels.items():
        check_one_of(type, TYPES, f"labels.{label}", file)
