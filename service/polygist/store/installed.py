"""What the profile of the settings leads to: cards, and the models that were built from them."""

from typing import NamedTuple

from polygist.settings import Settings
from polygist.store import cards
from polygist.store.cards import TranslationCard
from polygist.store.models import BuiltModel, require
from polygist.store.recognizers import RecognizerCard
from polygist.store.summarizers import SummaryCard

Translator = tuple[TranslationCard, BuiltModel]


class Models(NamedTuple):
    """What a profile leads to: cards and built models, those of translation in the order of the profile, those of
    summaries and entities None where there are none."""

    translation: tuple[Translator, ...]
    summary: tuple[SummaryCard, BuiltModel] | None
    entities: tuple[RecognizerCard, BuiltModel] | None


def translation(settings: Settings) -> tuple[Translator, ...]:
    """The cards and the built models of the profile. Raises CardInvalid, ModelMissing with the command that builds
    them."""
    folders = cards.folders(settings.models_dir)
    found = [cards.load_card(id, *folders) for id in cards.load_profile(settings.profile, *folders).translation]
    return tuple((card, require(card, settings.cache_dir, *folders)) for card in found)


def summary(settings: Settings) -> tuple[SummaryCard, BuiltModel] | None:
    """As `translation`, of what writes summaries; None where nothing does."""
    folders = cards.folders(settings.models_dir)
    id = cards.load_profile(settings.profile, *folders).summary
    if id == cards.EXTRACTIVE:
        return None
    card = cards.load_summary_card(id, *folders)
    return card, require(card, settings.cache_dir, *folders)


def entities(settings: Settings) -> tuple[RecognizerCard, BuiltModel] | None:
    """As `translation`, of what recognises entities; None where nothing does."""
    folders = cards.folders(settings.models_dir)
    id = cards.load_profile(settings.profile, *folders).entities
    if not id:
        return None
    card = cards.load_recognizer_card(id, *folders)
    return card, require(card, settings.cache_dir, *folders)


def models(settings: Settings) -> Models:
    """All of them. Raises as `translation` does."""
    return Models(translation(settings), summary(settings), entities(settings))
