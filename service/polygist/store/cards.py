"""Model cards and profiles: what a model is, where it comes from, and which models a deployment uses."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from polygist.errors import CardInvalid
from polygist.store.tables import listed, read

_CHECKOUT = Path(__file__).parents[3] / "models"

COMMERCIAL = ("yes", "no", "unknown")
SUMMARIES = ("extractive",)
TASKS = ("translation",)
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
class DataFile:
    """A file that comes with polygist: its path below the models folder and its sha256 in hex."""

    file: str
    sha256: str

    @property
    def path(self) -> Path:
        return models_folder() / self.file


@dataclass(frozen=True)
class Licence:
    """The licence of the weights. `commercial` is one of COMMERCIAL."""

    name: str
    spdx: str
    url: str
    commercial: str
    note: str = ""


@dataclass(frozen=True)
class DecodingDefaults:
    """How a model decodes; the fields are those of `engines.base.Decoding`."""

    beam_size: int
    no_repeat_ngram_size: int
    repetition_penalty: float
    length_penalty: float


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


@dataclass(frozen=True)
class Card:
    """A model.

    `directions` are the (source, target) pairs it translates by itself, in BCP-47 codes; `languages` maps the codes to
    the names used in the prompt. `max_source_tokens` bounds a segment without its prompt, `max_length_ratio` bounds
    target tokens to source tokens. `build_disk_bytes` is what a build needs at its peak.
    """

    id: str
    family: str
    task: str
    quantization: str
    build_disk_bytes: int
    directions: tuple[tuple[str, str], ...]
    prompt_template: str
    max_source_tokens: int
    max_length_ratio: float
    languages: Mapping[str, str]
    source: Source
    kept_ids: DataFile
    adapter: DataFile
    licence: Licence
    decoding: DecodingDefaults
    retry_decoding: DecodingDefaults
    best: BestDecoding
    calibration: Calibration


@dataclass(frozen=True)
class Profile:
    """What a deployment uses: the id of the translation card and the summary method."""

    name: str
    translation: str
    summary: str


def models_folder() -> Path:
    """The folder of cards, profiles and adapters: inside the installed package, else that of the checkout."""
    installed = Path(str(files("polygist") / "models"))
    return installed if installed.is_dir() else _CHECKOUT


def load_card(id: str, folder: Path | None = None) -> Card:
    """The card of that id. Raises CardInvalid; for an unknown id it lists those that exist."""
    cards = load_cards(folder)
    if id not in cards:
        raise CardInvalid(f"unknown model card {id!r}; there are: {listed(cards)}")
    return cards[id]


def load_cards(folder: Path | None = None) -> dict[str, Card]:
    """All cards by id. Raises CardInvalid if one is wrong or two have the same id."""
    cards: dict[str, Card] = {}
    for file in sorted((folder or models_folder()).glob("cards/*.toml")):
        card = read(Card, file)
        _check_card(card, file)
        if card.id in cards:
            raise CardInvalid(f"{file}: the id {card.id!r} is taken by another card")
        cards[card.id] = card
    return cards


def load_profile(name: str, folder: Path | None = None) -> Profile:
    """The profile of that name, its card checked to exist. Raises CardInvalid; an unknown name lists the others."""
    profiles = load_profiles(folder)
    if name not in profiles:
        raise CardInvalid(f"unknown profile {name!r}; there are: {listed(profiles)}")
    load_card(profiles[name].translation, folder)
    return profiles[name]


def load_profiles(folder: Path | None = None) -> dict[str, Profile]:
    """All profiles by name. Raises CardInvalid if one is wrong."""
    profiles: dict[str, Profile] = {}
    for file in sorted((folder or models_folder()).glob("profiles/*.toml")):
        profile = read(Profile, file)
        if profile.name != file.stem:
            raise CardInvalid(f"{file}: 'name' must be the file's own, {file.stem!r}, got {profile.name!r}")
        _one_of(profile.summary, SUMMARIES, "summary", file)
        profiles[profile.name] = profile
    return profiles


def _check_card(card: Card, file: Path) -> None:
    _one_of(card.task, TASKS, "task", file)
    _one_of(card.licence.commercial, COMMERCIAL, "licence.commercial", file)
    for code in {code for pair in card.directions for code in pair}:
        _one_of(code, tuple(card.languages), "directions", file)
    if {f"{source}-{target}" for source, target in card.directions} != set(card.calibration.constants):
        known = listed(card.calibration.constants)
        raise CardInvalid(f"{file}: 'calibration.constants' must have the directions, got {known}")
    places = {name for _, name, _, _ in string.Formatter().parse(card.prompt_template) if name is not None}
    if places != _PLACES:
        raise CardInvalid(f"{file}: 'prompt_template' must hold {listed(_PLACES)}, got {listed(places)}")
    for part in ("source", "kept_ids", "adapter"):
        digest: str = getattr(card, part).sha256
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise CardInvalid(f"{file}: '{part}.sha256' must be 64 lower-case hex digits, got {digest!r}")


def _one_of(value: str, valid: tuple[str, ...], key: str, file: Path) -> None:
    if value not in valid:
        raise CardInvalid(f"{file}: {key!r} can't be {value!r}; valid: {listed(valid)}")
