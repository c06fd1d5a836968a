"""The model that polygist brings along: a decoder-only model that continues a template."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from polygist.errors import ModelCorrupt
from polygist.store.cards import Card
from polygist.store.models import BuiltModel
from polygist.tokens import tokenizer
from polygist.translate.codecs.base import Codec, Prompt, line, room, usual


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
        self._tokenizer = tokenizer(tokenizer_file)
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
        return usual(word, lambda text: self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encode(self, text: str, source: str, target: str) -> Prompt:
        prompt = self._template.format(source=self._names[source], text=line(text), target=self._names[target])
        return Prompt((self._bos, *self._tokenizer.encode(prompt, add_special_tokens=False).ids))

    def decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return " ".join(text.split("\n", 1)[0].split())

    def max_new_tokens(self, source_tokens: int) -> int:
        return room(source_tokens, self._ratio)


def codec(card: Card, built: BuiltModel) -> Codec:
    """Raises ModelCorrupt where the tokenizer can't be read."""
    return PromptCodec(
        built.tokenizer, card.prompt_template, card.languages, card.max_source_tokens, card.max_length_ratio
    )
