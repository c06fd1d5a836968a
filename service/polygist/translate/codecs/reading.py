"""The tokenizer of a built model: its tokenizer.json where it has one, else its SentencePiece model."""

import json
from collections.abc import Iterable
from typing import Any

from polygist.errors import ModelCorrupt
from polygist.store.models import BuiltModel
from polygist.tokens import FastPieces, Pieces, SpmPieces, spm

_SPECIAL = ("<s>", "</s>", "<pad>", "<mask>")


def fairseq(built: BuiltModel, languages: Iterable[str]) -> Pieces:
    """Numbered as fairseq does, `languages` behind the pieces. Raises ModelCorrupt."""
    tokens = tuple(languages)
    if built.tokenizer.is_file():
        return FastPieces(built.tokenizer, tokens)
    model = spm.read(built.hf / "sentencepiece.bpe.model")
    return SpmPieces(model, spm.fairseq(model, [*tokens, "<mask>"]), [*_SPECIAL, *tokens])


def sentencepiece(built: BuiltModel) -> Pieces:
    """Numbered as SentencePiece does, as those of T5 and its kin. Raises ModelCorrupt."""
    if built.tokenizer.is_file():
        return FastPieces(built.tokenizer)
    model = spm.read(built.hf / "spiece.model")
    return SpmPieces(model, spm.own(model), spm.control(model))


def settings(built: BuiltModel) -> dict[str, Any]:
    """What tokenizer_config.json says. Raises ModelCorrupt."""
    file = built.hf / "tokenizer_config.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except (OSError, ValueError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error
    return found if isinstance(found, dict) else {}
