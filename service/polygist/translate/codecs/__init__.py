"""Between text and token ids: how each family of models is asked for a translation.

A family is a module here with a function that makes a `Codec` of a card and its built model, and a line in FAMILIES.
"""

import json
from collections.abc import Callable, Mapping

from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store.cards import Card
from polygist.store.models import BuiltModel
from polygist.translate.codecs import chat, m2m100, marian, mbart50, nllb, prompt, t5
from polygist.translate.codecs.base import Codec, Prompt

__all__ = ["FAMILIES", "Codec", "Prompt", "codec_of"]

FAMILIES: Mapping[str, Callable[[Card, BuiltModel], Codec]] = {
    "gemma3-prompt": prompt.codec,
    "marian": marian.codec,
    "m2m100": m2m100.codec,
    "small100": m2m100.small100,
    "nllb": nllb.codec,
    "mbart50": mbart50.codec,
    "madlad": t5.madlad,
    "t5": t5.codec,
    "chat": chat.codec,
    "translategemma": chat.translategemma,
}


def codec_of(card: Card, built: BuiltModel) -> Codec:
    """The codec of a card's family over its built tokenizer.

    Raises CardInvalid for an unknown family, for a language that the model has no token for, and where the card counts
    on more positions than the model has, ModelCorrupt where a file can't be read.
    """
    if card.family not in FAMILIES:
        raise CardInvalid(f"{card.id}: unknown family {card.family!r}; there are: {', '.join(FAMILIES)}")
    _check_window(card, built)
    return FAMILIES[card.family](card, built)


def _check_window(card: Card, built: BuiltModel) -> None:
    """What is longer than the model has positions for breaks its engine. Relative positions have no end."""
    file = built.hf / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        found = config.get("text_config", config).get("max_position_embeddings")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error
    longest = card.window or card.max_source_tokens
    if isinstance(found, int) and longest > found:
        key = "window" if card.window else "max_source_tokens"
        raise CardInvalid(f"{card.id}: {key!r} is {longest}, the model has {found} positions")
