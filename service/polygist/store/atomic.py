"""Folders and files of the cache that appear under their names in one step, complete, and one writer at a time."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL, OLD, LOCK = ".partial", ".old", ".lock"


def partial_of(place: Path) -> Path:
    """Where a folder grows before it has its name."""
    return place.with_name(f".{place.name}{PARTIAL}")


@contextmanager
def locked(place: Path, waiting: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Meanwhile no other process has the lock of that place; `waiting` is told where one has. A process that dies
    lets go of it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_name(f".{place.name}{LOCK}").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def is_locked(place: Path) -> bool:
    """Whether a process has the lock of that place now."""
    file = place.with_name(f".{place.name}{LOCK}")
    if not file.is_file():
        return False
    with file.open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def publish(partial: Path, place: Path) -> None:
    """Make the finished folder readable for all, visible under its name in one step, and lasting."""
    for path in [*partial.rglob("*"), partial]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        sync(path)
    if place.exists():
        old = place.with_name(f".{place.name}{OLD}")
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
        partial.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    else:
        partial.rename(place)
    sync(place.parent)


def write(file: Path, text: str) -> None:
    """The file has the whole text or is as it was, also when the machine stops meanwhile."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_of(file)
    with partial.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    partial.rename(file)
    sync(file.parent)


def remove(place: Path) -> None:
    """A folder is gone from its name in one step, and then from the disk."""
    old = place.with_name(f".{place.name}{OLD}")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
        shutil.rmtree(old)


def sync(path: Path) -> None:
    """What was written to a file or folder stays, whatever happens to the machine."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
