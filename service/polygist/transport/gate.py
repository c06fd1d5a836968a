"""Who gets in: nobody before the models are warm or once draining has begun, and never more than the bound."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

from polygist.errors import NotReady, QueueFull


class State(Enum):
    """The life of a server."""

    LOADING = auto()
    SERVING = auto()
    DRAINING = auto()


class Gate:
    """Permits for calls. Used on the event loop only."""

    def __init__(self, permits: int) -> None:
        self.state = State.LOADING
        self._permits = permits
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Hold a permit. Raises NotReady or QueueFull at once; never waits."""
        if self.state is not State.SERVING:
            raise NotReady(f"the server is {self.state.name.lower()}", retry_seconds=1.0)
        if self._inside >= self._permits:
            raise QueueFull(f"{self._permits} calls are being worked on", retry_seconds=1.0)
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    async def wait_until_empty(self, seconds: float) -> bool:
        """Whether all calls inside have ended within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True
