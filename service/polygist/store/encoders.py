"""Cards of encoders: models that read a text at once and say something of it, of BERT's and XLM-R's kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polygist.errors import CardInvalid
from polygist.store import sources
from polygist.store.filed import DTYPES, Filed
from polygist.store.parts import COMMERCIAL, Facts, Licence, check_one_of

_LEAST_WINDOW = 16
# Their positions begin behind the number of the padding.
_BEHIND_PADDING = ("camembert", "mpnet", "roberta", "xlm-roberta", "xlm-roberta-xl")


@dataclass(frozen=True, kw_only=True)
class EncoderCard(Filed):
    """What cards of encoders have in common.

    `window` bounds the tokens of what it is given at once, those that begin and end it included. `languages` are those
    of the articles that it is asked about.
    """

    id: str
    task: str
    window: int
    languages: tuple[str, ...]
    licence: Licence
    facts: Facts = field(default_factory=Facts)

    @property
    def ingredients(self) -> tuple[str, ...]:
        """All that determines what is loaded."""
        return ("encoder", *self.source.sums)


def check(card: EncoderCard, file: Path) -> None:
    """Raises CardInvalid."""
    check_one_of(card.dtype, DTYPES, "dtype", file)
    check_one_of(card.licence.commercial, COMMERCIAL, "licence.commercial", file)
    if not card.languages:
        raise CardInvalid(f"{file}: 'languages' names none")
    if card.window < _LEAST_WINDOW:
        raise CardInvalid(f"{file}: 'window' must be {_LEAST_WINDOW} or more, got {card.window}")
    sources.check(card.source, file)


def positions(config: Mapping[str, Any]) -> int | None:
    """How many tokens a model has positions for by its config.json; None where that does not say."""
    found = config.get("max_position_embeddings")
    if type(found) is not int:
        return None
    padding = config.get("pad_token_id")
    behind = config.get("model_type") in _BEHIND_PADDING
    return found - (padding if type(padding) is int else 1) - 1 if behind else found
