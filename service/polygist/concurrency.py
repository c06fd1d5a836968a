"""Running many coroutines as one."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def gather(coroutines: Iterable[Coroutine[Any, Any, T]], window: asyncio.Semaphore | None = None) -> list[T]:
    """Results in order. The first error ends the others and is raised as it is.

    With a `window` (which several gathers may share) a coroutine is only made when there is room for it.
    """
    tasks: list[asyncio.Task[T]] = []
    try:
        async with asyncio.TaskGroup() as group:
            waiting = iter(coroutines)
            while True:
                if window:
                    await window.acquire()
                coroutine = next(waiting, None)
                if coroutine is None:
                    break
                tasks.append(group.create_task(coroutine))
                if window:
                    tasks[-1].add_done_callback(lambda _: window.release())
            if window:
                window.release()
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors.exceptions[0].__cause__
    return [task.result() for task in tasks]
