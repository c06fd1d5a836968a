"""Cards of models whose states are vectors of sentences, as sentence-transformers has them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store import encoders
from polygist.store.encoders import EncoderCard
from polygist.store.parts import check_one_of

POOLING = ("mean", "cls")
# What sentence-transformers puts a model together of, as far as it is done here, too.
_MODULES = ("Transformer", "Pooling", "Normalize")


@dataclass(frozen=True, kw_only=True)
class VectorCard(EncoderCard):
    """An encoder whose states become one vector of unit length a text.

    `pooling` is how: the mean over a text's tokens, or the state of its first one. `prefix` stands before each sentence
    of an article, `focus_prefix` before what a reader wants to know about ("query: "). `unrelated` is the cosine that
    texts on different matters may have with this model, 0 to below 1: likeness is counted from there.
    """

    pooling: Literal["mean", "cls"]
    prefix: str = ""
    focus_prefix: str = ""
    unrelated: float = 0.0


def check(card: VectorCard, file: Path) -> None:
    """Raises CardInvalid."""
    encoders.check(card, file)
    check_one_of(card.pooling, POOLING, "pooling", file)
    if not 0.0 <= card.unrelated < 1.0:
        raise CardInvalid(f"{file}: 'unrelated' must be 0 to below 1, got {card.unrelated}")


def other_modules(place: Path) -> list[str]:
    """What a model in a folder has by its modules.json that is not done here, as a dense layer behind the vectors.
    Raises ModelCorrupt."""
    file = place / "modules.json"
    if not file.is_file():
        return []
    try:
        names = [str(module["type"]).rpartition(".")[2] for module in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error
    return [name for name in names if name not in _MODULES]
