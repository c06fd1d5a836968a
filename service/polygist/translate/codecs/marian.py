"""OPUS-MT (Marian): the text, and before it ">>ukr<<" where the model writes several languages.

A vocabulary for both sides, in vocab.json, numbers the pieces of source.spm and target.spm; some models have one for
each side.
"""

from polygist.errors import CardInvalid
from polygist.store.cards import Card
from polygist.store.codes import Words
from polygist.store.models import BuiltModel
from polygist.tokens import SpmPieces, spm
from polygist.translate.codecs.base import Codec, Frame, FramedCodec, required

_SPECIAL = ("<s>", "</s>", "<pad>")


def codec(card: Card, built: BuiltModel) -> Codec:
    """Raises CardInvalid where the model has no token for a target, ModelCorrupt where a file can't be read."""
    ids = spm.vocabulary(built.hf / "vocab.json")
    own = built.hf / "target_vocab.json"
    names = {id: piece for piece, id in spm.vocabulary(own).items()} if own.is_file() else None
    marks = [piece for piece in ids if piece.startswith(">>") and piece.endswith("<<")]
    source, target = spm.read(built.hf / "source.spm"), spm.read(built.hf / "target.spm")
    pieces = SpmPieces(source, ids, [*_SPECIAL, *marks], target, names)
    end = required(card, pieces, "</s>")
    targets = _targets(card, pieces, Words(marks))
    return FramedCodec(card, pieces, lambda _, target: Frame(targets[target], (end,)))


def _targets(card: Card, pieces: SpmPieces, words: Words) -> dict[str, tuple[int, ...]]:
    """What stands before the text; nothing where the model knows no such tokens."""
    found: dict[str, tuple[int, ...]] = {}
    for code, own in card.languages.items():
        word = own or words.word(code)
        found[code] = (required(card, pieces, word, code),) if word else ()
    written = [target for _, target in card.pairs]
    if len(set(written)) > 1 and (missing := [code for code in written if not found[code]]):
        raise CardInvalid(f"{card.id}: the model has no token for {missing[0]!r}, and it writes several languages")
    return found
