"""Who gets in: nobody before the models are warm or once draining has begun, and never more than the bound."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import TypeVar

from polygist import shares
from polygist.errors import NotReady, QueueFull

T = TypeVar("T")


class State(Enum):
    """The life of a server."""

    LOADING = auto()
    SERVING = auto()
    DRAINING = auto()


class Gate:
    """Permits for calls. Used on the event loop only."""

    def __init__(self, permits: int) -> None:
        self._state = State.LOADING
        self._draining = asyncio.Event()
        self._permits = permits
        self._inside = 0
        self._of: Counter[str] = Counter()
        self._empty = asyncio.Event()
        self._empty.set()
        # Whether the server ends the calls that are still there: who is given up then was not given up by its caller.
        self.cut = False

    @property
    def state(self) -> State:
        """Where the server is in its life."""
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state = state
        if state is State.DRAINING:
            self._draining.set()

    @property
    def permits(self) -> int:
        """Calls that may be inside at once."""
        return self._permits

    @property
    def inside(self) -> int:
        """Calls that are."""
        return self._inside

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Hold a permit; no caller has all, see `Share.allows`. Raises NotReady or QueueFull at once; never waits."""
        if self.state is not State.SERVING:
            state = self.state.name.lower()
            raise NotReady(f"the server is {state}", retry_seconds=1.0, cause=state)
        if self._inside >= self._permits:
            raise QueueFull(f"{self._permits} calls are being worked on", retry_seconds=1.0, cause="calls")
        share = shares.current()
        if not share.allows(self._of[share.caller] + 1, self._permits - self._inside):
            said = f"{self._of[share.caller]} calls of this caller are being worked on, its share of them"
            raise QueueFull(said, retry_seconds=1.0, cause="share")
        self._inside += 1
        self._of[share.caller] += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            self._of[share.caller] -= 1
            if not self._inside:
                self._empty.set()

    async def unless_draining(self, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` waits for. Raises NotReady as soon as draining begins, and waits no more."""
        if not self._draining.is_set():
            reading, draining = asyncio.ensure_future(read()), asyncio.create_task(self._draining.wait())
            try:
                await asyncio.wait((reading, draining), return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    return reading.result()
            finally:
                reading.cancel()
                draining.cancel()
        raise NotReady("the server is shutting down and reads no more of this stream", 1.0, "draining")

    async def wait_until_empty(self, seconds: float) -> bool:
        """Whether all calls inside have ended within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True
