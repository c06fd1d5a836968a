"""Between text and token ids: how a model family is asked for a translation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tokenizers import Tokenizer

from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store.cards import Card
from polygist.store.models import BuiltModel

# Control characters are no text; those that are white space become spaces.
_NO_CONTROL = {c: " " if chr(c).isspace() else None for c in (*range(0x20), *range(0x7F, 0xA0))}
# A word in capitals of more letters is no abbreviation.
_ABBREVIATION = 5


@dataclass(frozen=True)
class Prompt:
    """What a model is given: `ids` for its encoder, or to continue where it has none; `prefix` is that of
    `engines.base.Row`."""

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
        """The prompt that asks for `text` (one line) in the target language."""
        ...

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of a hypothesis, trimmed."""
        ...

    def max_new_tokens(self, source_tokens: int) -> int:
        """How long a translation of so many source tokens may get."""
        ...


class PromptCodec:
    """A decoder-only model that continues a template such as "{source}: {text}\\n{target}:".

    `names` maps language codes to the names in the template. The text can't leave its place in it: line breaks become
    spaces, and what looks like a special token is read as plain characters.
    """

    def __init__(
        self,
        tokenizer_file: Path,
        template: str,
        names: Mapping[str, str],
        max_source_tokens: int,
        max_length_ratio: float,
    ) -> None:
        self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        # Set once: changing it later while another thread encodes is an error ("already borrowed").
        self._tokenizer.encode_special_tokens = True
        self._template, self._names = template, names
        bos = self._tokenizer.token_to_id("<bos>")
        if bos is None:
            raise ModelCorrupt(f"{tokenizer_file} has no <bos> token")
        self._bos = bos
        self.max_source_tokens, self._ratio = max_source_tokens, max_length_ratio

    @property
    def facts(self) -> tuple[object, ...]:
        return (self._template, *sorted(self._names.items()), self.max_source_tokens, self._ratio)

    def count(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def usual(self, word: str) -> str:
        """By the vocabulary: the more frequent of two forms is fewer tokens, or an earlier one."""
        small = word.lower()
        if word not in {small, small.capitalize(), word.upper()}:
            return word
        forms = [small, small.capitalize()]
        if word == word.upper() and len(word) <= _ABBREVIATION:
            forms.append(word)

        def rareness(form: str) -> tuple[int, int]:
            ids = self._tokenizer.encode(f" {form}", add_special_tokens=False).ids
            return len(ids), ids[0]

        return min(forms, key=rareness)

    def encode(self, text: str, source: str, target: str) -> Prompt:
        line = " ".join(text.translate(_NO_CONTROL).split())
        prompt = self._template.format(source=self._names[source], text=line, target=self._names[target])
        return Prompt((self._bos, *self._tokenizer.encode(prompt, add_special_tokens=False).ids))

    def decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return " ".join(text.split("\n", 1)[0].split())

    def max_new_tokens(self, source_tokens: int) -> int:
        # Short segments need room for a language that says it in more words.
        return int(source_tokens * self._ratio) + 12


def codec_of(card: Card, built: BuiltModel) -> Codec:
    """The codec of a card's family over its built tokenizer. Raises CardInvalid for an unknown family."""
    if card.family not in _FAMILIES:
        raise CardInvalid(f"{card.id}: unknown family {card.family!r}; there are: {', '.join(_FAMILIES)}")
    return _FAMILIES[card.family](card, built)


def _prompt(card: Any, built: BuiltModel) -> Codec:
    return PromptCodec(
        built.tokenizer, card.prompt_template, card.languages, card.max_source_tokens, card.max_length_ratio
    )


_FAMILIES: Mapping[str, Callable[[Card, BuiltModel], Codec]] = {"gemma3-prompt": _prompt}
