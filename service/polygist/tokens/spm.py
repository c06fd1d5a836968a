"""Tokens by a SentencePiece model (https://github.com/google/sentencepiece), numbered as the model's family does."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import sentencepiece

from polygist.errors import ModelCorrupt

_UNKNOWN = "<unk>"
# fairseq's first tokens, which stand for SentencePiece's <unk>, <s> and </s>.
_FAIRSEQ = ("<s>", "<pad>", "</s>", "<unk>")


class SpmPieces:
    """A `Pieces` over a SentencePiece model.

    `ids` numbers its pieces and the special tokens, those named in `special` among them. An answer is put together by
    `target` and `names`, which are the same unless the model has two vocabularies.
    """

    def __init__(
        self,
        model: Any,
        ids: Mapping[str, int],
        special: Iterable[str],
        target: Any = None,
        names: Mapping[int, str] | None = None,
    ) -> None:
        self._model, self._ids, self._target = model, ids, target or model
        self._names = {id: name for name, id in ids.items()}
        if _UNKNOWN not in ids:
            raise ModelCorrupt("a vocabulary has no <unk>")
        self._unknown, silent = ids[_UNKNOWN], {_UNKNOWN, *special}
        self.special = frozenset(ids[name] for name in silent if name in ids) - {self._unknown}
        self._target_names = names or self._names
        self._silent = {id for id, name in self._target_names.items() if name in silent}

    def id(self, token: str) -> int | None:
        return self._ids.get(token)

    def name(self, id: int) -> str:
        return self._names.get(id, "")

    def names(self) -> Iterable[str]:
        return list(self._ids)

    def frame(self, text: str) -> tuple[int, ...]:
        return tuple(self.encode(text))

    def encode(self, text: str) -> list[int]:
        return [self._ids.get(piece, self._unknown) for piece in self._model.encode(text, out_type=str)]

    def decode(self, ids: list[int]) -> str:
        names = [self._target_names[id] for id in ids if id in self._target_names and id not in self._silent]
        text: str = self._target.decode(names)
        return text


def read(file: Path) -> Any:
    """A SentencePiece model. Raises ModelCorrupt."""
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(file))
    except (OSError, RuntimeError, TypeError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error


def vocabulary(file: Path) -> dict[str, int]:
    """Ids by piece, from a vocab.json. Raises ModelCorrupt."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {str(piece): int(id) for piece, id in found.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error


def own(model: Any) -> dict[str, int]:
    """SentencePiece's own numbers."""
    return {piece: id for id, piece in enumerate(_pieces(model))}


def fairseq(model: Any, more: Iterable[str]) -> dict[str, int]:
    """fairseq's numbers: four tokens of its own for three of SentencePiece's, then the pieces, then `more`."""
    names = dict.fromkeys([*_FAIRSEQ, *_pieces(model)[len(_FAIRSEQ) - 1 :], *more])
    return {name: id for id, name in enumerate(names)}


def control(model: Any) -> list[str]:
    """The pieces that are no text: <s>, </s>, <pad>."""
    return [piece for id, piece in enumerate(_pieces(model)) if model.is_control(id)]


def _pieces(model: Any) -> list[str]:
    pieces: list[str] = model.id_to_piece(list(range(model.get_piece_size())))
    return pieces
