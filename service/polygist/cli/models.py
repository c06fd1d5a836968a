"""`polygist models`: what there is, getting it, building it, checking it, letting it go."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from polygist import lemmas, settings
from polygist.cli import bars
from polygist.cli.exits import exits
from polygist.store import bundle, cards, models, pins, sweep, usage
from polygist.store.cards import AnyCard
from polygist.store.consent import Allowed
from polygist.store.models import BuiltModel
from polygist.store.selection import named
from polygist.store.sources import ModelSource
from polygist.store.sweep import Waste

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("profile", "model", "revision", "languages", "engines", "licence", "commercial use", "built", "last used")

Name = Annotated[str, typer.Argument(metavar="PROFILE|MODEL", help="As `polygist models list` names them.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("list")
def list_models() -> None:
    """All profiles, their models, and whether they are built here."""
    with exits():
        cache, folders = _places()
        table = Table(*(Column(name, overflow="fold") for name in _COLUMNS))
        profiles = cards.load_profiles(*folders)
        for profile in profiles.values():
            for card in cards.cards_of(profile, *folders):
                table.add_row(profile.name, *_row(card, cache))
        used = {id for profile in profiles.values() for id in profile.cards}
        for id, card in cards.load_cards(*folders).items():
            if id not in used:
                table.add_row("", *_row(card, cache))
    Console().print(table)


def _row(card: AnyCard, cache: Path) -> tuple[str, ...]:
    built = models.built(card, cache)
    used = usage.last(built.path) if built else None
    return (
        card.id,
        models.revision(pins.resolved(card, cache)) if models.is_known(card, cache) else "not pulled",
        " ".join(card.languages),
        " ".join(built.engines) if built else "",
        card.licence.name,
        card.licence.commercial,
        _size(built) if built else "no",
        f"{used:%Y-%m-%d}" if used else "",
    )


@app.command()
def pull(
    name: Name,
    accept_license: Annotated[
        bool, typer.Option("--accept-license", help="Your use is none that a non-commercial licence forbids.")
    ] = False,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Take weights in pickles, and make safetensors of them.")
    ] = False,
    repin: Annotated[
        bool, typer.Option("--repin", help="Take what is published now, though it is not what was pulled before.")
    ] = False,
    build: Annotated[bool, typer.Option(help="Build the models, too.")] = True,
) -> None:
    """Get the models of a profile, from the Hugging Face Hub or wherever their cards say, and build them.

    What was got is pinned: another pull, here, takes the same files or none.
    """
    console = Console(stderr=True)
    with exits():
        cache, folders = _places()
        for card in named(name, *folders):
            if repin or not models.built(card, cache):
                _pull(card, cache, Allowed(accept_license, allow_pickle, repin), console)
            if build:
                _build(card, cache, console)
        if build:
            _dictionaries(cache, console)


def _pull(card: AnyCard, cache: Path, allowed: Allowed, console: Console) -> None:
    from polygist.store.pull import pull as pull_files

    console.print(f"{card.id}: {card.licence.name} ({card.licence.url}), commercial use: {card.licence.commercial}")
    with bars.pulling(card.id, console) as told:
        pin = pull_files(card, cache, allowed, told)
    if pin is None:
        return
    source: ModelSource = pins.resolved(card, cache).source  # type: ignore[assignment]  # only such a one has a pin
    console.print(f"{card.id}: {len(pin.files)} files of {source.origin} {pin.revision} are here and pinned")
    if pin.stated_licence and pin.stated_licence.casefold() != card.licence.spdx.casefold():
        console.print(f"{card.id}: its origin says its licence is {pin.stated_licence!r}; read its page")


@app.command()
def build(
    name: Name, force: Annotated[bool, typer.Option("--force", help="Build it anew if it is there.")] = False
) -> None:
    """Make the models of a profile, and the dictionaries, ready to serve. What is built already is skipped; nothing is
    fetched."""
    console = Console(stderr=True)
    with exits():
        cache, folders = _places()
        for card in named(name, *folders):
            _build(card, cache, console, force)
        _dictionaries(cache, console)


def _dictionaries(cache: Path, console: Console) -> None:
    with console.status("dictionaries"):
        lemmas.build(cache)


def _build(card: AnyCard, cache: Path, console: Console, force: bool = False) -> None:
    from polygist.store.build import build as build_model  # torch takes seconds to import

    if not force and (found := models.built(card, cache)):
        console.print(f"{card.id} {found.revision} is built already")
        return
    with bars.building(card.id, console) as told:
        built = build_model(card, cache, told, force)
    console.print(f"{card.id} {built.revision}: {_size(built)} in {built.path}")
    console.print(f"weights: {card.licence.name} ({card.licence.url})")


@app.command()
def verify(name: Name) -> None:
    """Check every file of a profile's models against its checksum."""
    with exits():
        from polygist.store import manifest

        cache, folders = _places()
        for card in named(name, *folders):
            built = models.built(card, cache)
            if built is None:
                raise models.missing(card, cache, *folders)
            checked = manifest.verify(built.path)
            Console().print(f"{card.id} {built.revision}: {len(checked.files)} files are good")


