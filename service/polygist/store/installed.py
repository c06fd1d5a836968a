"""What the profile of the settings leads to: cards, and the models that were built from them."""

from typing import NamedTuple, TypeVar

from polygist.settings import Settings
from polygist.store import cards
from polygist.store.cards import AnyCard, EncoderCards, EntailmentCard, TranslationCard, VectorCard
from polygist.store.models import BuiltModel, require
from polygist.store.recognizers import RecognizerCard
from polygist.store.summarizers import SummaryCard

C = TypeVar("C", bound=AnyCard)
Translator = tuple[TranslationCard, BuiltModel]


class Models(NamedTuple):
    """What a profile leads to: cards and built models, those of translation in the order of the profile, those of
    the others None where there are none."""

    translation: tuple[Translator, ...]
    summary: tuple[SummaryCard, BuiltModel] | None
    entities: tuple[RecognizerCard, BuiltModel] | None
    vectors: tuple[VectorCard, BuiltModel] | None
    entailment: tuple[EntailmentCard, BuiltModel] | None

    @property
    def encoders(self) -> tuple[tuple[EncoderCards, BuiltModel], ...]:
        """Those that read and do not write, as far as there are such, in this order."""
        return tuple(found for found in (self.entities, self.vectors, self.entailment) if found)


def translation(settings: Settings) -> tuple[Translator, ...]:
    """The cards and the built models of the profile. Raises CardInvalid, ModelMissing with the command that builds
    them."""
    folders = cards.folders(settings.models_dir)
    found = [cards.load_card(id, *folders) for id in cards.load_profile(settings.profile, *folders).translation]
    return tuple((card, require(card, settings.cache_dir, *folders)) for card in found)


def summary(settings: Settings) -> tuple[SummaryCard, BuiltModel] | None:
    """As `translation`, of what writes summaries; None where nothing does."""
    return _of(settings, "summary", SummaryCard)


def _of(settings: Settings, part: str, kind: type[C]) -> tuple[C, BuiltModel] | None:
    """The model that a profile has for a part, None where it has none."""
    folders = cards.folders(settings.models_dir)
    id: str = getattr(cards.load_profile(settings.profile, *folders), part)
    if id in ("", cards.EXTRACTIVE):
        return None
    card = cards.load_kind(kind, id, *folders)
    return card, require(card, settings.cache_dir, *folders)


def models(settings: Settings) -> Models:
    """All of them. Raises as `translation` does."""
    return Models(
        translation(settings),
        summary(settings),
        _of(settings, "entities", RecognizerCard),
        _of(settings, "vectors", VectorCard),
        _of(settings, "entailment", EntailmentCard),
    )
