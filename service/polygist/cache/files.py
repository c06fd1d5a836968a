"""The numbered files of the disk cache: the newest counts, and one that can't be used is left for the next number.

An SQLite file in use must not be renamed: its connections would later delete the log (-wal) of the file that has taken
its name. So what is damaged stays under its number, and all processes go on with a higher one.
"""

import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_APPLICATION = 0x706C7967  # "plyg"
_SCHEMA = 1
# How long another process is waited for.
_BUSY_SECONDS = 1.0
_RETRY_SECONDS = 0.02
_WAL_BYTES = 4 * 1024 * 1024

_log = logging.getLogger(__name__)


class Unusable(sqlite3.DatabaseError):
    """A file that is not this cache's, or not whole."""


def is_unusable(error: Exception) -> bool:
    """Whether the error says that the file is damaged or foreign, and not that the disk is full, busy or forbidden."""
    # SQLITE_ERROR: the statements are right, so a file that can't run them ("no such table") is not ours.
    bad = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, Unusable) or (code is not None and code & 0xFF in bad)


def connect(folder: Path, at_least: int, set_aside: Callable[[], None]) -> tuple[sqlite3.Connection, int]:
    """A connection to the newest file in the folder, and its number; made where there is none of `at_least`.

    `set_aside` is called for each file found unusable. Raises sqlite3.Error or OSError when the folder can't be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder):
        number = max([at_least, *_numbers(folder)])
        while True:
            try:
                connection = _open(folder / f"{number}.sqlite3")
            except sqlite3.DatabaseError as error:
                if not is_unusable(error):
                    raise
                _log.warning("cache file %d is damaged or not a cache: left aside, and made anew", number)
                set_aside()
                number += 1
            else:
                _sweep(folder, number)
                return connection, number


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time chooses; the lock goes when its holder dies. Raises OSError when it is not to be had."""
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        ends = time.monotonic() + _BUSY_SECONDS
        while not _taken(lock, last=time.monotonic() > ends):
            time.sleep(_RETRY_SECONDS)
        yield
    finally:
        os.close(lock)


def _taken(lock: int, last: bool) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if last:
            raise
        return False
    return True


def _numbers(folder: Path) -> Iterator[int]:
    return (int(path.stem) for path in folder.glob("*.sqlite3") if path.stem.isdecimal())


def _open(path: Path) -> sqlite3.Connection:
    # It holds article text. SQLite gives its -wal and -shm the same mode.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    def pragma(name: str) -> int:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])

    mark = pragma("application_id"), pragma("user_version")
    fresh = mark == (0, 0) and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not fresh and mark != (_APPLICATION, _SCHEMA):
        raise Unusable("another program's file, or another version's")
    if fresh:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # heeded only before anything is stored
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    if fresh:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "CREATE TABLE entries (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL, "
                "checksum INTEGER NOT NULL, used INTEGER NOT NULL)"
            )
            connection.execute("CREATE INDEX by_use ON entries (used)")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {_SCHEMA}")


def _sweep(folder: Path, number: int) -> None:
    """Only the last file set aside is kept, for whoever wants to know what befell it."""
    for old in _numbers(folder):
        if old < number - 1:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    (folder / f"{old}.sqlite3{suffix}").unlink()
