"""What a person means by the name of a model or of a profile."""

from pathlib import Path

from polygist.errors import CardInvalid
from polygist.store.cards import AnyCard, cards_of, load_cards, load_profiles
from polygist.store.tables import listed


def named(name: str, *folders: Path) -> tuple[AnyCard, ...]:
    """The cards of the profile of that name, else the card of that id. Raises CardInvalid with all names there are."""
    profiles, cards = load_profiles(*folders), load_cards(*folders)
    if name in profiles:
        return cards_of(profiles[name], *folders)
    if name in cards:
        return (cards[name],)
    raise CardInvalid(f"there is no profile or model {name!r}; profiles: {listed(profiles)}; models: {listed(cards)}")
