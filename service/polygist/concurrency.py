"""Running many coroutines as one, and work that would hold up the event loop in threads."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, nullcontext, suppress
from contextvars import Context, copy_context
from itertools import chain, islice
from typing import Any, TypeVar

from polygist import shares
from polygist.types import Priority

T = TypeVar("T")


class Turns:
    """So many places, which callers get in turn. Used on the event loop only."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def acquire(self) -> None:
        """Wait for a place."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(shares.current().caller, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it has just got its place
                self.release()
            raise

    def release(self) -> None:
        """Give the place to who is next, and put that caller behind the others."""
        while self._waiting:
            caller, line = next(iter(self._waiting.items()))
            turn = line.popleft()
            if turn.done() and line:  # its caller has left, the next one is in its place
                continue
            del self._waiting[caller]
            if line:
                self._waiting[caller] = line
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Threads:
    """`n` threads, which callers get in turn, and of which bulk work leaves one free where there is more than one."""

    def __init__(self, n: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(n, name)
        self._places, self._bulk = Turns(n), Turns(max(1, n - 1))

    async def run(self, priority: Priority, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns; it has the caller's context. Cancelling does not end one that has begun."""
        held = [self._bulk, self._places] if priority is Priority.BULK else [self._places]
        loop, work = asyncio.get_running_loop(), await self._begun(held, function, *arguments)

        def done(_: object) -> None:
            with suppress(RuntimeError):  # the loop has ended
                for turns in held:
                    loop.call_soon_threadsafe(turns.release)

        work.add_done_callback(done)  # of the work itself: who waits for it may leave before its end
        return await asyncio.wrap_future(work)

    async def _begun(self, held: Iterable[Turns], function: Callable[..., T], *arguments: object) -> Future[T]:
        async with AsyncExitStack() as stack:
            for turns in held:
                await turns.acquire()
                stack.callback(turns.release)
            work = self._pool.submit(copy_context().run, function, *arguments)
            stack.pop_all()
        return work

    async def close(self) -> None:
        """Wait for what has begun, off the loop: one thread may be busy for seconds with what nobody waits for."""
        await asyncio.to_thread(self._pool.shutdown)


class Stop:
    """Ends a long function in a thread when the block that waits for it ends, by an error or a cancelled call."""

    def __init__(self) -> None:
        self._set = False

    def __enter__(self) -> "Stop":
        return self

    def __exit__(self, *_: object) -> None:
        self._set = True

    def check(self) -> None:
        """Called by the function between its steps. Raises CancelledError where nobody waits any more."""
        if self._set:
            raise CancelledError


async def gather(coroutines: Iterable[Coroutine[Any, Any, T]], window: asyncio.Semaphore | None = None) -> list[T]:
    """Results in order. The first error ends the others and is raised as it is.

    With a `window` (which several gathers may share) a coroutine is only begun when there is room for it, and only the
    first two are made before.
    """
    waiting = iter(coroutines)
    ahead = list(islice(waiting, 2))
    try:
        if len(ahead) < 2:  # one alone needs no task
            async with window or nullcontext():
                return [await one for one in ahead]
        return await _gathered(chain(ahead, waiting), window)
    finally:
        for one in ahead:
            one.close()  # where it was not begun


async def _gathered(waiting: Iterator[Coroutine[Any, Any, T]], window: asyncio.Semaphore | None) -> list[T]:
    tasks: list[asyncio.Task[T]] = []
    try:
        async with asyncio.TaskGroup() as group:
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


def apart(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task for many callers: nothing of the one who starts it, such as its id in the log, is that task's."""
    return asyncio.create_task(coroutine, context=Context())


async def completed(coroutines: Iterable[Coroutine[Any, Any, T]]) -> AsyncGenerator[T, None]:
    """Results as they are ready. Leaving early ends the others."""
    tasks = [asyncio.create_task(c) for c in coroutines]
    try:
        for next_done in asyncio.as_completed(tasks):
            yield await next_done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
