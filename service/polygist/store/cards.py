"""Model cards and profiles: what a model is, where it comes from, and which models a deployment uses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from polygist.errors import CardInvalid
from polygist.store import entailment, recognizers, summarizers, translators, vectors
from polygist.store.entailment import EntailmentCard
from polygist.store.parts import DataFile, check_id, check_one_of, models_folder
from polygist.store.recognizers import RecognizerCard
from polygist.store.summarizers import SummaryCard
from polygist.store.tables import fill, listed, load
from polygist.store.translators import BestDecoding, Calibration, Card, EmbeddedCard, ModelCard, Source
from polygist.store.vectors import VectorCard

__all__ = [
    "BestDecoding",
    "Calibration",
    "Card",
    "DataFile",
    "EmbeddedCard",
    "EntailmentCard",
    "ModelCard",
    "RecognizerCard",
    "Source",
    "SummaryCard",
    "VectorCard",
    "models_folder",
]

EXTRACTIVE = "extractive"

TranslationCard = EmbeddedCard | ModelCard
EncoderCards = RecognizerCard | VectorCard | EntailmentCard
AnyCard = TranslationCard | SummaryCard | EncoderCards
C = TypeVar("C", bound=AnyCard)
# Of each task the kind of its cards, and what checks them; those that translate are of several kinds.
_KINDS: Mapping[str, tuple[type[AnyCard] | None, Callable[[Any, Path], None]]] = {
    "translation": (None, translators.check),
    "summarization": (SummaryCard, summarizers.check),
    "token-classification": (RecognizerCard, recognizers.check),
    "sentence-similarity": (VectorCard, vectors.check),
    "natural-language-inference": (EntailmentCard, entailment.check),
}
TASKS = tuple(_KINDS)
_TASK_OF: Mapping[object, str] = {kind: task for task, (kind, _) in _KINDS.items()}


@dataclass(frozen=True)
class Profile:
    """What a deployment uses: the ids of the translation cards, that of a summary card or "extractive", and those of
    the cards of what recognises entities, makes vectors of sentences and judges entailment, "" for nothing.

    A pair of languages is translated by the first of the cards that has it. In a file one id may stand by itself.
    `about` says in a phrase what the profile is for.
    """

    name: str
    translation: tuple[str, ...]
    summary: str
    entities: str = ""
    vectors: str = ""
    entailment: str = ""
    about: str = ""

    @property
    def cards(self) -> tuple[str, ...]:
        """The ids of all cards."""
        encoders = (self.entities, self.vectors, self.entailment)
        return tuple(id for id in (*self.translation, self.summary, *encoders) if id not in ("", EXTRACTIVE))


def folders(own: Path | None) -> tuple[Path, ...]:
    """Where cards and profiles lie: those that come with polygist, and a user's own."""
    return (models_folder(),) if own is None else (models_folder(), own)


def load_card(id: str, *folders: Path) -> TranslationCard:
    """The translation card of that id. Raises CardInvalid; for an unknown id it lists those that exist."""
    found = {card.id: card for card in load_cards(*folders).values() if isinstance(card, Card)}
    return _named(found, id, "translation")


def load_embedded(id: str, *folders: Path) -> EmbeddedCard:
    """As `load_card`, of a model that is built from its parts."""
    return load_kind(EmbeddedCard, id, *folders)


def load_summary_card(id: str, *folders: Path) -> SummaryCard:
    """As `load_card`, of a model that writes summaries."""
    return load_kind(SummaryCard, id, *folders)


def load_recognizer_card(id: str, *folders: Path) -> RecognizerCard:
    """As `load_card`, of a model for token classification."""
    return load_kind(RecognizerCard, id, *folders)


def load_kind(kind: type[C], id: str, *folders: Path) -> C:
    """As `load_card`, of a kind of cards."""
    found = {card.id: card for card in load_cards(*folders).values() if isinstance(card, kind)}
    return _named(found, id, _TASK_OF.get(kind, "translation"))


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
    check_one_of(task, TASKS, "task", file)
    kind, check = _KINDS[task]
    card = fill(kind or translators.kind_of(table, file), table, file)
    check(card, file)
    return card.placed(file)


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
    if profile.entailment and profile.summary == EXTRACTIVE:
        raise CardInvalid(f"profile {profile.name!r}: 'entailment' needs a summary model, whose words it checks")
    encoders: dict[str, type[AnyCard]] = {
        "entities": RecognizerCard,
        "vectors": VectorCard,
        "entailment": EntailmentCard,
    }
    made += [_of_profile(profile, key, kind, (), folders) for key, kind in encoders.items() if getattr(profile, key)]
    return tuple(made)


def _of_profile(
    profile: Profile, key: str, kind: type[AnyCard], others: tuple[str, ...], folders: tuple[Path, ...]
) -> AnyCard:
    found = {id: card for id, card in load_cards(*folders).items() if isinstance(card, kind)}
    id: str = getattr(profile, key)
    if id not in found:
        raise CardInvalid(f"profile {profile.name!r}: {key!r} can't be {id!r}; valid: {listed((*others, *found))}")
    return found[id]
