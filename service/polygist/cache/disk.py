"""The cache on this machine's disk."""

import asyncio
import sqlite3
from pathlib import Path

from polygist.cache.backlog import Backlog
from polygist.cache.base import Observer
from polygist.cache.breaker import Breaker
from polygist.cache.database import Database
from polygist.cache.thread import Thread

_LOOKUP_SECONDS = 1.0
_CLOSE_SECONDS = 5.0


class Disk:
    """Keeps what was used last in a folder of its own, within `max_bytes`. A thread of its own does the work.

    A disk that can't be written to is left alone for a while (`Breaker`), and one that hangs does not keep the process
    from ending. A value over half the bound is not kept.
    """

    def __init__(self, folder: Path, max_bytes: int, observer: Observer) -> None:
        self._max_bytes, self._observer = max_bytes, observer
        self._database = Database(folder, max_bytes, observer)
        self._finding = Breaker("looking up in the disk cache", max_errors=3)
        self._storing = Breaker("storing in the disk cache", max_errors=1)
        self._backlog = Backlog("disk", self._write, observer)
        self._thread = Thread("cache-disk")
        self._closed = False
        self._thread.submit(self._store, {})  # opens the file, so that trouble stands in the log from the start

    async def get(self, key: bytes) -> bytes | None:
        value = self._backlog.get(key)
        if value is None and not self._closed and not self._finding.open:
            value = await self._look_up(key)
        if value is None:
            self._observer.miss("disk")
        else:
            self._observer.hit("disk")
        return value

    async def put(self, key: bytes, value: bytes) -> None:
        if len(key) + len(value) > self._max_bytes // 2:
            return
        if self._storing.open:
            self._observer.dropped("disk", 1)
        else:
            self._backlog.add(key, value)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._backlog.close(_CLOSE_SECONDS)
        closing = asyncio.wrap_future(self._thread.submit(self._shut))
        self._thread.close()
        await asyncio.wait({closing}, timeout=_CLOSE_SECONDS)

    async def _look_up(self, key: bytes) -> bytes | None:
        """Bounded in time: the thread may hang with its disk, or wait for another process."""
        try:
            async with asyncio.timeout(_LOOKUP_SECONDS):
                value = await asyncio.wrap_future(self._thread.submit(self._find, key))
        except TimeoutError as error:
            self._observer.error("disk")
            self._finding.failed(error)
            return None
        self._finding.succeeded()
        return value

    async def _write(self, entries: dict[bytes, bytes]) -> None:
        await asyncio.wrap_future(self._thread.submit(self._store, entries))

    # The thread of its own.

    def _find(self, key: bytes) -> bytes | None:
        try:
            value = self._database.read(key)
        except (sqlite3.Error, OSError):
            self._observer.error("disk")
            return None
        if self._database.many_used and not self._storing.open:
            self._store({})
        return value

    def _store(self, entries: dict[bytes, bytes]) -> None:
        try:
            self._database.write(entries)
        except (sqlite3.Error, OSError) as error:
            self._observer.error("disk")
            self._observer.dropped("disk", len(entries))
            self._storing.failed(error)
        else:
            self._storing.succeeded()

    def _shut(self) -> None:
        try:
            self._database.close()
        except (sqlite3.Error, OSError):
            self._observer.error("disk")
