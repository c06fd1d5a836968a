"""Threads that bulk work leaves room in."""

import asyncio
import threading
from contextlib import aclosing, suppress

from polygist.concurrency import Stop, Threads, completed
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


async def test_a_function_in_a_thread_ends_when_its_caller_has_left() -> None:
    threads, begun, ended = Threads(1, "test"), threading.Event(), threading.Event()

    def work(stop: Stop) -> None:
        begun.set()
        try:
            while True:
                stop.check()
        finally:
            ended.set()

    async def call() -> None:
        with Stop() as stop:
            await threads.run(Priority.INTERACTIVE, work, stop)

    async with asyncio.timeout(20):
        task = asyncio.create_task(call())
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(ended.wait, 20)
        await threads.close()


async def test_results_come_as_they_are_ready_and_leaving_early_ends_the_others() -> None:
    never, ended = asyncio.Event(), list[str]()

    async def slow() -> str:
        try:
            await never.wait()
        finally:
            ended.append("slow")
        return "slow"

    async def fast() -> str:
        return "fast"

    async with aclosing(completed([slow(), fast()])) as results:
        assert await anext(results) == "fast"
    assert ended == ["slow"]
