"""The pipeline in force, and how another takes its place while calls go on."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

from polygist.errors import NotReady
from polygist.pipeline.pipeline import Pipeline


class _Held:
    """An opened pipeline and the number of its users."""

    def __init__(self, pipeline: Pipeline, context: AbstractAsyncContextManager[Pipeline]) -> None:
        self.pipeline, self.context = pipeline, context
        self.users = 0
        self.unused = asyncio.Event()
        self.unused.set()


class Live:
    """Each call uses the pipeline that was in force when it began, to its end. Used on the event loop only."""

    def __init__(self) -> None:
        self._held: _Held | None = None
        self._retiring: dict[asyncio.Task[None], _Held] = {}

    @contextmanager
    def use(self) -> Iterator[Pipeline]:
        """The pipeline in force, which stays open meanwhile. Raises NotReady where there is none."""
        held = self._held
        if held is None:
            raise NotReady("no model is loaded", retry_seconds=1.0, cause="loading")
        held.users += 1
        held.unused.clear()
        try:
            yield held.pipeline
        finally:
            held.users -= 1
            if not held.users:
                held.unused.set()

    async def replace(self, context: AbstractAsyncContextManager[Pipeline]) -> None:
        """Open a pipeline and let it take over; the one before is closed when the last call on it has ended.

        Raises what opening raises; the one in force goes on then.
        """
        new = _Held(await context.__aenter__(), context)
        old, self._held = self._held, new
        if old is not None:
            task = asyncio.create_task(self._retire(old))
            self._retiring[task] = old
            task.add_done_callback(self._retiring.pop)

    async def _retire(self, held: _Held) -> None:
        await held.unused.wait()
        await _close(held)

    async def close(self) -> None:
        """Close the pipeline in force and those that end their last calls; calls still on them fail."""
        left = list(self._retiring.values())
        for held in left:
            held.unused.set()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        old, self._held = self._held, None
        if old is not None:
            await _close(old)


async def _close(held: _Held) -> Any:
    return await held.context.__aexit__(None, None, None)
