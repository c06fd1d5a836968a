"""T5 and its kin: an instruction before the text, or for MADLAD-400 a token such as <2uk>.

The instruction is the card's `prompt_template`, as "translate {source} to {target}: {text}" (Raffel et al., Exploring
the Limits of Transfer Learning, 2020). MADLAD-400 is told the target alone (Kudugunta et al., MADLAD-400, 2023).
"""

from polygist.errors import CardInvalid
from polygist.store.cards import Card
from polygist.store.codes import Words
from polygist.store.models import BuiltModel
from polygist.translate.codecs.base import Codec, Frame, FramedCodec, english, languages, required
from polygist.translate.codecs.reading import sentencepiece


def codec(card: Card, built: BuiltModel) -> Codec:
    """Raises ModelCorrupt where a file can't be read."""
    pieces = sentencepiece(built)
    frame = Frame((), (required(card, pieces, "</s>"),))
    names = {code: english(card, code) for code in card.languages}

    def written(text: str, source: str, target: str) -> str:
        template = card.prompt_template or "{text}"
        return template.format(text=text, source=names[source], target=names[target])

    return FramedCodec(card, pieces, lambda source, target: frame, written=written)


def madlad(card: Card, built: BuiltModel) -> Codec:
    """Raises CardInvalid where the model has no token for a language, ModelCorrupt where a file can't be read."""
    pieces = sentencepiece(built)
    marks = [token for token in pieces.names() if token.startswith("<2") and token.endswith(">")]
    words, end = Words(marks), required(card, pieces, "</s>")
    tokens = languages(card, pieces, words, lambda word: f"<2{word}>")
    frames = {code: Frame(pieces.frame(pieces.name(id)), (end,)) for code, id in tokens.items()}
    if lost := [code for code, id in tokens.items() if id not in frames[code].before]:
        raise CardInvalid(f"{card.id}: the tokenizer takes the token of {lost[0]!r} for text")
    control = [required(card, pieces, mark) for mark in marks]
    return FramedCodec(card, pieces, lambda _, target: frames[target], control)
