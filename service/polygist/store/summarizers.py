"""Cards of summary models: what the model is asked for which part of a summary, and where its files come from."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from polygist.errors import CardInvalid
from polygist.store import families, sources
from polygist.store.filed import DTYPES, Convertible
from polygist.store.parts import (
    COMMERCIAL,
    QUANTIZATIONS,
    DecodingDefaults,
    Facts,
    Licence,
    check_one_of,
)
from polygist.store.tables import listed

_PLACES = {"text", "language", "sentences"}


@dataclass(frozen=True)
class Prompts:
    """What the model is given for each part of a summary; a part without a prompt stays extractive.

    Each holds {text} once; {language} is the language's name, {sentences} how many sentences the part may have.
    """

    lead: str
    key_point: str = ""
    headline: str = ""


@dataclass(frozen=True, kw_only=True)
class SummaryCard(Convertible):
    """A model that writes summaries.

    `family`: "seq2seq" is an encoder-decoder whose encoder reads the prompt, "chat" an instruction model that gets the
    prompt as the user's turn in its own template. `languages` maps codes to names. `window` bounds a prompt in tokens,
    for "chat" with the answer, and `max_new_tokens` an answer.
    """

    id: str
    task: str
    window: int
    max_new_tokens: int
    languages: Mapping[str, str]
    prompts: Prompts
    licence: Licence
    decoding: DecodingDefaults
    facts: Facts = field(default_factory=Facts)


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
