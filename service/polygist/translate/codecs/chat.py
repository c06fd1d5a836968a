"""Instruction models: a request in the user's turn of the model's own template, which was rendered when it was built.

A text can't leave its place: it is one line, and marks in it are broken. TranslateGemma's template is given the two
languages itself, so that there is one for each pair; all others get the card's `prompt_template`.
"""

from collections.abc import Callable, Sequence

from polygist.errors import ModelCorrupt
from polygist.store import chat
from polygist.store.cards import Card
from polygist.store.models import BuiltModel
from polygist.tokens import Control, tokenizer
from polygist.translate.codecs.base import Codec, Prompt, english, line, room, usual

# What a model is asked where its card says nothing else.
REQUEST = "Translate the following {source} text into {target}. Answer with the translation alone.\n\n{text}"
# Models that think aloud end that with it.
_THOUGHT = "</think>"

# What stands before and after a text, by source and target.
Around = Callable[[str, str], tuple[str, str]]


class ChatCodec:
    """A `Codec` of a decoder-only model; `around` is its rendered template and what is asked in it, which depends on
    `facts`."""

    def __init__(self, card: Card, built: BuiltModel, around: Around, facts: tuple[object, ...]) -> None:
        self._tokenizer = tokenizer(built.tokenizer)
        self._control, self._around = Control(self._tokenizer), around
        self.max_source_tokens, self._ratio = card.max_source_tokens, card.max_length_ratio
        self._window = card.window
        self._facts = (card.family, card.window, *sorted(card.languages.items()), *facts)
        first, second, *_ = card.languages
        self._frame = len(self._ids("".join(around(first, second))))

    @property
    def facts(self) -> tuple[object, ...]:
        return (*self._facts, self.max_source_tokens, self._ratio)

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def count(self, text: str) -> int:
        return len(self._ids(self._control.broken(text)))

    def usual(self, word: str) -> str:
        return usual(word, lambda form: self._ids(self._control.broken(form)))

    def encode(self, text: str, source: str, target: str) -> Prompt:
        before, after = self._around(source, target)
        return Prompt(tuple(self._ids(before + self._control.broken(line(text)) + after)))

    def decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return " ".join(text.rpartition(_THOUGHT)[2].split())

    def max_new_tokens(self, source_tokens: int) -> int:
        wanted = room(max(0, source_tokens - self._frame), self._ratio)
        return wanted if self._window is None else max(1, min(wanted, self._window - source_tokens))


def codec(card: Card, built: BuiltModel) -> Codec:
    """Raises ModelCorrupt where a file can't be read."""
    before, after = chat.read(built.chat)
    names = {code: english(card, code) for code in card.languages}
    request = card.prompt_template or REQUEST
    asked, _, rest = request.partition("{text}")

    def around(source: str, target: str) -> tuple[str, str]:
        of = {"source": names[source], "target": names[target]}
        return before + asked.format(**of), rest.format(**of) + after

    return ChatCodec(card, built, around, (before, request, after))


def translategemma(card: Card, built: BuiltModel) -> Codec:
    """As `codec`, of TranslateGemma. Raises ModelCorrupt where the template was not rendered for a pair of the card."""
    pairs = chat.read_pairs(built.chat)
    if missing := [pair for pair in card.pairs if pair not in pairs]:
        raise ModelCorrupt(f"{built.chat} lacks {'-'.join(missing[0])}")
    return ChatCodec(card, built, lambda source, target: pairs[source, target], tuple(sorted(pairs.items())))
