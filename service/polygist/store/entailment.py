"""Cards of models of natural language inference: whether one text follows from another one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from polygist.errors import CardInvalid
from polygist.store import encoders
from polygist.store.encoders import EncoderCard
from polygist.store.parts import check_one_of

ENTAILMENT, NEUTRAL, CONTRADICTION = VERDICTS = ("entailment", "neutral", "contradiction")


@dataclass(frozen=True, kw_only=True)
class EntailmentCard(EncoderCard):
    """A classifier of pairs: a premise, and a statement that may follow from it.

    `labels` says which of VERDICTS a label of the model is, where its name alone does not; their order is that of the
    model's config.json. `least` is the probability of entailment that a statement needs, 0 to 1.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    least: float = 0.5


def check(card: EntailmentCard, file: Path) -> None:
    """Raises CardInvalid."""
    encoders.check(card, file)
    for label, verdict in card.labels.items():
        check_one_of(verdict, VERDICTS, f"labels.{label}", file)
    if not 0.0 <= card.least <= 1.0:
        raise CardInvalid(f"{file}: 'least' must be 0 to 1, got {card.least}")
