"""The cache in this process's memory."""

from collections import OrderedDict

from polygist.cache.base import Observer, cost


class Memory:
    """Keeps what was used last within `max_bytes`, overhead counted (`base.cost`). For one event loop."""

    def __init__(self, max_bytes: int, observer: Observer) -> None:
        self._max_bytes, self._observer = max_bytes, observer
        self._entries: OrderedDict[bytes, bytes] = OrderedDict()  # the least recently used first
        self._bytes = 0

    async def get(self, key: bytes) -> bytes | None:
        value = self._entries.get(key)
        if value is None:
            self._observer.miss("memory")
            return None
        self._entries.move_to_end(key)
        self._observer.hit("memory")
        return value

    async def put(self, key: bytes, value: bytes) -> None:
        """A value that is too large for the whole bound is not kept, and pushes nothing out."""
        self._remove(key)
        if cost(key, value) <= self._max_bytes:
            self._entries[key] = value
            self._bytes += cost(key, value)
            self._evict()
        self._observer.size("memory", self._bytes)

    async def close(self) -> None:
        self._entries.clear()
        self._bytes = self._max_bytes = 0
        self._observer.size("memory", 0)

    def _remove(self, key: bytes) -> None:
        value = self._entries.pop(key, None)
        if value is not None:
            self._bytes -= cost(key, value)

    def _evict(self) -> None:
        n = 0
        while self._bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))
            n += 1
        if n:
            self._observer.evicted("memory", n)
