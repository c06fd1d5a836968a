"""Cards of summary models: what the model is asked for which part of a summary, and where its files come from."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from polygist.errors import CardInvalid
from polygist.store import families, sources
from polygist.store.parts import (
    COMMERCIAL,
    QUANTIZATIONS,
    DecodingDefaults,
    Facts,
    Licence,
    check_one_of,
    converted,
)
from polygist.store.sources import ModelSource
from polygist.store.tables import listed

DTYPES = ("bfloat16", "float32")
_PLACES = {"text", "language", "sentences"}


@dataclass(frozen=True)
class Prompts:
    """What the model is given for each part of a summary; a part without a prompt stays extractive.

    Each holds {text} once; {language} is the language's name, {sentences} how many sentences the part may have.
    """

    lead: str
    key_point: str = ""
    headline: str = ""


@dataclass(frozen=True)
class SummaryCard:
    """A model that writes summaries.

    `family`: "seq2seq" is an encoder-decoder whose encoder reads the prompt, "chat" an instruction model that gets the
    prompt as the user's turn in its own template. `languages` maps codes to names. `window` bounds a prompt in tokens,
    for "chat" with the answer, and `max_new_tokens` an answer. `dtype` is how torch computes on a CPU; `engine` and
    `quantization` are those of `translators.Card`.
    """

    id: str
    family: str
    task: str
    dtype: Literal["bfloat16", "float32"]
    window: int
    max_new_tokens: int
    languages: Mapping[str, str]
    prompts: Prompts
    source: ModelSource
    licence: Licence
    decoding: DecodingDefaults
    engine: str = ""
    quantization: str = "int8"
    facts: Facts = field(default_factory=Facts)

    @property
    def ingredients(self) -> tuple[str, ...]:
        """All that determines what is loaded."""
        return self.family, converted(self.engine, self.quantization), *self.source.sums

    @property
    def build_disk_bytes(self) -> int:
        """What a build needs: the files are copied, and converted into no more than they were."""
        return 2 * self.source.disk_bytes

    def placed(self, file: Path) -> "SummaryCard":
        """With a path that does not depend on where the card's `file` lies."""
        return replace(self, source=self.source.placed(file))


def check(card: SummaryCard, file: Path) -> None:
    """Raises CardInvalid."""
    check_one_of(card.family, tuple(families.SUMMARIES), "family", file)
    check_one_of(card.engine, ("", *families.SUMMARIES[card.family].engines), "engine", file)
    check_one_of(card.quantization, QUANTIZATIONS, "quantization", file)
    check_one_of(card.dtype, DTYPES, "dtype", file)
    check_one_of(card.licence.commercial, COMMERCIAL, "licence.commercial", file)
    if not card.languages:
        raise CardInvalid(f"{file}: 'languages' names none")
    if card.max_new_tokens < 1:
        raise CardInvalid(f"{file}: 'max_new_tokens' must be 1 or more, got {card.max_new_tokens}")
    sources.check(card.source, file)
    for part in ("lead", "key_point", "headline"):
        _check_prompt(getattr(card.prompts, part), part, file)


def _check_prompt(prompt: str, part: str, file: Path) -> None:
    try:
        fields = [field for field in string.Formatter().parse(prompt) if field[1] is not None]
    except ValueError as error:
        raise CardInvalid(f"{file}: 'prompts.{part}' is no template: {error}") from error
    places, plain = [name for _, name, _, _ in fields], not any(spec or cast for _, _, spec, cast in fields)
    wanted = bool(prompt or part == "lead")
    if places.count("text") != wanted or not set(places) <= _PLACES or not plain or "\0" in prompt:
        others = listed(_PLACES - {"text"})
        raise CardInvalid(f"{file}: 'prompts.{part}' must hold text once, and may hold {others}")
