"""Puts on their way to slow storage."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import islice

from polygist.cache.base import Observer, Tier, cost
from polygist.concurrency import apart

# What waits at most, in bytes of memory.
_MAX_BYTES = 4 * 1024 * 1024
_BATCH_ITEMS = 512
# The first put waits this long for others to share its batch.
_LINGER_SECONDS = 0.02


class Backlog:
    """Takes puts at once and writes them behind, batch by batch. A put that finds it full is dropped and counted.

    `write` stores a batch and must not raise. For one event loop.
    """

    def __init__(self, tier: Tier, write: Callable[[dict[bytes, bytes]], Awaitable[None]], observer: Observer) -> None:
        self._tier, self._write, self._observer = tier, write, observer
        self._entries: dict[bytes, bytes] = {}  # those being written stay until they are
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def get(self, key: bytes) -> bytes | None:
        """A value that is not written yet."""
        return self._entries.get(key)

    def add(self, key: bytes, value: bytes) -> None:
        """Take a put. Of two under one key the later one lasts."""
        waiting = self._entries.get(key)
        more = cost(key, value) - (0 if waiting is None else cost(key, waiting))
        if self._closing.is_set() or self._bytes + more > _MAX_BYTES:
            self._observer.dropped(self._tier, 1)
            return
        self._entries[key] = value
        self._bytes += more
        if self._task is None or self._task.done():
            self._task = apart(self._drain())

    async def close(self, timeout_seconds: float) -> None:
        """Take no more, and write what waits if it can be done in time."""
        self._closing.set()
        if self._task:
            await asyncio.wait({self._task}, timeout=timeout_seconds)
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._entries:
            self._observer.dropped(self._tier, len(self._entries))
            self._entries.clear()

    async def _drain(self) -> None:
        while self._entries:
            if len(self._entries) < _BATCH_ITEMS:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), _LINGER_SECONDS)
            batch = dict(islice(self._entries.items(), _BATCH_ITEMS))
            await self._write(batch)
            for key, value in batch.items():
                if self._entries[key] is value:
                    del self._entries[key]
                    self._bytes -= cost(key, value)
