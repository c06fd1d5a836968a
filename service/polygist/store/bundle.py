"""Models in one archive, for machines without a network: cards, profile, pins, and built models."""

import shutil
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from polygist.errors import CardInvalid, ModelChanged, ModelCorrupt, ModelError
from polygist.store import atomic, manifest, models, pins
from polygist.store.cards import AnyCard, load_cards, load_profiles
from polygist.store.manifest import Manifest
from polygist.store.pins import Pin
from polygist.store.selection import named
from polygist.store.tables import load

_TOPS = ("cards", "profiles", "pins", "models")


def export(name: str, file: Path, cache: Path, *folders: Path) -> tuple[AnyCard, ...]:
    """Write the profile or model of that name; the same content makes the same bytes. Its cards.

    Raises ModelMissing where a model is not built, ModelCorrupt where one is not as it was built, ModelError where the
    archive can't be written.
    """
    cards = named(name, *folders)
    places = [_built(card, cache, folders) for card in cards]
    partial = atomic.partial_of(file)
    try:
        with tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as tar:
            for member, source in sorted(_members(name, cards, places, cache, folders)):
                _add(tar, member, source)
        partial.rename(file)
    except OSError as error:
        raise ModelError(f"{file} can't be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return cards


def _built(card: AnyCard, cache: Path, folders: tuple[Path, ...]) -> Path:
    built = models.built(card, cache)
    if built is None:
        raise models.missing(card, cache, *folders)
    manifest.verify(built.path)
    return built.path


def _members(
    name: str, cards: Iterable[AnyCard], places: Iterable[Path], cache: Path, folders: tuple[Path, ...]
) -> Iterator[tuple[str, Path]]:
    ids = {card.id for card in cards}
    for folder in folders:
        yield from ((f"cards/{f.name}", f) for f in folder.glob("cards/*.toml") if load(f).get("id") in ids)
        yield from ((f"profiles/{f.name}", f) for f in folder.glob(f"profiles/{name}.toml"))
    yield from ((f"pins/{id}.json", file) for id in ids if (file := cache / "pins" / f"{id}.json").is_file())
    for place in places:
        yield from (
            (f"models/{place.name}/{f.relative_to(place).as_posix()}", f) for f in place.rglob("*") if f.is_file()
        )


def _add(tar: tarfile.TarFile, name: str, source: Path) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = source.stat().st_size, 0o644
    with source.open("rb") as stream:
        tar.addfile(member, stream)


def load_into(file: Path, cache: Path, own: Path | None, *folders: Path, repin: bool = False) -> tuple[str, ...]:
    """Take in an archive, all of it or nothing; the names of its models. A model that is here already stays.

    Cards and profiles that polygist does not bring along go into the folder `own`. Raises ModelCorrupt where the file
    is no archive, leads out of itself, or a model in it is not what its manifest says; ModelChanged where other files
    are pinned here; CardInvalid where there is another card or profile of the same name.
    """
    work = atomic.partial_of(cache / "models" / "import")
    with atomic.locked(cache / "models" / "import"):
        shutil.rmtree(work, ignore_errors=True)
        try:
            _unpack(file, work)
            return _take_in(work, cache, own, folders, repin)
        except OSError as error:
            raise ModelError(f"{file} can't be taken in: {error}") from error
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _unpack(file: Path, work: Path) -> None:
    work.mkdir(parents=True)
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                path = PurePosixPath(member.name)
                if not member.isfile() or path.parts[:1] not in [(top,) for top in _TOPS] or ".." in path.parts:
                    raise ModelCorrupt(
                        f"{file} holds {member.name!r}, which no export writes; nothing is taken from it"
                    )
                tar.extract(member, work, filter="data")
    except (tarfile.TarError, EOFError) as error:
        raise ModelCorrupt(f"{file} is no archive of models: {error}") from error


def _take_in(work: Path, cache: Path, own: Path | None, folders: tuple[Path, ...], repin: bool) -> tuple[str, ...]:
    places = sorted((work / "models").glob("*"))
    if not places:
        raise ModelCorrupt("the archive holds no model")
    manifests = [_verified(place) for place in places]
    found = [pins.parse(file) for file in sorted((work / "pins").glob("*"))]
    _check_cards(work, cache, places, manifests, found)
    tables = [*sorted((work / "cards").glob("*.toml")), *sorted((work / "profiles").glob("*.toml"))]
    new = [file for file in tables if _is_new(file, folders)]
    if new and own is None:
        names = ", ".join(f.name for f in new)
        raise CardInvalid(f"the archive brings cards of its own ({names}); say where they go in POLYGIST_MODELS_DIR")
    _check_pins(found, cache, repin)
    for place in places:
        there = cache / "models" / place.name
        with atomic.locked(there):
            if not _is_good(there):
                atomic.publish(place, there)
    for pin in found:
        pin.write(cache)
    for file in new:
        atomic.write((own or work) / file.parent.name / file.name, file.read_text(encoding="utf-8"))
    return tuple(made.card for made in manifests)


def _verified(place: Path) -> Manifest:
    """Raises ModelCorrupt where a model has other files than its manifest, or more."""
    if manifest.record(place) != (made := manifest.read(place)).files:
        raise ModelCorrupt(f"the archive's {place.name} is not what its manifest says")
    return made


def _is_good(place: Path) -> bool:
    try:
        return bool(manifest.verify_sizes(place))
    except ModelCorrupt:
        return False


def _check_cards(work: Path, cache: Path, places: list[Path], made: list[Manifest], found: list[Pin]) -> None:
    """The models are those that cards and pins of the archive lead to."""
    for pin in found:
        pin.write(work)
    cards = load_cards(work)
    load_profiles(work)
    for place, one in zip(places, made, strict=True):
        card = cards.get(one.card)
        if card is None or models.folder(card, work).name != place.name:
            raise ModelCorrupt(f"the archive holds {place.name!r}, which is not what its cards lead to")


def _is_new(file: Path, folders: tuple[Path, ...]) -> bool:
    """Whether a card or profile has to be written. Raises CardInvalid where there is another one of that name."""
    part = file.parent.name
    key = {"cards": "id", "profiles": "name"}[part]
    name = load(file).get(key)
    for folder in folders:
        for there in folder.glob(f"{part}/*.toml"):
            if load(there).get(key) == name:
                if load(there) != load(file):
                    raise CardInvalid(f"{there} is another one than the archive's {part}/{file.name}: remove either")
                return False
    return True


def _check_pins(found: list[Pin], cache: Path, repin: bool) -> None:
    for pin in found:
        file = cache / "pins" / f"{pin.card}.json"
        if file.is_file() and not repin:
            known = pins.parse(file)
            if known.origin == pin.origin and known.files != pin.files:
                raise ModelChanged(
                    f"{pin.card} was pulled here on {known.pulled_at[:10]} with other files than the archive's; "
                    "--repin takes these"
                )
