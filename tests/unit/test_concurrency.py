"""Threads that bulk work leaves room in."""

import asyncio
import threading
from contextlib import suppress

from polygist.concurrency import Threads
from polygist.types import Priority


async def test_bulk_leaves_a_thread_free_also_when_its_callers_leave() -> None:
    threads, go = Threads(2, "test"), threading.Event()
    begun: list[int] = []

    def work(n: int) -> int:
        begun.append(n)
        assert go.wait(20)
        return n

    bulk = [asyncio.create_task(threads.run(Priority.BULK, work, n)) for n in range(5)]
    async with asyncio.timeout(20):
        while not begun:  # noqa: ASYNC110  # a thread tells nobody
            await asyncio.sleep(0.005)
        # What has begun goes on when nobody waits for it any more, and holds its place.
        bulk[0].cancel()
        with suppress(asyncio.CancelledError):
            await bulk[0]
        assert await threads.run(Priority.INTERACTIVE, sum, [1, 2]) == 3
        assert begun == [0]
        go.set()
        assert await asyncio.gather(*bulk[1:]) == [1, 2, 3, 4]
        await threads.close()


async def test_one_thread_serves_both() -> None:
    threads = Threads(1, "test")
    async with asyncio.timeout(20):
        assert await threads.run(Priority.BULK, sum, [1]) + await threads.run(Priority.INTERACTIVE, sum, [2]) == 3
    await threads.close()
