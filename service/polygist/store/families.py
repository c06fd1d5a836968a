"""Families of models: how they are built, and which engines can run them. What their prompts look like is the matter of
`translate.codecs` and `summarize.abstractive_codec`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """`encoder_decoder` models read a text and write another one, all others go on with what they are given. `engines`
    can run it, the usual one on a CPU first."""

    encoder_decoder: bool
    engines: tuple[str, ...]


_ENCODER_DECODER = Family(True, ("ct2", "torch"))
_CHAT = Family(False, ("torch", "ct2"))

# The family of the model that polygist brings along, which is built from its parts (`cards.EmbeddedCard`).
EMBEDDED = "gemma3-prompt"

TRANSLATION: Mapping[str, Family] = {
    EMBEDDED: Family(False, ("openvino", "ct2", "torch")),
    # OPUS-MT: a pair, or groups of languages with ">>ukr<<" before the text.
    "marian": _ENCODER_DECODER,
    "m2m100": _ENCODER_DECODER,
    "small100": _ENCODER_DECODER,
    "nllb": _ENCODER_DECODER,
    "mbart50": _ENCODER_DECODER,
    # T5 with "<2uk>" before the text.
    "madlad": _ENCODER_DECODER,
    # T5, mT5 and UMT5 with an instruction before the text.
    "t5": _ENCODER_DECODER,
    "chat": _CHAT,
    "translategemma": _CHAT,
}
SUMMARIES: Mapping[str, Family] = {"chat": _CHAT, "seq2seq": _ENCODER_DECODER}
# BERT, XLM-R and their kind, whatever they say of a text.
ENCODERS = Family(False, ("torch",))
