"""The protocol of what stands between a segment and a model's tokens, and what families have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from langcodes import Language

from polygist.errors import CardInvalid
from polygist.store.cards import Card
from polygist.store.codes import Words
from polygist.tokens import Pieces, plain

# Control characters are no text; those that are white space become spaces.
_NO_CONTROL = {c: " " if chr(c).isspace() else None for c in (*range(0x20), *range(0x7F, 0xA0))}
# A word in capitals of more letters is no abbreviation.
_ABBREVIATION = 5
# Short segments need room for a language that says it in more words.
_ROOM = 12
# What a decoder has said before its answer, in tokens.
_BEGINNING = 3


@dataclass(frozen=True)
class Prompt:
    """What a model is given. `ids` are what an encoder reads, or all that a decoder-only model goes on with; `prefix`
    is what the decoder of an encoder-decoder must begin its answer with, behind its start token."""

    ids: tuple[int, ...]
    prefix: tuple[int, ...] = ()


class Codec(Protocol):
    """Turns a segment into a prompt and the model's tokens back into text. Safe to share between threads."""

    max_source_tokens: int

    @property
    def facts(self) -> tuple[object, ...]:
        """What a prompt and the length of its answer depend on, the tokenizer left out."""
        ...

    def count(self, text: str) -> int:
        """Number of tokens of `text`, without the prompt around it."""
        ...

    def usual(self, word: str) -> str:
        """A word as running text has it: small, with a capital, or an abbreviation; inner capitals stay."""
        ...

    def encode(self, text: str, source: str, target: str) -> Prompt:
        """The prompt that asks for `text` (one line) in the target language. What in the text looks like a special
        token is read as plain characters."""
        ...

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of a hypothesis, trimmed, without special tokens and languages."""
        ...

    def max_new_tokens(self, source_tokens: int) -> int:
        """How long a translation of so many source tokens, prompt and all, may get."""
        ...


def line(text: str) -> str:
    """The text as one line without control characters."""
    return " ".join(text.translate(_NO_CONTROL).split())


def usual(word: str, encode: Callable[[str], Sequence[int]]) -> str:
    """The usual form by the vocabulary: the more frequent of two is fewer tokens, or an earlier one."""
    small = word.lower()
    if word not in {small, small.capitalize(), word.upper()}:
        return word
    forms = [small, small.capitalize()]
    if word == word.upper() and len(word) <= _ABBREVIATION:
        forms.append(word)

    def rareness(form: str) -> tuple[int, list[int]]:
        ids = encode(f" {form}")
        return len(ids), list(ids[:1])

    return min(forms, key=rareness)


def room(source_tokens: int, ratio: float) -> int:
    """How long a translation may get, by a card's ratio of target tokens to source tokens."""
    return int(source_tokens * ratio) + _ROOM


def english(card: Card, code: str) -> str:
    """A language's name in prompts: the card's word, else its English name."""
    return card.languages[code] or Language.get(code).display_name()


@dataclass(frozen=True)
class Frame:
    """What stands before and after the tokens of a text, and what the answer must begin with."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    prefix: tuple[int, ...] = ()


class FramedCodec:
    """A `Codec` of an encoder-decoder: the text's own tokens in a frame that depends on the two languages.

    `written` is what a text becomes before it is cut into tokens. No token of `control`, nor any special one, comes out
    of a text.
    """

    def __init__(
        self,
        card: Card,
        pieces: Pieces,
        frame: Callable[[str, str], Frame],
        control: Sequence[int] = (),
        written: Callable[[str, str, str], str] = lambda text, source, target: text,
    ) -> None:
        self._pieces, self._frame, self._written = pieces, frame, written
        self._marks = frozenset(control)
        self._control = pieces.special | self._marks
        self.max_source_tokens, self._ratio = card.max_source_tokens, card.max_length_ratio
        self._window = card.window
        self._facts = (card.family, card.window, card.prompt_template, *sorted(card.languages.items()))

    @property
    def facts(self) -> tuple[object, ...]:
        return (*self._facts, self.max_source_tokens, self._ratio)

    def _tokens(self, text: str) -> list[int]:
        return plain(self._pieces, text, self._control)

    def count(self, text: str) -> int:
        return len(self._tokens(text))

    def usual(self, word: str) -> str:
        return usual(word, self._tokens)

    def encode(self, text: str, source: str, target: str) -> Prompt:
        frame = self._frame(source, target)
        tokens = self._tokens(self._written(line(text), source, target))
        return Prompt((*frame.before, *tokens, *frame.after), frame.prefix)

    def decode(self, tokens: Sequence[int]) -> str:
        return " ".join(self._pieces.decode([id for id in tokens if id not in self._marks]).split())

    def max_new_tokens(self, source_tokens: int) -> int:
        wanted = room(source_tokens, self._ratio)
        # The decoder's start and a prefix take places, too.
        return wanted if self._window is None else min(wanted, self._window - _BEGINNING)


def required(card: Card, pieces: Pieces, token: str, code: str = "") -> int:
    """The id of a token. Raises CardInvalid where the model does not have it; `code` is the language it stands for."""
    if (id := pieces.id(token)) is None:
        raise CardInvalid(f"{card.id}: the model has no token {token!r}" + (f" for {code!r}" if code else ""))
    return id


def languages(card: Card, pieces: Pieces, words: Words, written: Callable[[str], str] = str) -> dict[str, int]:
    """The token of each language of a card: that of the card's word for it, else of the model's own.

    `written` makes a token of a word ("uk" -> "__uk__"); a card may say either. Raises CardInvalid.
    """
    found = {}
    for code, own in card.languages.items():
        word = own or words.word(code)
        if word is None:
            raise CardInvalid(f"{card.id}: the model has no word for the language {code!r}")
        # A word by itself may be a piece of text, too.
        found[code] = required(card, pieces, word if pieces.id(written(word)) is None else written(word), code)
    return found
