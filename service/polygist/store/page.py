"""Writes the tables of docs/models.md from the cards: `python -m polygist.store.page docs/models.md`."""

from collections.abc import Iterable
from pathlib import Path

from polygist.markdown import filled, rewrite, table
from polygist.store.cards import AnyCard, Profile, cards_of, load_cards, load_profiles
from polygist.store.sources import HUB, ModelSource

SOURCE = "the cards"

# The use of a profile is that of the strictest of its models.
_USES = {"no": "no", "unknown": "see its models", "yes": "yes"}


def with_tables(text: str, *folders: Path) -> str:
    """The page with what stands between the marks made anew. Raises ValueError where a mark is missing."""
    cards = sorted(load_cards(*folders).values(), key=lambda card: (card.task, card.id))
    parts = (
        "### Profiles\n\n" + _profiles(load_profiles(*folders).values(), folders),
        "### Models\n\n" + _models(cards),
        "### Licences and origins\n\n" + _licences(cards),
        "### Quality that others have published\n\n" + _quality(cards),
        "### Not verified\n\n" + _unverified(cards),
    )
    return filled(text, SOURCE, parts)


def _profiles(profiles: Iterable[Profile], folders: tuple[Path, ...]) -> str:
    rows = []
    for profile in profiles:
        cards = cards_of(profile, *folders)
        commercial = next(said for key, said in _USES.items() if any(c.licence.commercial == key for c in cards))
        memory = [card.facts.memory_bytes for card in cards]
        total = _bytes(sum(memory)) + (" and more" if not all(memory) else "") if any(memory) else "?"
        names = ", ".join(f"`{card.id}`" for card in cards)
        rows.append((f"`{profile.name}`", profile.about, names, total, commercial))
    return table(("Profile", "For", "Models", "Memory of the weights", "Commercial use"), rows)


def _models(cards: Iterable[AnyCard]) -> str:
    rows = (
        (
            f"`{card.id}`",
            card.task,
            _languages(card),
            card.facts.good_for,
            f"{card.facts.parameters / 1e6:,.0f} M" if card.facts.parameters else "?",
            _bytes(card.facts.memory_bytes),
        )
        for card in cards
    )
    return table(("Model", "Task", "Languages", "Good for", "Parameters", "Memory of the weights"), rows)


def _licences(cards: Iterable[AnyCard]) -> str:
    rows = (
        (
            f"`{card.id}`",
            f"[{card.licence.name}]({card.licence.url})",
            card.licence.commercial,
            card.licence.note,
            _origin(card),
        )
        for card in cards
    )
    return table(("Model", "Licence", "Commercial use", "", "From"), rows)


def _quality(cards: Iterable[AnyCard]) -> str:
    rows = (
        (f"`{card.id}`", figure.metric, f"{figure.value:g}", figure.data, figure.source)
        for card in cards
        for figure in card.facts.quality
    )
    return table(("Model", "Metric", "Value", "Test set", "Source"), rows)


def _unverified(cards: Iterable[AnyCard]) -> str:
    rows = ((f"`{card.id}`", ", ".join(card.facts.unverified)) for card in cards if card.facts.unverified)
    return table(("Model", "What nobody could check where the card was written"), rows)


def _languages(card: AnyCard) -> str:
    codes = tuple(card.languages)
    return ", ".join(codes) if len(codes) <= 8 else f"{len(codes)}, see the card"


def _origin(card: AnyCard) -> str:
    source = card.source
    if not isinstance(source, ModelSource):
        return f"package index: {source.package} {source.version}"
    if source.kind != HUB:
        return source.origin
    return f"Hub: {source.repo}{f' at {source.revision[:12]}' if source.revision else ', pinned at the first pull'}"


def _bytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size else "?"


if __name__ == "__main__":
    rewrite(with_tables)
