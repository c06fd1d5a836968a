"""An engine that rows can't join is halted when nobody waits any more, and not before."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress

from polygist.engines.base import GREEDY, Ended, Halt, Hypothesis, Row
from polygist.engines.scheduler import Job, Limits, Scheduler
from polygist.types import ModelInfo, Priority
from tests.unit.engines.test_scheduler import Log


class Steps:
    """Goes a step at a time, when it is let, and asks whether to halt after each."""

    info = ModelInfo("steps", "1", "", "", (), "", "")
    joins, spare = False, 0

    def __init__(self) -> None:
        self.permits, self.halted, self.began = threading.Semaphore(0), threading.Event(), threading.Event()
        self.dropped = 0

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        self.began.set()
        for _ in range(4):
            assert self.permits.acquire(timeout=30)
            if halt():
                self.halted.set()
                return
        for row in rows:
            ended(row, Hypothesis((1,), True, 0.0))

    def drop(self, rows: Sequence[Row]) -> None:
        self.dropped += len(rows)

    def close(self) -> None: ...


def job(n: int) -> Job:
    return Job((n,), 5, GREEDY, None, Priority.INTERACTIVE)


async def test_halted_when_all_have_gone() -> None:
    engine = Steps()
    scheduler = Scheduler([engine], [lambda: engine], Limits(8, 1000, 100, 10_000), Log())
    first, second = (asyncio.create_task(scheduler.submit(job(n))) for n in (1, 2))
    await asyncio.to_thread(engine.began.wait, 30)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    # Others that wait, and one that has gone, are no reason.
    third = asyncio.create_task(scheduler.submit(job(3)))
    engine.permits.release(4)
    assert (await second).hypothesis.tokens == (1,)
    assert not engine.halted.is_set()
    engine.permits.release(4)
    assert (await third).hypothesis.tokens == (1,)
    engine.began.clear()
    fourth = asyncio.create_task(scheduler.submit(job(4)))
    await asyncio.to_thread(engine.began.wait, 30)
    fourth.cancel()
    with suppress(asyncio.CancelledError):
        await fourth
    engine.permits.release()
    assert await asyncio.to_thread(engine.halted.wait, 30)
    engine.permits.release(100)
    await scheduler.close(5)
    assert engine.dropped == 1
