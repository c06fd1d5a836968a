"""Progress of pulls and builds on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

from polygist.store import build, pull


@contextmanager
def pulling(model: str, console: Console) -> Iterator[pull.Progress]:
    """A bar over the bytes of a pull."""
    columns = (TextColumn("{task.fields[model]}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=console, transient=True) as progress:
        task = progress.add_task("", total=None, model=model)

        def told(doing: str, done: int, total: int) -> None:
            progress.update(task, description=doing, completed=done, total=total or None)

        yield told


@contextmanager
def building(model: str, console: Console) -> Iterator[build.Progress]:
    """A bar over the stages of a build."""
    columns = (TextColumn("{task.fields[model]}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0, model=model)

        def told(stage: str, fraction: float) -> None:
            progress.update(task, completed=fraction, description=stage)

        yield told
