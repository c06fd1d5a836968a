"""The entries of the disk cache, in SQLite."""

import itertools
import logging
import sqlite3
import zlib
from collections.abc import Mapping
from pathlib import Path

from polygist.cache import files
from polygist.cache.base import Observer

# Uses remembered until the next write, so that a read is not a write.
_MAX_TOUCHED = 512
# Entries' bytes and pages that one transaction frees at most. A file far over a lowered bound shrinks write by write.
_STEP_BYTES = 32 * 1024 * 1024
_STEP_PAGES = 8192

_log = logging.getLogger(__name__)


class Database:
    """Keeps what was used last within `max_bytes` of file; the log beside it (-wal) comes to a few MiB at most.

    For one thread, which it blocks. Several processes may share the folder. A damaged file is set aside and made anew.
    """

    def __init__(self, folder: Path, max_bytes: int, observer: Observer) -> None:
        self._folder, self._max_bytes, self._observer = folder, max_bytes, observer
        self._connection: sqlite3.Connection | None = None
        self._number = 1
        self._touched: dict[bytes, None] = {}  # in the order of their last uses

    @property
    def many_used(self) -> bool:
        """It is time for a `write`, even of nothing: no more uses are remembered before it."""
        return len(self._touched) >= _MAX_TOUCHED

    def read(self, key: bytes) -> bytes | None:
        """The value under the key. None where there is none, or before the first `write` has opened the file.

        Raises sqlite3.Error.
        """
        if self._connection is None:
            return None
        try:
            value = _select(self._connection, key)
        except sqlite3.DatabaseError as error:
            self._give_up(error)
            return None
        if value is not None and not self.many_used:
            self._touched.pop(key, None)
            self._touched[key] = None
        return value

    def write(self, entries: Mapping[bytes, bytes]) -> None:
        """Store the entries in one transaction, and evict what is over the bound.

        Raises sqlite3.Error or OSError when it can't be done; then nothing is stored.
        """
        try:
            self._write(entries)
        except sqlite3.DatabaseError as error:
            self._give_up(error)
            self._write(entries)

    def close(self) -> None:
        """Write the last uses and close the file. Raises as `write` does."""
        try:
            if self._touched:
                self.write({})
        finally:
            self._disconnect()

    def _write(self, entries: Mapping[bytes, bytes]) -> None:
        connection = self._connect()
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            uses = itertools.count(_last_use(connection) + 1)
            connection.executemany("UPDATE entries SET used = ? WHERE key = ?", zip(uses, self._touched, strict=False))
            connection.executemany(
                "INSERT INTO entries (key, value, checksum, used) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE "
                "SET value = excluded.value, checksum = excluded.checksum, used = excluded.used",
                [(key, value, _checksum(key, value), next(uses)) for key, value in entries.items()],
            )
            evicted = self._evict(connection)
        self._touched.clear()
        if evicted:
            self._observer.evicted("disk", evicted)
        self._observer.size("disk", _pragma(connection, "page_count") * _pragma(connection, "page_size"))

    def _evict(self, connection: sqlite3.Connection) -> int:
        """Deletes until the pages in use are within the bound, and gives the free ones back. Counts the entries."""
        size = _pragma(connection, "page_size")
        bound = self._max_bytes // size
        n = freed = 0
        while freed < _STEP_BYTES:
            excess = _pragma(connection, "page_count") - _pragma(connection, "freelist_count") - bound
            oldest = _oldest(connection, excess * size) if excess > 0 else []
            if not oldest:
                break
            connection.executemany("DELETE FROM entries WHERE id = ?", [(id,) for id, _ in oldest])
            n += len(oldest)
            freed += sum(length for _, length in oldest)
        surplus = min(_STEP_PAGES, _pragma(connection, "page_count") - bound)
        for _ in range(surplus):
            # One by one, for sqlite3 would stop after the first of them.
            connection.execute("PRAGMA incremental_vacuum(1)").fetchall()
        return n

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection, self._number = files.connect(
                self._folder, self._number, lambda: self._observer.error("disk")
            )
        return self._connection

    def _give_up(self, error: sqlite3.DatabaseError) -> None:
        """Go on with a new file where this one is damaged. Raises the error again where it is not."""
        if not files.is_unusable(error):
            raise error
        _log.warning("cache file %d is damaged: left aside, and made anew", self._number)
        self._observer.error("disk")
        self._number += 1
        self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        self._touched.clear()
        if connection:
            connection.close()


def _select(connection: sqlite3.Connection, key: bytes) -> bytes | None:
    row = connection.execute("SELECT value, checksum FROM entries WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    value, checksum = row
    # SQLite has no checksums of its own, and a flipped bit must not become a translation.
    if not isinstance(value, bytes) or checksum != _checksum(key, value):
        raise files.Unusable("a value differs from its checksum")
    return value


def _checksum(key: bytes, value: bytes) -> int:
    return zlib.crc32(value, zlib.crc32(key))


def _last_use(connection: sqlite3.Connection) -> int:
    """Uses are counted, not timed: whatever is put in while a clock is behind would be the oldest, and go first."""
    return int(connection.execute("SELECT coalesce(max(used), 0) FROM entries").fetchone()[0])


def _oldest(connection: sqlite3.Connection, n_bytes: int) -> list[tuple[int, int]]:
    """Entries of so many bytes in all, the least recently used first: id and length."""
    rows, found = connection.execute("SELECT id, length(key) + length(value) FROM entries ORDER BY used"), []
    for id, length in rows:
        found.append((id, length))
        n_bytes -= length
        if n_bytes <= 0:
            break
    rows.close()
    return found


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
