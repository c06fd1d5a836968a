"""The scheduler over small engines that echo their prompts: one that pads and one that rows join."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from polygist import progress
from polygist.engines.base import GREEDY, Decoding, Ended, Engine, Halt, Hypothesis, Row
from polygist.engines.queue import PATIENCE
from polygist.engines.scheduler import Completion, Job, Limits, Scheduler
from polygist.errors import DeadlineExceeded, EngineDied, EngineFailed, NotReady, OutOfMemory, PolygistError, QueueFull
from polygist.progress import Way
from polygist.shares import EVERYBODY, Share
from polygist.types import ModelInfo, Priority

BROKEN = 1000
LIMITS = {"batch_tokens": 1000, "batch_items": 8, "queue_tokens": 10_000, "queue_items": 100}
INFO = ModelInfo("echo", "0", "", "", (), "echo", "")
BULK = Priority.BULK


class EchoEngine:
    """Answers each prompt with itself, cut to its limit. Waits at `gate`; a prompt with BROKEN in it raises."""

    info, joins, spare = INFO, False, 0

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.batches: list[list[tuple[int, ...]]] = []
        self.threads: set[int] = set()
        self.closed = False
        # Raised for every batch of more than so many rows.
        self.error: Exception | None = None
        self.most = 0

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        self.threads.add(threading.get_ident())
        self.batches.append([tuple(r.prompt) for r in rows])
        self.entered.set()
        assert self.gate.wait(20)
        if self.error and len(rows) > self.most:
            raise self.error
        if any(BROKEN in r.prompt for r in rows):
            raise ValueError("broken")
        for row in rows:
            ended(row, Hypothesis(tuple(row.prompt)[: row.max_new_tokens], len(row.prompt) <= row.max_new_tokens, 0.0))

    def drop(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None:
        self.closed = True


class StepEngine(EchoEngine):
    """Says a token of each prompt in a step, and takes a step when a test allows it one. Works on `at_once` rows.

    As an engine in a process of its own, it asks whether to halt when a run begins, when a row has ended and when it is
    told to, and not at other times.
    """

    joins = True

    def __init__(self, at_once: int = 1000, spare: int = 0) -> None:
        super().__init__()
        self.at_once, self.spare = at_once, spare
        self.runs: list[int] = []
        self.steps = threading.Semaphore(0)
        self.seen: list[list[tuple[int, ...]]] = []
        self.dropped: list[tuple[int, ...]] = []
        self.asked = threading.Event()

    def ask(self) -> None:
        self.asked.set()

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        left = list(rows)
        self.runs.append(len(left))
        self.asked.set()
        while left:
            self.entered.set()
            assert self.steps.acquire(timeout=20)
            now = left[: self.at_once]
            self.seen.append([tuple(r.prompt) for r in now])
            for row in now:
                row.generated.append(row.prompt[len(row.generated)])
                if len(row.generated) == min(len(row.prompt), row.max_new_tokens):
                    left.remove(row)
                    ended(row, Hypothesis(tuple(row.generated), True, 0.0))
                    self.asked.set()
            if self.asked.is_set():
                self.asked.clear()
                if halt():
                    return

    def drop(self, rows: Sequence[Row]) -> None:
        self.dropped += [tuple(r.prompt) for r in rows]

    async def step(self) -> None:
        """One step, and until it is taken."""
        taken = len(self.seen)
        self.steps.release()
        await until(lambda: len(self.seen) > taken)


class Log:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, int]] = []
        self.depth: list[tuple[int, int]] = []
        self.tokens: list[tuple[int, int]] = []
        self.reasons: list[str] = []
        self.failures: list[str] = []
        self.states: list[bool] = []
        self.stages: list[str] = []
        self.oldest: Callable[[Priority], float | None] = lambda _: None
        self.pids: list[list[int]] = []
        self.twins = self.restarts = 0

    def batch(self, rows: int, tokens: int, padding: int, seconds: float) -> None:
        self.batches.append((rows, tokens))

    def queue(self, priority: Priority, items: int, tokens: int) -> None:
        if priority is Priority.INTERACTIVE:
            self.depth.append((items, tokens))

    def ages(self, oldest: Callable[[Priority], float | None]) -> None:
        self.oldest = oldest

    def passed(self, input_tokens: int, output_tokens: int) -> None:
        self.tokens.append((input_tokens, output_tokens))

    def dropped(self, reason: str, stage: str) -> None:
        self.reasons.append(reason)
        self.stages.append(stage)

    def coalesced(self) -> None:
        self.twins += 1

    def failed(self, kind: str) -> None:
        self.failures.append(kind)

    def restarted(self) -> None:
        self.restarts += 1

    def processes(self, pids: Sequence[int]) -> None:
        self.pids.append(list(pids))

    def serving(self, serves: bool) -> None:
        self.states.append(serves)


def job(
    *prompt: int,
    deadline: float | None = None,
    decoding: Decoding = GREEDY,
    priority: Priority = Priority.INTERACTIVE,
    share: Share = EVERYBODY,
) -> Job:
    return Job(prompt, 10, decoding, deadline, priority, share=share)


def make(
    engine: EchoEngine, log: Log | None = None, load: Callable[[], Engine] | None = None, **limits: int
) -> Scheduler:
    def none() -> Engine:
        raise AssertionError("no engine was to be loaded")

    return Scheduler([engine], [load or none], Limits(**{**LIMITS, **limits}), log or Log())


@asynccontextmanager
async def running(
    engine: EchoEngine, log: Log | None = None, load: Callable[[], Engine] | None = None, **limits: int
) -> AsyncIterator[Scheduler]:
    scheduler = make(engine, log, load, **limits)
    try:
        yield scheduler
    finally:
        engine.gate.set()
        if isinstance(engine, StepEngine):
            engine.steps.release(10_000)
        await scheduler.close(5)


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  # the state of a thread, and nothing to be told by
            await asyncio.sleep(0.002)


async def busy(engine: EchoEngine, scheduler: Scheduler, decoding: Decoding = GREEDY) -> "asyncio.Task[Completion]":
    """The engine holds still over a first batch, so that what follows has to wait."""
    engine.gate.clear()
    task = asyncio.create_task(scheduler.submit(job(99, decoding=decoding)))
    await until(engine.entered.is_set)
    return task


async def test_result_and_its_account() -> None:
    engine, log, held_seconds = EchoEngine(), Log(), 0.3
    start = time.monotonic()
    async with running(engine, log) as scheduler:
        first = await busy(engine, scheduler)
        second = _submit(scheduler, job(1, 2, 3))
        await asyncio.sleep(held_seconds)
        engine.gate.set()
        before, done = await asyncio.gather(first, second)
    rest_seconds = time.monotonic() - start - held_seconds
    assert done.hypothesis == Hypothesis((1, 2, 3), True, 0.0)
    assert (done.input_tokens, done.output_tokens) == (3, 3)
    # The engine held still over the first, and the second waited for it meanwhile.
    assert 0 <= before.queue_seconds <= rest_seconds
    assert 0 <= before.inference_seconds - held_seconds <= rest_seconds
    assert 0 <= done.queue_seconds - held_seconds <= rest_seconds
    assert 0 <= done.inference_seconds <= rest_seconds
    assert log.batches == [(1, 11), (1, 13)]
    assert log.tokens == [(1, 1), (3, 3)]
    assert log.depth[:4] == [(1, 11), (0, 0), (1, 13), (0, 0)]
    assert log.reasons == log.failures == log.states == []
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


@pytest.mark.parametrize("limits", [{"queue_items": 2}, {"queue_tokens": 22}])
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


@pytest.mark.parametrize("beams", [1, 4])
async def test_retry_follows_the_observed_rate(beams: int) -> None:
    engine = EchoEngine()
    async with running(engine, queue_items=1, batch_items=beams) as scheduler:
        begun = time.monotonic()
        first = await busy(engine, scheduler, Decoding(beams))
        await asyncio.sleep(0.3)
        engine.gate.set()
        await first  # 11 tokens in 0.3 s or more, by an engine that was full
        engine.entered.clear()
        again = await busy(engine, scheduler, Decoding(beams))
        most = time.monotonic() - begun  # by now the scheduler has seen the end of the first
        waiting = _submit(scheduler, job(*range(20, 120)))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull) as refused:
            await scheduler.submit(job(1))
        # A tenth of 110 tokens at 11 tokens in that time; nothing known would be a second.
        assert 0.3 <= refused.value.retry_seconds <= most
        engine.gate.set()
        await asyncio.gather(again, waiting)


async def test_one_job_larger_than_the_queue_is_taken_when_it_is_empty() -> None:
    async with running(EchoEngine(), queue_tokens=5, batch_tokens=5) as scheduler:
        assert (await scheduler.submit(job(*range(20, 40)))).hypothesis.tokens == tuple(range(20, 30))


async def test_deadline_passed_before() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        with pytest.raises(DeadlineExceeded):
            await scheduler.submit(job(1, deadline=time.monotonic() - 1))
        await scheduler.submit(job(2))
    assert engine.batches == [[(2,)]]
    assert log.reasons == ["deadline"]


async def test_deadline_that_cannot_be_met_is_refused_at_once() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log, batch_items=1) as scheduler:
        first = await busy(engine, scheduler)
        await asyncio.sleep(0.5)
        engine.gate.set()
        await first  # 11 tokens in 0.5 s or more: a rate of 22 tokens/s at most
        engine.entered.clear()
        again = await busy(engine, scheduler)
        waiting = _submit(scheduler, job(*range(20, 120)))
        await asyncio.sleep(0)
        begun = time.monotonic()
        with pytest.raises(DeadlineExceeded, match="can't be met"):
            await scheduler.submit(job(1, deadline=begun + 1.5))
        bulk = job(2, deadline=begun + 1000, priority=BULK)
        hopeful = _submit(scheduler, bulk)
        await asyncio.sleep(0)
        assert not hopeful.done()
        engine.gate.set()
        await asyncio.gather(again, waiting, hopeful)
    assert log.reasons == ["hopeless"]


async def test_few_rows_do_not_tell_how_long_many_take() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        alone = await busy(engine, scheduler)
        await asyncio.sleep(0.3)
        engine.gate.set()
        await alone
        await scheduler.rest()  # what it took is counted after its answer
        in_time = time.monotonic() + 5
        engine.entered.clear()
        engine.gate.clear()
        tasks = [_submit(scheduler, job(n, deadline=in_time)) for n in range(90)]
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(*tasks)
    assert log.reasons == []


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
    assert log.reasons == ["deadline"]


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
    assert log.reasons == ["cancelled", "cancelled"]
    assert log.stages == ["queue", "queue"]
    assert log.twins == 1


async def test_a_segment_is_given_up_where_it_is() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        first = await busy(engine, scheduler)
        behind = _submit(scheduler, job(1))
        await asyncio.sleep(0)
        for task in (first, behind):
            task.cancel()
            await until(task.done)
    assert log.stages == ["inference", "queue"]


async def test_a_segment_given_up_at_the_deadline_of_its_request_met_it() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        first = await busy(engine, scheduler)
        progress.begin(Way(0.01))  # that is nearly over: what follows in this task
        behind = _submit(scheduler, job(1))
        progress.begin(Way(60.0))
        other = _submit(scheduler, job(2))
        await asyncio.sleep(0)
        for task in (behind, other, first):
            task.cancel()
            await until(task.done)
    assert log.reasons == ["deadline", "cancelled", "cancelled"]


async def test_who_joins_later_is_told_its_own_time_only() -> None:
    engine = EchoEngine()
    async with running(engine) as scheduler:
        first = await busy(engine, scheduler)
        await asyncio.sleep(0.2)
        begun = scheduler.clock()
        twin = asyncio.create_task(scheduler.submit(job(99)))
        await asyncio.sleep(0)
        engine.gate.set()
        done, before = await twin, await first
        assert done.queue_seconds + done.inference_seconds <= scheduler.clock() - begun
    assert before.inference_seconds >= 0.2


async def test_since_when_the_first_has_waited() -> None:
    engine, log, now = EchoEngine(), Log(), 7.0
    scheduler = Scheduler([engine], [EchoEngine], Limits(**LIMITS), log, clock=lambda: now)
    try:
        first = await busy(engine, scheduler)
        tasks = [first]
        for now in (8.0, 9.0):  # the clock
            tasks.append(_submit(scheduler, job(int(now))))
            await asyncio.sleep(0)
        assert [log.oldest(priority) for priority in Priority] == [8.0, None]
        engine.gate.set()
        await asyncio.gather(*tasks)
    finally:
        await scheduler.close(5)
    assert log.oldest(Priority.INTERACTIVE) is None


async def test_poisonous_item_fails_alone() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log) as scheduler:
        tasks = [await busy(engine, scheduler), *(_submit(scheduler, job(n)) for n in (1, 2, BROKEN, 3, 4, 5, 6, 7))]
        await asyncio.sleep(0)
        engine.gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [r for r in results if isinstance(r, PolygistError)]
    assert [type(r) for r in failed] == [EngineFailed]
    assert isinstance(failed[0].__cause__, ValueError)
    assert [r.hypothesis.tokens[0] for r in results if isinstance(r, Completion)] == [99, 1, 2, 3, 4, 5, 6, 7]
    assert [len(b) for b in engine.batches] == [1, 8, 4, 2, 2, 1, 1, 4]
    assert log.failures == ["error", "error", "error", "error", "item"]
    assert log.states == []


async def test_short_memory_makes_batches_smaller_and_success_makes_them_grow() -> None:
    engine, log = EchoEngine(), Log()
    engine.error, engine.most = OutOfMemory("no room"), 2
    async with running(engine, log) as scheduler:
        tasks = [await busy(engine, scheduler), *(_submit(scheduler, job(n)) for n in range(1, 17))]
        await asyncio.sleep(0)
        engine.gate.set()
        assert len(await asyncio.gather(*tasks)) == 17
        sizes = [len(b) for b in engine.batches]
        assert max(sizes[sizes.index(8) + 2 :]) <= 4
        engine.error = None
        for n in range(20, 60):
            await scheduler.submit(job(n))
        engine.entered.clear()
        tasks = [await busy(engine, scheduler), *(_submit(scheduler, job(n)) for n in range(200, 208))]
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(*tasks)
    assert len(engine.batches[-1]) > 2
    assert set(log.failures) == {"memory"}


async def test_dead_engine_is_replaced_and_its_work_done_by_the_next() -> None:
    dead, fresh, log = EchoEngine(), EchoEngine(), Log()
    dead.error = EngineDied("gone")
    loads: list[int] = []

    def load() -> Engine:
        loads.append(1)
        if len(loads) == 1:
            raise EngineFailed("not yet")
        return fresh

    fresh.gate.clear()
    async with running(dead, log, load) as scheduler:
        waiting = _submit(scheduler, job(1))
        await until(lambda: log.states == [False])
        with pytest.raises(NotReady) as refused:
            await scheduler.submit(job(2))
        assert refused.value.retry_seconds > 0
        with pytest.raises(NotReady):
            await waiting  # the first attempt to load failed, so nobody knows when
        await until(lambda: log.states == [False, True])
        fresh.gate.set()
        assert (await scheduler.submit(job(3))).hypothesis.tokens == (3,)
    assert dead.closed
    assert "load" in log.failures
    assert log.restarts == 1


async def test_the_processes_of_engines_are_told() -> None:
    dead, fresh, log = EchoEngine(), EchoEngine(), Log()
    dead.pid, fresh.pid = 11, 12  # type: ignore[attr-defined]  # as engines in processes have
    dead.error = EngineDied("gone")
    async with running(dead, log, lambda: fresh) as scheduler:
        await scheduler.submit(job(1))
    assert log.pids == [[11], [12]]


async def test_engine_that_fails_at_everything_is_replaced() -> None:
    mad, fresh, log = EchoEngine(), EchoEngine(), Log()
    mad.error = ValueError("mad")
    async with running(mad, log, lambda: fresh) as scheduler:
        tasks = [await busy(mad, scheduler), *(_submit(scheduler, job(n)) for n in range(1, 9))]
        await asyncio.sleep(0)
        mad.gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [r for r in results if isinstance(r, EngineFailed)]
    assert len(failed) == 3
    assert sum(isinstance(r, Completion) for r in results) == 6
    assert log.states == [False, True]


async def test_item_that_engines_die_over_is_not_given_to_a_third() -> None:
    first, second, third = EchoEngine(), EchoEngine(), EchoEngine()
    first.error = second.error = EngineDied("gone")
    spare = iter((second, third))
    async with running(first, None, lambda: next(spare)) as scheduler:
        with pytest.raises(EngineFailed):
            await scheduler.submit(job(1))
        await until(lambda: scheduler._alive)
        assert (await scheduler.submit(job(2))).hypothesis.tokens == (2,)
    assert (first.batches, second.batches, third.batches) == ([[(1,)]], [[(1,)]], [[(2,)]])


@pytest.mark.parametrize("kind", [EchoEngine, StepEngine])
async def test_neighbours_of_an_item_that_kills_engines_are_answered(kind: type[EchoEngine]) -> None:
    class Mortal(kind):  # type: ignore[misc,valid-type]  # one of the two above
        """Dies at BROKEN, with all that it works on."""

        def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
            self.batches.append([tuple(r.prompt) for r in rows])
            self.entered.set()
            assert self.gate.wait(20)
            if any(BROKEN in r.prompt for r in rows):
                raise EngineDied("gone")
            for row in rows:
                ended(row, Hypothesis(tuple(row.prompt), True, 0.0))

    engines = [Mortal() for _ in range(3)]
    spare = iter(engines[1:])
    async with running(engines[0], None, lambda: next(spare)) as scheduler:
        tasks = [await busy(engines[0], scheduler)]
        tasks += [_submit(scheduler, job(n)) for n in (1, 2, BROKEN, 3, 4)]
        await asyncio.sleep(0)
        engines[0].gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(r, EngineFailed) for r in results] == [False, False, False, True, False, False]
    assert all(len(batch) == 1 for batch in engines[1].batches)
    assert engines[1].batches[-1] == [(BROKEN,)]
    assert sorted(p for batch in engines[2].batches for p in batch) == [(3,), (4,)]


async def test_busy_engine_that_pads_waits_a_little_for_those_it_answered() -> None:
    engine = EchoEngine()

    async def caller(scheduler: Scheduler, n: int) -> None:
        await scheduler.submit(job(n))
        await asyncio.sleep(0.001 * n)
        await scheduler.submit(job(10 + n))

    engine.gate.clear()
    async with running(engine) as scheduler:
        tasks = [asyncio.create_task(caller(scheduler, n)) for n in range(4)]
        await until(engine.entered.is_set)
        await asyncio.sleep(1)  # so long a batch is worth a wait of 10 ms
        engine.gate.set()
        await asyncio.gather(*tasks)
    assert [len(batch) for batch in engine.batches] == [4, 4]


async def test_broken_observer_leaves_nobody_waiting() -> None:
    engine, log = EchoEngine(), Log()
    log.passed = None  # type: ignore[assignment, method-assign]  # calling it raises TypeError
    async with running(engine, log, lambda: EchoEngine()) as scheduler:
        assert (await scheduler.submit(job(1))).hypothesis.tokens == (1,)
        assert (await scheduler.submit(job(2))).hypothesis.tokens == (2,)


async def test_the_death_of_a_worker_is_told_without_its_message(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(rows: int, tokens: int, padding: int, seconds: float) -> None:
        raise ValueError("Zyxwvut")

    hooked: list[object] = []
    monkeypatch.setattr(threading, "excepthook", hooked.append)
    log = Log()
    log.batch = broken  # type: ignore[method-assign]
    async with running(EchoEngine(), log) as scheduler:
        await scheduler.submit(job(1))
        await until(lambda: not any(worker.is_alive() for worker in scheduler._workers))
        with pytest.raises(NotReady):
            await scheduler.submit(job(2))
    assert hooked == []
    assert "a worker ended" in caplog.text
    assert "Zyxwvut" not in caplog.text.replace('raise ValueError("Zyxwvut")', "")


async def test_interactive_goes_first_and_bulk_is_not_starved() -> None:
    engine = EchoEngine()
    async with running(engine, batch_items=1) as scheduler:
        tasks = [await busy(engine, scheduler)]
        tasks += [_submit(scheduler, job(n, priority=BULK)) for n in (1, 2)]
        tasks += [_submit(scheduler, job(n)) for n in range(100, 130)]
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(*tasks)
    order = [b[0][0] for b in engine.batches[1:]]
    assert order[:8] == list(range(100, 108))
    assert (order.index(1), order.index(2)) == (8, 16)


async def test_twin_that_waits_for_it_moves_bulk_up() -> None:
    engine = EchoEngine()
    async with running(engine, batch_items=1) as scheduler:
        tasks = [await busy(engine, scheduler)]
        tasks += [_submit(scheduler, job(n, priority=BULK)) for n in (1, 2)]
        tasks += [_submit(scheduler, job(2))]
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(*tasks)
    assert engine.batches[1:] == [[(2,)], [(1,)]]


async def test_twin_of_bulk_that_stands_aside_brings_it_back() -> None:
    engine = StepEngine()
    async with running(engine, company=0) as scheduler:
        bulk = _submit(scheduler, job(*[1] * 6, priority=BULK))
        await until(engine.entered.is_set)
        urgent = _submit(scheduler, job(*[2] * 6))
        await asyncio.sleep(0.01)
        for _ in range(3):
            await engine.step()
        assert [[p[0] for p in step] for step in engine.seen] == [[1], [2], [2]]
        twin = _submit(scheduler, job(*[1] * 6))
        await asyncio.sleep(0.01)
        await engine.step()
        await engine.step()
        assert sorted(p[0] for p in engine.seen[-1]) == [1, 2]
        engine.steps.release(100)
        assert (await twin).hypothesis == (await bulk).hypothesis != (await urgent).hypothesis


async def test_bulk_leaves_room_in_the_queue() -> None:
    engine, log = EchoEngine(), Log()
    async with running(engine, log, queue_items=8) as scheduler:
        tasks = [await busy(engine, scheduler)]
        tasks += [_submit(scheduler, job(n, priority=BULK)) for n in range(6)]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await scheduler.submit(job(7, priority=BULK))
        tasks += [_submit(scheduler, job(n)) for n in (10, 11)]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await scheduler.submit(job(12))
        engine.gate.set()
        assert len(await asyncio.gather(*tasks)) == 9
    assert log.reasons == []


async def test_replicas_share_the_queue() -> None:
    first, second = EchoEngine(), EchoEngine()
    scheduler = Scheduler([first, second], [EchoEngine, EchoEngine], Limits(**{**LIMITS, "batch_items": 1}), Log())
    for engine in (first, second):
        engine.gate.clear()
    tasks = [_submit(scheduler, job(n)) for n in range(6)]
    await until(lambda: first.entered.is_set() and second.entered.is_set())
    first.gate.set()
    second.gate.set()
    await asyncio.gather(*tasks)
    await scheduler.close(5)
    assert sorted(b[0][0] for b in (*first.batches, *second.batches)) == list(range(6))
    assert first.closed
    assert second.closed


# Rows that join and leave between steps.


async def test_row_is_delivered_at_its_end_and_another_takes_its_place() -> None:
    engine = StepEngine()
    async with running(engine, batch_items=2) as scheduler:
        long, short = _submit(scheduler, job(1, 2, 3, 4, 5)), _submit(scheduler, job(6, 7))
        await until(engine.entered.is_set)
        await engine.step()
        third = _submit(scheduler, job(8, 9))
        await asyncio.sleep(0.01)
        await engine.step()
        assert (await short).hypothesis.tokens == (6, 7)
        assert not long.done()
        await engine.step()
        await engine.step()
        assert (await third).hypothesis.tokens == (8, 9)
        assert not long.done()
        await engine.step()
        assert (await long).hypothesis.tokens == (1, 2, 3, 4, 5)
    assert engine.seen[2] == [(1, 2, 3, 4, 5), (8, 9)]


async def test_bulk_stands_aside_and_goes_on_where_it_was() -> None:
    engine = StepEngine()
    async with running(engine, batch_items=3, company=2) as scheduler:
        bulk = [_submit(scheduler, job(n, n, n, n, priority=BULK)) for n in (1, 2, 3, 4)]
        await until(engine.entered.is_set)
        await engine.step()
        urgent = _submit(scheduler, job(9, 9))
        await asyncio.sleep(0.01)
        await engine.step()  # the one that was under way when it came
        await engine.step()
        await engine.step()
        assert (await urgent).hypothesis.tokens == (9, 9)
        engine.steps.release(100)
        results = await asyncio.gather(*bulk)
    assert [[p[0] for p in step] for step in engine.seen[:4]] == [[1, 2, 3], [1, 2, 3], [9, 1], [9, 1]]
    assert [r.hypothesis.tokens for r in results] == [(n,) * 4 for n in (1, 2, 3, 4)]
    assert sum(1 for step in engine.seen for p in step if p[0] == 2) == 4


class BeginsAgain(StepEngine):
    """What stood aside begins again, as rows with beams do."""

    def __init__(self) -> None:
        super().__init__()
        self.before: set[Row] = set()

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        for row in self.before - set(rows):
            row.generated.clear()
        self.before = set(rows)
        super().run(rows, ended, halt)


async def test_bulk_that_begins_again_after_every_call_gets_its_turn() -> None:
    engine = BeginsAgain()
    async with running(engine, company=0) as scheduler:
        bulk = _submit(scheduler, job(*[1] * 9, priority=BULK))
        await until(engine.entered.is_set)
        calls = 0
        while not bulk.done() and calls < 4 * PATIENCE:
            calls += 1
            urgent = _submit(scheduler, job(100 + calls))
            await asyncio.sleep(0.01)
            await engine.step()  # the one of the bulk that was under way when it came
            await engine.step()
            await urgent
    assert PATIENCE < calls < 4 * PATIENCE


async def test_rows_that_lie_ready_take_free_places_without_a_halt() -> None:
    engine, log = StepEngine(at_once=2, spare=2), Log()
    async with running(engine, log, batch_items=2) as scheduler:
        tasks = [_submit(scheduler, job(*[n] * length)) for n, length in enumerate((1, 4, 2, 1, 2))]
        await until(engine.entered.is_set)
        await engine.step()  # the place of 0 is free, and there are more who lie ready than a half of the spare
        await engine.step()
        await engine.step()
        assert engine.runs[0] == 4
        assert [[p[0] for p in step] for step in engine.seen] == [[0, 1], [1, 2], [1, 2]]
        engine.steps.release(100)
        await asyncio.gather(*tasks)
    assert engine.runs == [4, 3]
    assert [rows for rows, _ in log.batches] == [2, 2]


async def test_who_finds_no_room_halts_nothing() -> None:
    engine = StepEngine()
    async with running(engine, batch_items=2) as scheduler:
        tasks = [_submit(scheduler, job(*[n] * 4)) for n in (1, 2)]
        await until(engine.entered.is_set)
        for n in (3, 4):
            tasks.append(_submit(scheduler, job(*[n] * 4)))
            await asyncio.sleep(0.01)
            await engine.step()
        assert engine.runs == [2]
        engine.steps.release(100)
        await asyncio.gather(*tasks)


async def test_bulk_that_waits_hides_nobody_who_finds_room() -> None:
    engine = StepEngine()
    async with running(engine, batch_items=3) as scheduler:
        tasks = [_submit(scheduler, job(*[1] * 9))]
        await until(engine.entered.is_set)
        for item in (job(2, 2, priority=BULK), job(3, 3)):
            tasks.append(_submit(scheduler, item))
            await asyncio.sleep(0.01)
            await engine.step()
        await engine.step()
        assert [[p[0] for p in step] for step in engine.seen] == [[1], [1], [1, 3]]
        engine.steps.release(100)
        await asyncio.gather(*tasks)


async def test_bulk_takes_no_place_of_a_small_batch_from_interactive_rows() -> None:
    engine = StepEngine(at_once=2)
    async with running(engine, batch_items=2, company=4) as scheduler:
        tasks = [_submit(scheduler, job(*[n] * 4, priority=BULK)) for n in (1, 2)]
        await until(engine.entered.is_set)
        tasks.append(_submit(scheduler, job(3, 3)))
        await asyncio.sleep(0.01)
        await engine.step()
        await until(lambda: len(engine.runs) > 1)
        assert engine.runs == [2, 2]
        engine.steps.release(100)
        await asyncio.gather(*tasks)


async def test_nothing_lies_ready_while_another_engine_is_idle() -> None:
    engines = [StepEngine(at_once=2, spare=2) for _ in range(2)]
    scheduler = Scheduler(engines, [EchoEngine] * 2, Limits(**{**LIMITS, "batch_items": 2}), Log())
    await until(lambda: scheduler._idle == 2)
    tasks = [_submit(scheduler, job(n, n)) for n in range(4)]
    await until(lambda: all(engine.entered.is_set() for engine in engines))
    assert [engine.runs for engine in engines] == [[2], [2]]
    for engine in engines:
        engine.steps.release(100)
    await asyncio.gather(*tasks)
    await scheduler.close(5)


async def test_what_lies_ready_goes_to_an_engine_that_becomes_idle() -> None:
    engines = [StepEngine(at_once=2, spare=2) for _ in range(2)]
    scheduler = Scheduler(engines, [EchoEngine] * 2, Limits(**{**LIMITS, "batch_items": 2}), Log())
    await until(lambda: scheduler._idle == 2)
    first = [_submit(scheduler, job(*[n] * length)) for n, length in enumerate((9, 1, 9, 1))]
    await until(lambda: all(engine.entered.is_set() for engine in engines))
    full, other = engines
    later = [_submit(scheduler, job(*[n] * 9)) for n in (4, 5, 6)]
    await asyncio.sleep(0.01)
    await full.step()  # a row ends, and those who came later find room: one place, and two to lie ready
    await until(lambda: full.runs == [2, 4])
    await full.step()
    other.steps.release(9)
    await until(lambda: scheduler.idle)
    await full.step()
    await until(lambda: other.runs == [2, 2])
    await until(lambda: full.runs == [2, 4, 2])
    assert sorted(p[0] for p in full.dropped) == [5, 6]
    for engine in engines:
        engine.steps.release(100)
    assert [(await task).hypothesis.tokens for task in later] == [(n,) * 9 for n in (4, 5, 6)]
    assert [len(step) for step in other.seen[9:]] == [2] * 9
    await asyncio.gather(*first)
    await scheduler.close(5)


async def test_rows_with_more_beams_than_places_are_handed_to_nobody() -> None:
    engines = [StepEngine(at_once=2) for _ in range(2)]
    scheduler = Scheduler(engines, [EchoEngine] * 2, Limits(**{**LIMITS, "batch_items": 2}), Log())
    await until(lambda: scheduler._idle == 2)
    task = _submit(scheduler, job(1, 1, 1, decoding=Decoding(beam_size=5)))
    await until(lambda: any(engine.entered.is_set() for engine in engines))
    for engine in engines:
        engine.steps.release(100)
    assert (await task).hypothesis.tokens == (1, 1, 1)
    assert sorted(len(engine.runs) for engine in engines) == [0, 1]
    await scheduler.close(5)


async def test_cancelled_row_leaves_the_batch_under_way() -> None:
    engine, log = StepEngine(), Log()
    async with running(engine, log) as scheduler:
        gone, stays = _submit(scheduler, job(1, 1, 1, 1)), _submit(scheduler, job(2, 2, 2, 2))
        await until(engine.entered.is_set)
        await engine.step()
        gone.cancel()
        await until(gone.done)
        await engine.step()
        await engine.step()
        await engine.step()
        assert (await stays).hypothesis.tokens == (2, 2, 2, 2)
    assert engine.dropped == [(1, 1, 1, 1)]
    assert [len(step) for step in engine.seen] == [2, 2, 1, 1]
    assert log.reasons == ["cancelled"]


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
    scheduler = make(engine)
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
    scheduler = make(engine, log)
    first, waiting = await busy(engine, scheduler), _submit(scheduler, job(1))
    await asyncio.sleep(0)
    closing = asyncio.create_task(scheduler.close(0.05))
    for task in (first, waiting):
        with pytest.raises(NotReady):
            await task
    engine.gate.set()
    await closing
    assert engine.closed
    assert engine.batches == [[(99,)]]
    await scheduler.close(1)  # a second time does nothing


A, B = Share("a"), Share("b")


async def test_a_caller_joins_at_once_beside_another_s_flood_and_none_of_that_stands_still_for_ever() -> None:
    engine = StepEngine(at_once=8, spare=2)
    async with running(engine, company=4) as scheduler:
        flood = [_submit(scheduler, job(*[n] * 5, share=A)) for n in range(100, 140)]
        await until(engine.entered.is_set)
        await engine.step()
        few = _submit(scheduler, job(1, 1, 1, share=B))
        await asyncio.sleep(0.01)
        await engine.step()  # it was under way when the other came
        await engine.step()
        assert (1, 1, 1) in engine.seen[-1]
        assert len(engine.seen[-1]) == 4
        await engine.step()
        await engine.step()
        assert (await few).hypothesis.tokens == (1, 1, 1)
        oldest = (100,) * 5
        assert all(oldest in seen for seen in engine.seen[:5])
        await engine.step()
        await engine.step()
        assert len(engine.seen[-1]) == 8  # those who stood aside go on
        engine.steps.release(10_000)
        assert [done.hypothesis.tokens for done in await asyncio.gather(*flood)] == [(n,) * 5 for n in range(100, 140)]


async def test_a_flood_of_one_caller_is_no_reason_to_refuse_another_s_deadline() -> None:
    engine = EchoEngine()
    async with running(engine, batch_items=1, queue_items=1000) as scheduler:
        scheduler.worked([Row((1,), 99, GREEDY)], 100, 1.0, full=True, pads=False)  # a hundred tokens a second
        first = await busy(engine, scheduler)
        flood = [_submit(scheduler, job(n, share=A)) for n in range(100, 180)]
        await asyncio.sleep(0)
        soon = scheduler.clock() + 2
        with pytest.raises(DeadlineExceeded, match="can't be met"):
            await scheduler.submit(job(1, deadline=soon, share=A))
        few = _submit(scheduler, job(1, deadline=soon, share=B))
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(first, few, *flood)
    assert engine.batches.index([(1,)]) <= 3


async def test_a_caller_has_its_share_of_the_queue_and_leaves_the_rest() -> None:
    engine = EchoEngine()
    async with running(engine, queue_items=16) as scheduler:
        first = await busy(engine, scheduler)
        flood = [_submit(scheduler, job(n, share=A)) for n in range(100, 108)]
        await asyncio.sleep(0)
        with pytest.raises(QueueFull, match="its share of the queue") as refused:
            await scheduler.submit(job(200, share=A))
        assert refused.value.cause == "share"
        few = _submit(scheduler, job(1, share=B))
        await asyncio.sleep(0)
        engine.gate.set()
        await asyncio.gather(first, few, *flood)


async def test_who_asks_for_what_another_caller_has_under_way_does_not_wait_aside() -> None:
    engine = StepEngine(at_once=8)
    async with running(engine, company=2, batch_items=8) as scheduler:
        flood = [_submit(scheduler, job(*[n] * 9, share=A)) for n in range(100, 108)]
        await until(engine.entered.is_set)
        others = _submit(scheduler, job(1, 1, share=B))
        same = _submit(scheduler, job(*[107] * 9, share=B))
        await asyncio.sleep(0.01)
        await engine.step()
        await engine.step()
        assert (107,) * 9 in engine.seen[-1]
        engine.steps.release(10_000)
        await asyncio.gather(others, same, *flood)
