"""M2M100 and SMaLL-100: "__uk__" for each language, behind the vocabulary that numbers the pieces.

M2M100 is told the source before the text and begins its answer with the target (Fan et al., Beyond English-Centric
Multilingual Machine Translation, 2020). SMaLL-100 is told the target before the text, and nothing else (Mohammadshahi
et al., SMaLL-100, EMNLP 2022).
"""

from polygist.store.cards import Card
from polygist.store.codes import M2M100, Words
from polygist.store.models import BuiltModel
from polygist.tokens import SpmPieces, spm
from polygist.translate.codecs.base import Codec, Frame, FramedCodec, languages, required

_SPECIAL = ("<s>", "</s>", "<pad>")


def codec(card: Card, built: BuiltModel) -> Codec:
    """Raises CardInvalid where the model has no token for a language, ModelCorrupt where a file can't be read."""
    pieces = _pieces(built)
    ids, end = languages(card, pieces, Words(M2M100), _token), required(card, pieces, "</s>")
    return FramedCodec(card, pieces, lambda source, target: Frame((ids[source],), (end,), (ids[target],)))


def small100(card: Card, built: BuiltModel) -> Codec:
    """As `codec`, of SMaLL-100."""
    pieces = _pieces(built)
    ids, end = languages(card, pieces, Words(M2M100), _token), required(card, pieces, "</s>")
    return FramedCodec(card, pieces, lambda _, target: Frame((ids[target],), (end,)))


def _pieces(built: BuiltModel) -> SpmPieces:
    ids, tokens = spm.vocabulary(built.hf / "vocab.json"), [_token(word) for word in M2M100]
    numbered = dict.fromkeys([*ids, *tokens])
    behind = {token: len(ids) + i for i, token in enumerate(token for token in numbered if token not in ids)}
    return SpmPieces(spm.read(built.hf / "sentencepiece.bpe.model"), ids | behind, [*_SPECIAL, *tokens])


def _token(word: str) -> str:
    return f"__{word}__"
