"""The scheduler over a small engine that echoes its prompts."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from polygist.engines.base import GREEDY, Decoding, Hypothesis
from polygist.engines.scheduler import Completion, Job, Scheduler
from polygist.errors import DeadlineExceeded, EngineFailed, NotReady, PolygistError, QueueFull
from polygist.types import ModelInfo

BROKEN = 1000
LIMITS = {"max_batch_tokens": 1000, "max_batch_items": 8, "max_queue_tokens": 10_000, "max_queue_items": 100}


class EchoEngine:
    """Answers each prompt with itself, cut to its limit. Waits at `gate`; a prompt with BROKEN in it raises."""

    info = ModelInfo("echo", "0", "", "", (), "echo", "")

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.batches: list[list[tuple[int, ...]]] = []
        self.threads: set[int] = set()
        self.closed = False

    def generate(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: Sequence[int], decoding: Decoding
    ) -> list[Hypothesis]:
        self.threads.add(threading.get_ident())
        self.batches.append([tuple(p) for p in prompts])
        self.entered.set()
        assert self.gate.wait(20)
        if any(BROKEN in p for p in prompts):
            raise ValueError("broken")
        return [Hypothesis(tuple(p)[:n], len(p) <= n) for p, n in zip(prompts, max_new_tokens, strict=True)]

    def close(self) -> None:
        self.closed = True


class Log:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, int]] = []
        self.depth: list[tuple[int, int]] = []
        self.tokens: list[tuple[int, int]] = []
        self.reasons: list[str] = []

    def batch(self, items: int, tokens: int, seconds: float) -> None:
        self.batches.append((items, tokens))

    def queue(self, items: int, tokens: int) -> None:
        self.depth.append((items, tokens))

    def passed(self, input_tokens: int, output_tokens: int) -> None:
        self.tokens.append((input_tokens, output_tokens))

    def dropped(self, reason: str) -> None:
        self.reasons.append(reason)


def job(*prompt: int, deadline: float | None = None, decoding: Decoding = GREEDY) -> Job:
    return Job(prompt, 10, decoding, deadline)


@asynccontextmanager
async def running(engine: EchoEngine, log: Log | None = None, **limits: int) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(engine, observer=log, **{**LIMITS, **limits})
    try:
        yield scheduler
    finally:
        engine.gate.set()
        await scheduler.close(5)


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  # the state of a thread, and nothing to be told by
            await asyncio.sleep(0.002)


async def busy(engine: EchoEngine, scheduler: Scheduler) -> "asyncio.Task[Completion]":
    """The engine holds still over a first batch, so that what follows has to wait."""
    engine.gate.clear()
    task = asyncio.create_task(scheduler.submit(job(99)))
    await until(engine.entered.is_set)
    return task


async def test_result_and_its_account() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        done = await scheduler.submit(job(1, 2, 3))
    assert done.hypothesis == Hypothesis((1, 2, 3), True)
    assert (done.input_tokens, done.output_tokens) == (3, 3)
    assert done.queue_seconds >= 0
    assert done.inference_seconds >= 0
    assert log.batches == [(1, 13)]
    assert log.tokens == [(3, 3)]
    assert log.depth == [(1, 13), (0, 0)]
    assert engine.closed


async def test_callers_share_batches_and_one_thread() -> None:
    engine = EchoEngine()
    async with running(engine) as scheduler:
        first = await busy(engine, scheduler)
        rest = [asyncio.create_task(scheduler.submit(job(n, n))) for n in range(20, 40)]
        await asyncio.sleep(0)
        engine.gate.set()
        results = await asyncio.gather(first, *rest)
    assert [r.hypothesis.tokens for r in results[1:]] == [(n, n) for n in range(20, 40)]
    assert [len(b) for b in engine.batches] == [1, 8, 8, 4]
    assert len(engine.threads) == 1
    assert threading.get_ident() not in engine.threads


async def test_segments_of_one_request_meet_in_an_idle_engine() -> None:
    engine = EchoEngine()
    async with running(engine) as scheduler:
        await asyncio.gather(*(scheduler.submit(job(n + 20)) for n in range(8)))
    assert len(engine.batches) == 1


async def test_oldest_goes_first_even_if_others_fill_batches() -> None:
    engine = EchoEngine()
    async with running(engine) as scheduler:
        tasks = [await busy(engine, scheduler)]
        lonely = job(*[7] * 60)
        tasks += [_submit(scheduler, j) for j in (job(1), lonely, *(job(n) for n in range(20, 40)))]
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(*tasks)
    assert lonely.prompt in engine.batches[2]


async def test_decodings_do_not_mix() -> None:
    engine = EchoEngine()
    async with running(engine) as scheduler:
        first = await busy(engine, scheduler)
        beam = Decoding(beam_size=4)
        tasks = [asyncio.create_task(scheduler.submit(job(n, decoding=d))) for n in (1, 2) for d in (GREEDY, beam)]
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(first, *tasks)
    assert engine.batches[1:] == [[(1,), (2,)], [(1,), (2,)]]


async def test_identical_jobs_are_computed_once() -> None:
    engine = EchoEngine()
    async with running(engine) as scheduler:
        first = await busy(engine, scheduler)
        twins = [asyncio.create_task(scheduler.submit(job(99))), *(_submit(scheduler, job(5)) for _ in range(3))]
        await asyncio.sleep(0)
        engine.gate.set()
        results = await asyncio.gather(first, *twins)
    assert engine.batches == [[(99,)], [(5,)]]
    assert [r.hypothesis.tokens for r in results] == [(99,), (99,), (5,), (5,), (5,)]


def _submit(scheduler: Scheduler, what: Job) -> "asyncio.Task[Completion]":
    return asyncio.create_task(scheduler.submit(what))


@pytest.mark.parametrize("limits", [{"max_queue_items": 2}, {"max_queue_tokens": 22}])
async def test_full_queue_refuses_at_once(limits: dict[str, int]) -> None:
    engine = EchoEngine()
    async with running(engine, **limits) as scheduler:
        tasks = [await busy(engine, scheduler), _submit(scheduler, job(1)), _submit(scheduler, job(2))]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull) as refused:
            await scheduler.submit(job(3))
        assert 0 < refused.value.retry_seconds <= 60
        engine.gate.set()
        assert len(await asyncio.gather(*tasks)) == 3
        assert (await scheduler.submit(job(3))).hypothesis.tokens == (3,)


async def test_retry_follows_the_observed_rate() -> None:
    engine = EchoEngine()
    async with running(engine, max_queue_items=1) as scheduler:
        first = await busy(engine, scheduler)
        await asyncio.sleep(0.3)
        engine.gate.set()
        await first  # 11 tokens in 0.3 s or more
        engine.entered.clear()
        again = await busy(engine, scheduler)
        waiting = _submit(scheduler, job(*range(20, 120)))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull) as refused:
            await scheduler.submit(job(1))
        assert refused.value.retry_seconds >= 110 / (11 / 0.3)
        engine.gate.set()
        await asyncio.gather(again, waiting)


async def test_one_job_larger_than_the_queue_is_taken_when_it_is_empty() -> None:
    async with running(EchoEngine(), max_queue_tokens=5, max_batch_tokens=5) as scheduler:
        assert (await scheduler.submit(job(*range(20, 40)))).hypothesis.tokens == tuple(range(20, 30))


async def test_deadline_passed_before() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        with pytest.raises(DeadlineExceeded):
            await scheduler.submit(job(1, deadline=time.monotonic() - 1))
    assert engine.batches == []
    assert log.reasons == ["deadline"]


async def test_deadline_passes_in_the_queue_and_costs_nothing() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        first = await busy(engine, scheduler)
        with pytest.raises(DeadlineExceeded):
            await scheduler.submit(job(1, deadline=time.monotonic() + 0.05))
        engine.gate.set()
        await first
    assert engine.batches == [[(99,)]]
    assert log.reasons == ["deadline"]
    assert log.depth[-1] == (0, 0)


async def test_deadline_passes_while_the_engine_works() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        engine.gate.clear()
        with pytest.raises(DeadlineExceeded):
            await scheduler.submit(job(1, deadline=time.monotonic() + 0.1))
        engine.gate.set()
        assert (await scheduler.submit(job(2))).hypothesis.tokens == (2,)
    assert log.reasons == []


async def test_worker_drops_what_expired_while_the_loop_was_held() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        first = await busy(engine, scheduler)
        late = _submit(scheduler, job(1, deadline=time.monotonic() + 0.05))
        await asyncio.sleep(0)
        time.sleep(0.1)  # noqa: ASYNC251  # no timer of the loop can run, so the worker has to see it
        engine.gate.set()
        with pytest.raises(DeadlineExceeded):
            await late
        await first
    assert engine.batches == [[(99,)]]
    assert log.reasons == ["deadline"]


async def test_cancelled_caller_leaves_the_queue() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        first = await busy(engine, scheduler)
        gone, stays = _submit(scheduler, job(1)), _submit(scheduler, job(1))
        away = _submit(scheduler, job(2))
        await asyncio.sleep(0)
        gone.cancel()
        away.cancel()
        await until(lambda: gone.done() and away.done())
        engine.gate.set()
        assert (await stays).hypothesis.tokens == (1,)
        await first
    assert engine.batches == [[(99,)], [(1,)]]
    assert log.reasons == ["cancelled"]


async def test_broken_batch_fails_only_its_own() -> None:
    engine = EchoEngine()
    async with running(engine, max_batch_items=2) as scheduler:
        tasks = [await busy(engine, scheduler), *(_submit(scheduler, job(n)) for n in (BROKEN, 1, 2, 3))]
        await asyncio.sleep(0)
        engine.gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [r for r in results if isinstance(r, PolygistError)]
    assert [type(r) for r in failed] == [EngineFailed, EngineFailed]
    assert isinstance(failed[0].__cause__, ValueError)
    assert [r.hypothesis.tokens for r in results if isinstance(r, Completion)] == [(99,), (2,), (3,)]


async def test_broken_observer_leaves_nobody_waiting() -> None:
    engine, log = EchoEngine(), Log()
    log.batch = None  # type: ignore[assignment, method-assign]  # calling it raises TypeError
    async with running(engine, log) as scheduler:
        with pytest.raises(EngineFailed):
            await scheduler.submit(job(1))


async def test_event_loop_stays_free_while_the_engine_works() -> None:
    engine = EchoEngine()
    async with running(engine) as scheduler:
        first = await busy(engine, scheduler)
        tasks = [_submit(scheduler, job(n, n)) for n in range(50)]
        for _ in range(20):
            await asyncio.sleep(0)
        assert not first.done()
        engine.gate.set()
        assert len(await asyncio.gather(first, *tasks)) == 51


async def test_close_finishes_what_waits() -> None:
    engine = EchoEngine()
    scheduler = Scheduler(engine, **LIMITS)
    tasks = [await busy(engine, scheduler), *(_submit(scheduler, job(n)) for n in range(1, 6))]
    await asyncio.sleep(0)
    closing = asyncio.create_task(scheduler.close(10))
    await asyncio.sleep(0.01)
    with pytest.raises(NotReady):
        await scheduler.submit(job(50))
    engine.gate.set()
    await closing
    assert len(await asyncio.gather(*tasks)) == 6
    assert engine.closed


async def test_close_fails_what_does_not_fit_the_grace() -> None:
    engine, log = EchoEngine(), Log()
    scheduler = Scheduler(engine, observer=log, **LIMITS)
    first, waiting = await busy(engine, scheduler), _submit(scheduler, job(1))
    await asyncio.sleep(0)
    closing = asyncio.create_task(scheduler.close(0.05))
    with pytest.raises(NotReady):
        await waiting
    engine.gate.set()
    await closing
    assert (await first).hypothesis.tokens == (99,)
    assert engine.closed
    assert engine.batches == [[(99,)]]
    await scheduler.close(1)  # a second time does nothing
