"""`polygist models`: what there is, building it, checking it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from polygist import lemmas, settings
from polygist.cli.exits import exits
from polygist.store import cards, models
from polygist.store.cards import AnyCard
from polygist.store.models import BuiltModel

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("profile", "model", "revision", "languages", "licence", "commercial use", "built")

Profile = Annotated[str, typer.Argument(help="A profile; `polygist models list` names them.")]


@app.command("list")
def list_models() -> None:
    """All profiles, their models, and whether they are built here."""
    with exits():
        cache, folders = _places()
        table = Table(*(Column(name, overflow="fold") for name in _COLUMNS))
        for profile in cards.load_profiles(*folders).values():
            for card in cards.cards_of(profile, *folders):
                found = models.built(card, cache)
                table.add_row(
                    profile.name,
                    card.id,
                    models.revision(card),
                    " ".join(card.languages),
                    card.licence.name,
                    card.licence.commercial,
                    _size(found) if found else "no",
                )
    Console().print(table)


@app.command()
def build(
    profile: Profile, force: Annotated[bool, typer.Option("--force", help="Build it anew if it is there.")] = False
) -> None:
    """Make the models of a profile, and the dictionaries, ready to serve. What is built already is skipped."""
    console = Console(stderr=True)
    with exits():
        cache, folders = _places()
        for card in cards.cards_of(cards.load_profile(profile, *folders), *folders):
            if not force and (found := models.built(card, cache)):
                console.print(f"{card.id} {found.revision} is built already")
            else:
                _build(card, cache, force, console)
        with console.status("dictionaries"):
            lemmas.build(cache)


def _build(card: AnyCard, cache: Path, force: bool, console: Console) -> None:
    from polygist.store.build import build as build_model  # torch takes seconds to import

    columns = (TextColumn("{task.fields[model]}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("", total=1.0, model=card.id)
        built = build_model(
            card, cache, lambda stage, done: progress.update(task, completed=done, description=stage), force
        )
    console.print(f"{card.id} {built.revision}: {_size(built)} in {built.path}")
    console.print(f"weights: {card.licence.name} ({card.licence.url})")


@app.command()
def verify(profile: Profile) -> None:
    """Check every file of a profile's models against its checksum."""
    with exits():
        from polygist.store import manifest

        cache, folders = _places()
        for card in cards.cards_of(cards.load_profile(profile, *folders), *folders):
            built = models.require(card, cache, *folders)
            checked = manifest.verify(built.path)
            Console().print(f"{card.id} {built.revision}: {len(checked.files)} files are good")


def _places() -> tuple[Path, tuple[Path, ...]]:
    """Where built models lie, and the folders of cards and profiles."""
    found = settings.load()
    return found.cache_dir, cards.folders(found.models_dir)


def _size(built: BuiltModel) -> str:
    return f"{sum(f.size for f in built.manifest.files.values()) / 1e6:,.0f} MB"
