"""Between text and the tokens of a summary model. An article's text is data: nothing in it is read as a control token,
and in a chat it can't leave the place that it is quoted in."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from tokenizers import Tokenizer

from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store import chat
from polygist.store.models import BuiltModel
from polygist.store.summarizers import SummaryCard
from polygist.tokens import Control, tokenizer

# What is quoted has no sharp brackets, so no tag in it can close the quotation.
_QUOTED = str.maketrans("<>＜＞﹤﹥", "‹›‹›‹›")
_TAGS = ("<article>\n", "\n</article>")
# Pegasus writes this for a line break.
_BREAK = "<n>"
_TEXT = "\0"
# What of a card is bounded by the positions of a model, and where configurations say how many there are.
_POSITIONS = (
    ("window", ("max_encoder_position_embeddings", "max_position_embeddings")),
    ("max_new_tokens", ("max_decoder_position_embeddings", "max_position_embeddings")),
)


class Codec:
    """A card's prompts in the tokens of its model. Safe to share between threads.

    `around` is what stands before and after a prompt, and `quotes` what stands around the text in it.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        window: int,
        around: tuple[str, str] = ("", ""),
        quotes: tuple[str, str] = ("", ""),
        *,
        special: bool = True,
    ) -> None:
        self._tokenizer, self._window, self._special = tokenizer, window, special
        self._around, self._quotes = around, quotes
        self._control = Control(tokenizer)

    def data(self, text: str) -> str:
        """The text so that it holds no control token: '<s> 1 < 2' -> '< s> 1 < 2'."""
        if self._quotes != ("", ""):
            text = text.translate(_QUOTED)
        return self._control.broken(text)

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text within another one, behind a space."""
        encoded = self._tokenizer.encode_batch([f" {self.data(text)}" for text in texts], add_special_tokens=False)
        return [len(one.ids) for one in encoded]

    def room(self, template: str, language: str, max_new_tokens: int) -> int:
        """Tokens of text that fit a prompt."""
        return self.longest(max_new_tokens) - len(self.encode(template or "{text}", language, 2, ""))

    def longest(self, max_new_tokens: int) -> int:
        """Tokens of a prompt, beside an answer where that takes of the window, too."""
        return self._window - (0 if self._special else max_new_tokens)

    def encode(self, template: str, language: str, sentences: int, text: str) -> tuple[int, ...]:
        """The prompt that asks for a part of a summary of `text`."""
        before, after = template.format(text=_TEXT, language=language, sentences=sentences).split(_TEXT)
        (opening, closing), (quote, unquote) = self._around, self._quotes
        prompt = "".join((opening, before, quote, self.data(text), unquote, after, closing))
        ids: Sequence[int] = self._tokenizer.encode(prompt, add_special_tokens=self._special).ids
        return tuple(ids)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of an answer, its lines kept."""
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text.replace(_BREAK, "\n").strip()


def codec_of(card: SummaryCard, built: BuiltModel) -> Codec:
    """The codec of a card's family over its built tokenizer.

    Raises CardInvalid where a prompt leaves no room or the model has less than the card says, ModelCorrupt where a file
    can't be read.
    """
    _check_positions(card, built)
    codec = _FAMILIES[card.family](card, built)
    for name, template in asdict(card.prompts).items():
        rooms = [codec.room(template, language, card.max_new_tokens) for language in card.languages.values()]
        # Answers that are merged must be so much shorter than what they were made of that merging comes to an end.
        if template and min(rooms) < 2 * card.max_new_tokens:
            raise CardInvalid(f"{card.id}: 'window' has too little room for text beside 'prompts.{name}'")
    return codec


def _check_positions(card: SummaryCard, built: BuiltModel) -> None:
    """What is longer than the model has positions for breaks its engine. Relative positions have no end."""
    file = built.hf / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        found = [(key, next((config[name] for name in names if name in config), None)) for key, names in _POSITIONS]
    except (OSError, ValueError, TypeError) as error:
        raise ModelCorrupt(f"{file} can't be read: {error}") from error
    for key, places in found:
        if isinstance(places, int) and getattr(card, key) > places:
            raise CardInvalid(f"{card.id}: {key!r} is {getattr(card, key)}, the model has {places} positions")


def _seq2seq(card: SummaryCard, built: BuiltModel) -> Codec:
    return Codec(tokenizer(built.tokenizer), card.window)


def _chat(card: SummaryCard, built: BuiltModel) -> Codec:
    return Codec(tokenizer(built.tokenizer), card.window, chat.read(built.chat), _TAGS, special=False)


_FAMILIES: Mapping[str, Callable[[SummaryCard, BuiltModel], Codec]] = {"chat": _chat, "seq2seq": _seq2seq}
