"""How long a stream is waited for that asks nothing."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from polygist.errors import StreamIdle

T = TypeVar("T")


class Patience:
    """Ends a wait for the next message after so many seconds in which nothing was under way; never where that is None.

    Used on the event loop only, for one wait at a time.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._under_way = 0
        self._end: asyncio.Timeout | None = None

    def more(self) -> None:
        """Something begins."""
        self._under_way += 1

    def less(self) -> None:
        """It has ended; with the last of it the time begins anew."""
        self._under_way -= 1
        if self._end and not self._end.expired():
            self._end.reschedule(self._when())

    def _when(self) -> float | None:
        idle = self._seconds is not None and not self._under_way
        return asyncio.get_running_loop().time() + (self._seconds or 0) if idle else None

    async def wait_for(self, waiting: Awaitable[T]) -> T:
        """What is waited for. Raises StreamIdle."""
        try:
            async with asyncio.timeout_at(self._when()) as self._end:
                return await waiting
        except TimeoutError:
            if not (self._end and self._end.expired()):
                raise
            said = f"nothing came for {self._seconds:g} seconds and nothing was under way; begin another stream"
            raise StreamIdle(said) from None
        finally:
            self._end = None