@app.command("export")
def export_models(name: Name, file: Annotated[Path, typer.Argument(help="The tar file to write.")]) -> None:
    """Write the built models of a profile into one archive, for machines without a network."""
    with exits():
        cache, folders = _places()
        for card in bundle.export(name, file, cache, *folders):
            Console(stderr=True).print(f"{card.id}: {card.licence.name} ({card.licence.url})")


@app.command("import")
def import_models(
    path: Annotated[Path, typer.Argument(help="What `polygist models export` wrote, or a folder with a model.")],
    id: Annotated[str, typer.Option(help="Of a folder: what its card is called; else as the folder.")] = "",
    task: Annotated[str, typer.Option(help=f"Of a folder: {', '.join(cards.TASKS)}.")] = "",
    languages: Annotated[str, typer.Option(help="Of a folder: en,de,uk and so on.")] = "",
    repin: Annotated[
        bool, typer.Option("--repin", help="Of an archive: take it, though other files were pulled here before.")
    ] = False,
) -> None:
    """Take in an archive of models; or write a card for a folder, as far as its files tell what it is."""
    console = Console(stderr=True)
    with exits():
        found = settings.load()
        folders = cards.folders(found.models_dir)
        if not path.is_dir():
            for made in bundle.load_into(path, found.cache_dir, found.models_dir, *folders, repin=repin):
                console.print(f"{made} is here")
            _dictionaries(found.cache_dir, console)
            return
        from polygist.store import adoption  # langcodes takes its time to import

        codes = tuple(code.strip() for code in languages.split(",") if code.strip())
        file, unknown = adoption.adopt(path, found.models_dir, id, task, codes)
        console.print(f"{file} is written", soft_wrap=True)
        if unknown:
            console.print(f"look it over: {', '.join(dict.fromkeys(unknown))} can't be known from the files")
        console.print(f"then: polygist models pull {file.stem}")


@app.command()
def remove(name: Name, yes: Yes = False) -> None:
    """Let go of the models of a profile: what is built and what was pulled. What other profiles need stays."""
    with exits():
        cache, folders = _places()
        profiles = cards.load_profiles(*folders)
        others = {id for other, profile in profiles.items() if other != name for id in profile.cards}
        shared = others if name in profiles else set()
        _free(sweep.of_models((card for card in named(name, *folders) if card.id not in shared), cache), yes)


@app.command()
def prune(
    yes: Yes = False,
    sources: Annotated[bool, typer.Option("--sources", help="Also the files that built models were made of.")] = False,
) -> None:
    """Let go of old revisions, of what no card leads to, and of what was left half done."""
    with exits():
        cache, folders = _places()
        _free(sweep.leftovers(cards.load_cards(*folders), cache, sources), yes)


def _free(waste: list[Waste], yes: bool) -> None:
    console = Console(stderr=True)
    for one in waste:
        console.print(f"{one.path}: {one.bytes / 1e6:,.1f} MB, {one.why}", soft_wrap=True)
    if not waste:
        console.print("there is nothing to let go of")
    elif yes or typer.confirm(f"Free {sum(one.bytes for one in waste) / 1e6:,.1f} MB?", err=True):
        sweep.free(waste)


def _places() -> tuple[Path, tuple[Path, ...]]:
    """Where built models lie, and the folders of cards and profiles."""
    found = settings.load()
    return found.cache_dir, cards.folders(found.models_dir)


def _size(built: BuiltModel) -> str:
    return f"{sum(f.size for f in built.manifest.files.values()) / 1e6:,.0f} MB"
