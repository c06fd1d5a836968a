"""Model cards and profiles: what a model is, where it comes from, and which models a deployment uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from polygist.errors import CardInvalid
from polygist.store import recognizers, summarizers, translators
from polygist.store.parts import DataFile, check_id, check_one_of, models_folder
from polygist.store.recognizers import RecognizerCard
from polygist.store.summarizers import SummaryCard
from polygist.store.tables import fill, listed, load
from polygist.store.translators import BestDecoding, Calibration, Card, EmbeddedCard, ModelCard, Source

__all__ = [
    "BestDecoding",
    "Calibration",
    "Card",
    "DataFile",
    "EmbeddedCard",
    "ModelCard",
    "RecognizerCard",
    "Source",
    "SummaryCard",
    "models_folder",
]

EXTRACTIVE = "extractive"

TranslationCard = EmbeddedCard | ModelCard
AnyCard = TranslationCard | SummaryCard | RecognizerCard
C = TypeVar("C", bound=AnyCard)
_TASKS = ("translation", "summarization", "token-classification")


@dataclass(frozen=True)
class Profile:
    """What a deployment uses: the ids of the translation cards, that of a summary card or "extractive", and that of the
    card of what recognises entities, "" for nothing.

    A pair of languages is translated by the first of the cards that has it. In a file one id may stand by itself.
    `about` says in a phrase what the profile is for.
    """

    name: str
    translation: tuple[str, ...]
    summary: str
    entities: str = ""
    about: str = ""

    @property
    def cards(self) -> tuple[str, ...]:
        """The ids of all cards."""
        return tuple(id for id in (*self.translation, self.summary, self.entities) if id not in ("", EXTRACTIVE))


def folders(own: Path | None) -> tuple[Path, ...]:
    """Where cards and profiles lie: those that come with polygist, and a user's own."""
    return (models_folder(),) if own is None else (models_folder(), own)


def load_card(id: str, *folders: Path) -> TranslationCard:
    """The translation card of that id. Raises CardInvalid; for an unknown id it lists those that exist."""
    found = {card.id: card for card in load_cards(*folders).values() if isinstance(card, Card)}
    return _named(found, id, "translation")


def load_embedded(id: str, *folders: Path) -> EmbeddedCard:
    """As `load_card`, of a model that is built from its parts."""
    found = {card.id: card for card in load_cards(*folders).values() if isinstance(card, EmbeddedCard)}
    return _named(found, id, "translation")


def load_summary_card(id: str, *folders: Path) -> SummaryCard:
    """The summary card of that id. Raises CardInvalid; for an unknown id it lists those that exist."""
    found = {card.id: card for card in load_cards(*folders).values() if isinstance(card, SummaryCard)}
    return _named(found, id, "summarization")


def load_recognizer_card(id: str, *folders: Path) -> RecognizerCard:
    """The card of that id for token classification. Raises CardInvalid; for an unknown id it lists those that exist."""
    found = {card.id: card for card in load_cards(*folders).values() if isinstance(card, RecognizerCard)}
    return _named(found, id, "token-classification")


def _named(cards: Mapping[str, C], id: str, task: str) -> C:
    if id not in cards:
        raise CardInvalid(f"unknown model card {id!r} for {task}; there are: {listed(cards)}")
    return cards[id]


def load_cards(*folders: Path) -> dict[str, AnyCard]:
    """All cards by id. Raises CardInvalid if one is wrong or two have the same id."""
    cards: dict[str, AnyCard] = {}
    for file in _files(folders, "cards"):
        card = _load(file)
        check_id(card.id, file)
        if card.id in cards:
            raise CardInvalid(f"{file}: the id {card.id!r} is taken by another card")
        cards[card.id] = card
    return cards


def _load(file: Path) -> AnyCard:
    if not file.is_file():
        raise CardInvalid(f"{file}: can't be read")
    found = file.stat()
    return _read(file, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=512)
def _read(file: Path, changed: int, size: int) -> AnyCard:
    """A start asks for cards several times, and reading all takes a tenth of a second."""
    table = load(file)
    task = str(table.get("task", "translation"))
    check_one_of(task, _TASKS, "task", file)
    if task == "summarization":
        summary = fill(SummaryCard, table, file)
        summarizers.check(summary, file)
        return summary.placed(file)
    if task == "token-classification":
        recognizer = fill(RecognizerCard, table, file)
        recognizers.check(recognizer, file)
        return recognizer.placed(file)
    translator: TranslationCard = fill(translators.kind_of(table, file), table, file)
    translators.check(translator, file)
    return translator.placed(file)


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
        profile = _profile(file)
        if profile.name in profiles:
            raise CardInvalid(f"{file}: the name {profile.name!r} is taken by another profile")
        profiles[profile.name] = profile
    return profiles


def _profile(file: Path) -> Profile:
    table = load(file)
    if isinstance(one := table.get("translation"), str):
        table["translation"] = [one]
    profile = fill(Profile, table, file)
    if profile.name != file.stem:
        raise CardInvalid(f"{file}: 'name' must be the file's own, {file.stem!r}, got {profile.name!r}")
    if not profile.translation or len(set(profile.translation)) < len(profile.translation):
        raise CardInvalid(f"{file}: 'translation' must name a card, or several, each once")
    return profile


def cards_of(profile: Profile, *folders: Path) -> tuple[AnyCard, ...]:
    """The cards of a profile. Raises CardInvalid where one does not exist."""
    made: list[AnyCard] = [load_card(id, *folders) for id in profile.translation]
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
