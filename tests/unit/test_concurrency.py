"""Threads that bulk work leaves room in, and coroutines that run as one."""

import asyncio
import inspect
import threading
from collections.abc import Coroutine, Iterator
from contextlib import aclosing, suppress
from contextvars import ContextVar

import pytest

from polygist import shares
from polygist.concurrency import Stop, Threads, Turns, apart, completed, gather
from polygist.shares import Share
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


async def _said(n: int) -> int:
    await asyncio.sleep(0)
    if n < 0:
        raise ValueError(str(n))
    return n


@pytest.mark.parametrize("number", [0, 1, 2, 9])
@pytest.mark.parametrize("room", [0, 1, 3])
async def test_results_are_in_order_however_many(number: int, room: int) -> None:
    window = asyncio.Semaphore(room) if room else None
    assert await gather((_said(n) for n in range(number)), window) == list(range(number))
    assert window is None or window._value == room


@pytest.mark.parametrize("numbers", [(-1,), (1, -1), (1, 2, 3, -1, 4)])
async def test_an_error_is_raised_as_it_is_and_leaves_the_window_open(numbers: tuple[int, ...]) -> None:
    window = asyncio.Semaphore(2)
    with pytest.raises(ValueError, match="-1"):
        await gather(map(_said, numbers), window)
    assert window._value == 2


@pytest.mark.parametrize("number", [1, 2, 5])
async def test_what_finds_no_room_is_not_begun_and_ends_with_its_caller(number: int) -> None:
    window, made = asyncio.Semaphore(0), list[Coroutine[None, None, int]]()

    def coroutines() -> Iterator[Coroutine[None, None, int]]:
        for n in range(number):
            made.append(_said(n))
            yield made[-1]

    task = asyncio.create_task(gather(coroutines(), window))
    await asyncio.sleep(0.01)
    assert not task.done()
    assert len(made) <= 2
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all(inspect.getcoroutinestate(one) == inspect.CORO_CLOSED for one in made)


async def test_a_task_for_many_has_nothing_of_who_starts_it() -> None:
    mine = ContextVar("mine", default="")
    mine.set("request-1")

    async def seen() -> str:
        return mine.get()

    assert await apart(seen()) == ""
    assert await asyncio.create_task(seen()) == "request-1"


async def test_callers_get_places_in_turn_and_who_leaves_keeps_none() -> None:
    turns, order = Turns(1), list[str]()

    async def work(caller: str, n: int) -> None:
        shares.begin(Share(caller))
        await turns.acquire()
        order.append(f"{caller}{n}")
        await asyncio.sleep(0)
        turns.release()

    await turns.acquire()
    names = [*(("a", n) for n in range(6)), ("b", 0), ("c", 0), ("b", 1)]
    tasks = [asyncio.create_task(work(*name)) for name in names]
    await asyncio.sleep(0)
    tasks[1].cancel()
    turns.release()
    await asyncio.sleep(0)
    assert order == ["a0"]
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [i for i, result in enumerate(done) if result] == [1]
    assert order[1:4] == ["b0", "c0", "a2"]
    assert sorted(order) == sorted(f"{caller}{n}" for caller, n in names if (caller, n) != ("a", 1))
    async with asyncio.timeout(5):
        await turns.acquire()


async def test_a_place_that_came_as_its_caller_left_goes_to_the_next() -> None:
    turns = Turns(1)
    await turns.acquire()
    leaving, next_one = asyncio.create_task(turns.acquire()), asyncio.create_task(turns.acquire())
    await asyncio.sleep(0)
    turns.release()
    leaving.cancel()
    with suppress(asyncio.CancelledError):
        await leaving
    async with asyncio.timeout(5):
        await next_one
    assert leaving.cancelled()
    assert next_one.done()
