"""Cards of models that translate."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

from polygist.errors import CardInvalid
from polygist.store import families, sources
from polygist.store.filed import DTYPES, Convertible
from polygist.store.parts import (
    COMMERCIAL,
    QUANTIZATIONS,
    DataFile,
    DecodingDefaults,
    Facts,
    Licence,
    check_one_of,
    check_sha256,
)
from polygist.store.tables import listed

_PLACES = {"source", "text", "target"}


@dataclass(frozen=True)
class Source:
    """Base weights in packages of the package index: `file` is put together from chunks, `sha256` is of the whole."""

    kind: str
    package: str
    version: str
    chunk_packages: tuple[str, ...]
    file: str
    sha256: str


@dataclass(frozen=True)
class BestDecoding:
    """Of what the best translation is chosen, beside the usual one: all beams of a search, and samples at random."""

    beam_size: int
    samples: int
    temperature: float


@dataclass(frozen=True)
class Calibration:
    """What each piece of evidence adds to the expected chrF++ (0 to 1) of a translation, see `translate.estimate`.

    `constants` are those of the directions ("source-target"). On these come: the mean logarithm of the probability of
    the tokens; the logarithm of the length over that of the source; 1 where the translation is doubtful; the tokens of
    the source for each of its code points.
    """

    constants: Mapping[str, float]
    log_probability: float
    length: float
    doubt: float
    rarity: float

    @property
    def slopes(self) -> tuple[float, ...]:
        """What is multiplied with the evidence, in this order."""
        return self.log_probability, self.length, self.doubt, self.rarity


@dataclass(frozen=True, kw_only=True)
class Card:
    """A model that translates: what those of all families have in common.

    `family` is a key of `families.TRANSLATION`. `directions` are the (source, target) pairs it translates by itself, in
    BCP-47 codes; instead of them `any_pair` says that it is every pair of its languages. `languages` maps the codes to
    what the model calls them: a name ("Ukrainian"), a code ("ukr_Cyrl"), a token (">>ukr<<"), or "" where it is not
    told. `prompt_template` is what a model with instructions is asked, "" for the usual request of its family.
    `max_source_tokens` bounds a segment without what its prompt adds, `max_length_ratio` target tokens to source
    tokens, and `window` the tokens that the model has positions for, of its prompt and of its answer, or of both
    together where it goes on with its prompt; None where there is no such bound. `quantization` is how CTranslate2
    computes, one of `parts.QUANTIZATIONS`; `engine` runs it on a CPU, "" is the one of the settings where that can,
    else the usual one of the family. Without a `calibration` estimates are rough (`translate.estimate`).
    """

    id: str
    family: str
    task: str
    quantization: str
    engine: str = ""
    directions: tuple[tuple[str, str], ...] = ()
    any_pair: bool = False
    max_source_tokens: int
    max_length_ratio: float
    window: int | None = None
    languages: Mapping[str, str]
    prompt_template: str = ""
    licence: Licence
    decoding: DecodingDefaults
    retry_decoding: DecodingDefaults
    best: BestDecoding
    calibration: Calibration | None = None
    facts: Facts = field(default_factory=Facts)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All (source, target) pairs that it translates by itself."""
        return tuple(permutations(self.languages, 2)) if self.any_pair else self.directions


@dataclass(frozen=True, kw_only=True)
class EmbeddedCard(Card):
    """The model that polygist brings along: base weights out of packages, a vocabulary cut down, an adapter merged.

    `build_disk_bytes` is what a build needs at its peak.
    """

    build_disk_bytes: int
    source: Source
    kept_ids: DataFile
    adapter: DataFile

    @property
    def ingredients(self) -> tuple[str, ...]:
        """All that determines what is loaded."""
        return self.source.sha256, self.kept_ids.sha256, self.adapter.sha256, self.quantization

    def placed(self, file: Path) -> "EmbeddedCard":
        """As it is: its files lie where polygist does."""
        return self


@dataclass(frozen=True, kw_only=True)
class ModelCard(Card, Convertible):
    """A model in files as transformers has them."""


def kind_of(table: Mapping[str, Any], file: Path) -> type[EmbeddedCard] | type[ModelCard]:
    """The kind of card that the family in a table has. Raises CardInvalid where there is none, or no such one."""
    if "family" not in table:
        raise CardInvalid(f"{file}: missing key 'family'; keys given: {listed(table)}")
    check_one_of(str(table["family"]), tuple(families.TRANSLATION), "family", file)
    return EmbeddedCard if table["family"] == families.EMBEDDED else ModelCard


def check(card: EmbeddedCard | ModelCard, file: Path) -> None:
    """Raises CardInvalid."""
    check_one_of(card.engine, ("", *families.TRANSLATION[card.family].engines), "engine", file)
    check_one_of(card.quantization, QUANTIZATIONS, "quantization", file)
    check_one_of(card.licence.commercial, COMMERCIAL, "licence.commercial", file)
    for key in ("max_source_tokens", "max_length_ratio", "window"):
        if (bound := getattr(card, key)) is not None and bound <= 0:
            raise CardInvalid(f"{file}: {key!r} must be above 0, got {bound}")
    if card.window is not None and card.window <= card.max_source_tokens:
        raise CardInvalid(f"{file}: 'max_source_tokens' must be below 'window', {card.window}")
    _check_pairs(card, file)
    _check_template(card, file)
    if isinstance(card, ModelCard):
        check_one_of(card.dtype, DTYPES, "dtype", file)
        sources.check(card.source, file)
        return
    for part in ("source", "kept_ids", "adapter"):
        check_sha256(getattr(card, part).sha256, f"{part}.sha256", file)


def _check_pairs(card: Card, file: Path) -> None:
    if card.any_pair == bool(card.directions):
        raise CardInvalid(f"{file}: give either 'directions' or 'any_pair = true'")
    for code in {code for pair in card.directions for code in pair}:
        check_one_of(code, tuple(card.languages), "directions", file)
    if wrong := [pair for pair in card.directions if card.directions.count(pair) > 1 or pair[0] == pair[1]]:
        raise CardInvalid(f"{file}: 'directions' can't hold {list(wrong[0])}: it repeats, or leads nowhere")
    if len(card.languages) < 2:
        raise CardInvalid(f"{file}: 'languages' must name two or more")
    constants = card.calibration.constants if card.calibration else None
    if constants is not None and {f"{source}-{target}" for source, target in card.pairs} != set(constants):
        raise CardInvalid(f"{file}: 'calibration.constants' must have the directions, got {listed(constants)}")


def _check_template(card: EmbeddedCard | ModelCard, file: Path) -> None:
    try:
        fields = [field for field in string.Formatter().parse(card.prompt_template) if field[1] is not None]
    except ValueError as error:
        raise CardInvalid(f"{file}: 'prompt_template' is no template: {error}") from error
    places, plain = [name for _, name, _, _ in fields], not any(spec or cast for _, _, spec, cast in fields)
    wanted = _PLACES if isinstance(card, EmbeddedCard) else {"text"} if card.prompt_template else set()
    if not wanted <= set(places) <= _PLACES or places.count("text") > 1 or not plain:
        raise CardInvalid(f"{file}: 'prompt_template' must hold {listed(wanted)}, got {listed(map(str, places))}")
