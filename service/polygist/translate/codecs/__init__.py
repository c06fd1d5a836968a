"""Between text and token ids: how each family of models is asked for a translation.

A family is a module here with a function that makes a `Codec` of a card and its built model, and a line in FAMILIES.
"""

from collections.abc import Callable, Mapping

from polygist.errors import CardInvalid
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

    Raises CardInvalid for an unknown family and for a language that the model has no token for, ModelCorrupt where a
    file can't be read.
    """
    if card.family not in FAMILIES:
        raise CardInvalid(f"{card.id}: unknown family {card.family!r}; there are: {', '.join(FAMILIES)}")
    return FAMILIES[card.family](card, built)
