"""What lies in the cache that nobody needs any more, and letting go of it."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from polygist.errors import ModelError
from polygist.store import atomic, manifest, models, pins, usage
from polygist.store.cards import AnyCard
from polygist.store.sources import FOLDER, ModelSource


@dataclass(frozen=True)
class Waste:
    """A folder or file that can go: why, how many bytes that frees, and the place whose lock guards it."""

    path: Path
    why: str
    bytes: int
    guard: Path


def of_models(cards: Iterable[AnyCard], cache: Path) -> list[Waste]:
    """All that is there of these models; their pins stay, so that the same files come with the next pull."""
    found = []
    for card in cards:
        places = [models.folder(card, cache)] if models.is_known(card, cache) else []
        if (files := _own_files(card, cache)) is not None:
            places.append(files)
        found += [_waste(place, card.id, _guard(place)) for place in places if place.is_dir()]
    return found


def leftovers(cards: Mapping[str, AnyCard], cache: Path, sources: bool = False) -> list[Waste]:
    """What none of the cards leads to (all of them, or it is too much), and what was left half done.

    `sources` adds the files that built models were made of: only another pull can build these anew.
    """
    built = {models.folder(card, cache) for card in cards.values() if models.is_known(card, cache)}
    pulled = {files: card for card in cards.values() if (files := _own_files(card, cache))}
    found = [*_unnamed(cache / "models", set(built), "of no card, or another revision"), *_half(cache)]
    for waste in _unnamed(cache / "pulled", set(), ""):
        card = pulled.get(waste.path)
        if card is None:
            found.append(Waste(waste.path, "pulled for no card, or another revision", waste.bytes, waste.guard))
        elif sources and models.built(card, cache):
            found.append(Waste(waste.path, f"{card.id} is built of it", waste.bytes, waste.guard))
    return found


def free(waste: Iterable[Waste]) -> None:
    """Let it go. Raises ModelError where another process is at work on it."""
    for one in waste:
        with atomic.locked(one.guard, lambda one=one: _busy(one.path)):  # type: ignore[misc]  # a default binds it
            if one.path.name.startswith("."):
                shutil.rmtree(one.path) if one.path.is_dir() else one.path.unlink(missing_ok=True)
            else:
                atomic.remove(one.path)
                usage.forget(one.path)


def _busy(path: Path) -> None:
    raise ModelError(f"another process works on {path}")


def _own_files(card: AnyCard, cache: Path) -> Path | None:
    """Where its pulled files are, if that is in the cache."""
    source = pins.resolved(card, cache).source
    if not isinstance(source, ModelSource) or source.kind == FOLDER or not source.is_pinned:
        return None
    return models.pulled(card, cache)


def _unnamed(folder: Path, kept: set[Path], why: str) -> Iterator[Waste]:
    """Folders that were made here (they have a manifest) and are not among those kept."""
    for place in sorted(folder.glob("*")):
        if not place.name.startswith(".") and (place / manifest.NAME).is_file() and place not in kept:
            yield _waste(place, why, _guard(place))


def _half(cache: Path) -> Iterator[Waste]:
    """What a build, a pull or a removal left when it was cut off; not that of one that is at work now."""
    for folder in (cache / "models", cache / "pulled", cache / "pins"):
        for path in sorted(folder.glob(".*")):
            if path.suffix not in (atomic.PARTIAL, atomic.OLD):
                continue
            guard = _guard(path.with_name(path.stem.removeprefix(".")))
            if not atomic.is_locked(guard):
                yield _waste(path, "left half done", guard)


def _guard(place: Path) -> Path:
    """The place whose lock guards it: a model's own; of what is pulled and pinned, the card's."""
    if place.parent.name == "models":
        return place
    if place.parent.name == "pins":
        return place.parent.parent / "pulled" / place.name.removesuffix(".json")
    return place.with_name(place.name.rpartition("-")[0] or place.name)


def _waste(path: Path, why: str, guard: Path) -> Waste:
    files = path.rglob("*") if path.is_dir() else [path]
    return Waste(path, why, sum(f.stat().st_size for f in files if f.is_file()), guard)
