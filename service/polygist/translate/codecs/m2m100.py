"""M2M100 and SMaLL-100: "__uk__" for each language, behind the vocabulary that numbers the pieces.

M2M100 is told the source before the text and begins its answer with the target (Fan et al., Beyond English-Centric
Multilingual Machine Translation, 2020). SMaLL-100 is told the target before the text, and nothing else (Mohammadshahi
et al., SMaLL-100, EMNLP 2022).
"""

from collections.abc import Sequence

from polygist.store.cards import Card
from polygist.store.codes import M2M100, Words
from polygist.store.models import BuiltModel
from polygist.tokens import SpmPieces, spm
from polygist.translate.codecs.base import Codec, Frame, FramedCodec, languages, required

_SPECIAL = ("<s>", "</s>", "<pad>")


def codec(card: Card, built: BuiltModel) -> Codec:
    """Raises CardInvalid where the model has no token for a language, ModelCorrupt where a file can't be read."""
    pieces = numbered(built, M2M100)
    ids, end = languages(card, pieces, Words(M2M100), token), required(card, pieces, "</s>")
    return FramedCodec(card, pieces, lambda source, target: Frame((ids[source],), (end,), (ids[target],)))


def small100(card: Card, built: BuiltModel) -> Codec:
    """As `codec`, of SMaLL-100."""
    pieces = numbered(built, M2M100)
    ids, end = languages(card, pieces, Words(M2M100), token), required(card, pieces, "</s>")
    return FramedCodec(card, pieces, lambda _, target: Frame((ids[target],), (end,)))


def numbered(built: BuiltModel, words: Sequence[str]) -> SpmPieces:
    """The pieces by vocab.json, and behind them the tokens of languages. Raises ModelCorrupt."""
    ids, tokens = spm.vocabulary(built.hf / "vocab.json"), [token(word) for word in words]
    behind = [token for token in tokens if token not in ids]
    numbers = ids | {token: len(ids) + i for i, token in enumerate(behind)}
    return SpmPieces(spm.read(built.hf / "sentencepiece.bpe.model"), numbers, [*_SPECIAL, *tokens])


def token(word: str) -> str:
    """The token of a language: "uk" -> "__uk__"."""
    return f"__{word}__"
