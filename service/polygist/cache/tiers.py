"""Two caches as one."""

import asyncio

from polygist.cache.base import Cache
from polygist.concurrency import apart


class Tiers:
    """A fast cache in front of a larger one. A hit behind comes to the front; puts go to both.

    Lookups behind of one key at one time are made once. For one event loop.
    """

    def __init__(self, front: Cache, behind: Cache) -> None:
        self._front, self._behind = front, behind
        self._lookups: dict[bytes, asyncio.Task[bytes | None]] = {}

    async def get(self, key: bytes) -> bytes | None:
        value = await self._front.get(key)
        if value is not None:
            return value
        lookup = self._lookups.get(key)
        if lookup is None:
            lookup = self._lookups[key] = apart(self._promote(key))
            lookup.add_done_callback(lambda _: self._lookups.pop(key))
        # A caller that is cancelled must not take the others' lookup with it.
        return await asyncio.shield(lookup)

    async def put(self, key: bytes, value: bytes) -> None:
        await self._front.put(key, value)
        await self._behind.put(key, value)

    async def close(self) -> None:
        await self._front.close()
        await self._behind.close()

    async def _promote(self, key: bytes) -> bytes | None:
        value = await self._behind.get(key)
        if value is not None:
            await self._front.put(key, value)
        return value
