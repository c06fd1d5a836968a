"""Model cards and profiles: what a model is, where it comes from, and which models a deployment uses."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from polygist.errors import CardInvalid
from polygist.store import recognizers, summarizers
from polygist.store.parts import COMMERCIAL, DecodingDefaults, Facts, Licence, check_id, check_one_of, check_sha256
from polygist.store.recognizers import RecognizerCard
from polygist.store.summarizers import SummaryCard
from polygist.store.tables import fill, listed, load, read

_CHECKOUT = Path(__file__).parents[3] / "models"

EXTRACTIVE = "extractive"
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
    facts: Facts = field(default_factory=Facts)

    @property
    def ingredients(self) -> tuple[str, ...]:
        """All that determines what is loaded."""
        return self.source.sha256, self.kept_ids.sha256, self.adapter.sha256, self.quantization


AnyCard = Card | SummaryCard | RecognizerCard
C = TypeVar("C", Card, SummaryCard, RecognizerCard)
_TASKS: Mapping[str, type[AnyCard]] = {
    "translation": Card,
    "summarization": SummaryCard,
    "token-classification": RecognizerCard,
}


@dataclass(frozen=True)
class Profile:
    """What a deployment uses: the id of the translation card, that of a summary card or "extractive", and that of the
    card of what recognises entities, "" for nothing. `about` says in a phrase what it is for."""

    name: str
    translation: str
    summary: str
    entities: str = ""
    about: str = ""

    @property
    def cards(self) -> tuple[str, ...]:
        """The ids of all cards."""
        return tuple(id for id in (self.translation, self.summary, self.entities) if id not in ("", EXTRACTIVE))


def models_folder() -> Path:
    """The folder of cards, profiles and adapters: inside the installed package, else that of the checkout."""
    installed = Path(str(files("polygist") / "models"))
    return installed if installed.is_dir() else _CHECKOUT


def folders(own: Path | None) -> tuple[Path, ...]:
    """Where cards and profiles lie: those that come with polygist, and a user's own."""
    return (models_folder(),) if own is None else (models_folder(), own)


def load_card(id: str, *folders: Path) -> Card:
    """The translation card of that id. Raises CardInvalid; for an unknown id it lists those that exist."""
    return _find(Card, id, folders)


def load_summary_card(id: str, *folders: Path) -> SummaryCard:
    """The summary card of that id. Raises CardInvalid; for an unknown id it lists those that exist."""
    return _find(SummaryCard, id, folders)


def load_recognizer_card(id: str, *folders: Path) -> RecognizerCard:
    """The card of that id for token classification. Raises CardInvalid; for an unknown id it lists those that exist."""
    return _find(RecognizerCard, id, folders)


def _find(kind: type[C], id: str, folders: tuple[Path, ...]) -> C:
    found = {card.id: card for card in load_cards(*folders).values() if isinstance(card, kind)}
    if id not in found:
        task = next(task for task, cls in _TASKS.items() if cls is kind)
        raise CardInvalid(f"unknown model card {id!r} for {task}; there are: {listed(found)}")
    return found[id]


def load_cards(*folders: Path) -> dict[str, AnyCard]:
    """All cards by id. Raises CardInvalid if one is wrong or two have the same id."""
    cards: dict[str, AnyCard] = {}
    for file in _files(folders, "cards"):
        card = _load(file)
        if card.id in cards:
            raise CardInvalid(f"{file}: the id {card.id!r} is taken by another card")
        cards[card.id] = card
    return cards


def _load(file: Path) -> AnyCard:
    table = load(file)
    if "task" in table:
        check_one_of(str(table["task"]), tuple(_TASKS), "task", file)
    card = fill(_TASKS[table.get("task", "translation")], table, file)
    check_id(card.id, file)
    if isinstance(card, SummaryCard):
        summarizers.check(card, file)
        return card.placed(file)
    if isinstance(card, RecognizerCard):
        recognizers.check(card, file)
        return card.placed(file)
    _check_card(card, file)
    return card


def _files(folders: tuple[Path, ...], part: str) -> list[Path]:
    return [file for folder in folders or (models_folder(),) for file in sorted(folder.glob(f"{part}/*.toml"))]


def load_profile(name: str, *folders: Path) -> Profile:
    """The profile of that name, its cards checked to exist. Raises CardInvalid; an unknown name lists the others."""
    profiles = load_profiles(*folders)
    if name not in profiles:
        raise CardInvalid(f"unknown profile {name!r}; there are: {listed(profiles)}")
    cards_of(profiles[name], *folders)
    return profiles[name]


def load_profiles(*folders: Path) -> dict[str, Profile]:
    """All profiles by name. Raises CardInvalid if one is wrong or two have the same name."""
    profiles: dict[str, Profile] = {}
    for file in _files(folders, "profiles"):
        profile = read(Profile, file)
        if profile.name != file.stem:
            raise CardInvalid(f"{file}: 'name' must be the file's own, {file.stem!r}, got {profile.name!r}")
        if profile.name in profiles:
            raise CardInvalid(f"{file}: the name {profile.name!r} is taken by another profile")
        profiles[profile.name] = profile
    return profiles


def cards_of(profile: Profile, *folders: Path) -> tuple[AnyCard, ...]:
    """The cards of a profile. Raises CardInvalid where one does not exist."""
    made: list[AnyCard] = [load_card(profile.translation, *folders)]
    if profile.summary != EXTRACTIVE:
        made.append(_of_profile(profile, "summary", SummaryCard, (EXTRACTIVE,), folders))
    if profile.entities:
        made.append(_of_profile(profile, "entities", RecognizerCard, (), folders))
    return tuple(made)


def _of_profile(
    profile: Profile, key: str, kind: type[AnyCard], others: tuple[str, ...], folders: tuple[Path, ...]
) -> AnyCard:
    found = {id: card for id, card in load_cards(*folders).items() if isinstance(card, kind)}
    id: str = getattr(profile, key)
    if id not in found:
        raise CardInvalid(f"profile {profile.name!r}: {key!r} can't be {id!r}; valid: {listed((*others, *found))}")
    return found[id]


def _check_card(card: Card, file: Path) -> None:
    check_one_of(card.licence.commercial, COMMERCIAL, "licence.commercial", file)
    for code in {code for pair in card.directions for code in pair}:
        check_one_of(code, tuple(card.languages), "directions", file)
    if {f"{source}-{target}" for source, target in card.directions} != set(card.calibration.constants):
        known = listed(card.calibration.constants)
        raise CardInvalid(f"{file}: 'calibration.constants' must have the directions, got {known}")
    places = {name for _, name, _, _ in string.Formatter().parse(card.prompt_template) if name is not None}
    if places != _PLACES:
        raise CardInvalid(f"{file}: 'prompt_template' must hold {listed(_PLACES)}, got {listed(places)}")
    for part in ("source", "kept_ids", "adapter"):
        check_sha256(getattr(card, part).sha256, f"{part}.sha256", file)
