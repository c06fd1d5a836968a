"""The queue in front of a model: jobs of all callers share batches, bounds hold, and one thread owns the engine."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterable
from itertools import islice
from typing import Protocol

from polygist.engines import batching
from polygist.engines.base import Generator, Hypothesis
from polygist.engines.waiting import Item, Key, Waiter, key_of, own
from polygist.engines.work import Completion, Job
from polygist.errors import DeadlineExceeded, EngineFailed, NotReady, QueueFull
from polygist.traces import place

__all__ = ["Completion", "Job", "Observer", "Scheduler"]

# An idle worker waits this long for the rest of a request, whose segments arrive one by one.
_LINGER_SECONDS = 0.003
# Jobs looked at when a batch is formed, so that a long queue does not hold the lock.
_WINDOW = 1024
_LAST_BATCH_SECONDS = 30.0
_RETRY_SECONDS = (0.1, 60.0)

_log = logging.getLogger(__name__)


class Observer(Protocol):
    """Is told what happens, from the event loop's thread and the worker's: must be quick and thread-safe."""

    def batch(self, items: int, tokens: int, seconds: float) -> None:
        """A batch was computed; `tokens` with padding and room for the output."""
        ...

    def passed(self, input_tokens: int, output_tokens: int) -> None:
        """So many tokens went into the model and came out of it, padding left out."""
        ...

    def queue(self, items: int, tokens: int) -> None:
        """So much waits now."""
        ...

    def dropped(self, reason: str) -> None:
        """A job was dropped before it cost anything: "deadline" or "cancelled"."""
        ...


class _Silent:
    def batch(self, items: int, tokens: int, seconds: float) -> None: ...

    def passed(self, input_tokens: int, output_tokens: int) -> None: ...

    def queue(self, items: int, tokens: int) -> None: ...

    def dropped(self, reason: str) -> None: ...


class Scheduler:
    """Owns an engine and a thread for it. Any number of tasks may `submit` at once.

    `max_batch_tokens` bounds rows x (longest prompt + longest output) of a batch. `max_queue_tokens` (prompt and output
    of all that waits) and `max_queue_items` are where new work is refused; what is `admitted` already may exceed them,
    and whoever admits bounds it.
    """

    def __init__(
        self,
        engine: Generator,
        *,
        max_batch_tokens: int,
        max_batch_items: int,
        max_queue_tokens: int,
        max_queue_items: int,
        observer: Observer | None = None,
    ) -> None:
        self._engine = engine
        self._max_batch = (max_batch_tokens, max_batch_items)
        self._max_queue = (max_queue_tokens, max_queue_items)
        self._observer: Observer = observer or _Silent()
        self._changed = threading.Condition()
        self._waiting: dict[Key, Item] = {}  # in order of age
        self._running: dict[Key, Item] = {}
        self._tokens = 0
        self._rate: float | None = None  # tokens a second, as in `batching.cost`
        self._closing = False
        self._thread = threading.Thread(target=self._work, name=f"engine-{engine.info.id}", daemon=True)
        self._thread.start()

    async def submit(self, job: Job, *, admitted: bool = False) -> Completion:
        """Wait for the job's turn and its result. An `admitted` job belongs to a request under way and is not refused.

        Raises QueueFull at once when a bound is reached, NotReady after `close`, DeadlineExceeded at the job's
        deadline, EngineFailed when the batch broke. Cancelling the caller takes the job out of the queue.
        """
        now = time.monotonic()
        if job.deadline is not None and job.deadline <= now:
            self._observer.dropped("deadline")
            raise DeadlineExceeded("the deadline had passed before the work began")
        waiter = Waiter(asyncio.get_running_loop().create_future(), job.deadline)
        item = self._admit(job, waiter, admitted)
        reason = "cancelled"
        try:
            async with asyncio.timeout(None if job.deadline is None else job.deadline - now):
                return await waiter.future
        except TimeoutError:
            reason = "deadline"
            raise DeadlineExceeded("the deadline passed while the work waited or ran") from None
        finally:
            self._leave(item, waiter, reason)

    async def close(self, grace_seconds: float) -> None:
        """Take no more jobs, finish what waits within `grace_seconds`, fail the rest with NotReady, close the engine.

        A batch that runs can't be stopped; it gets some more time before its thread is left behind.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        await asyncio.to_thread(self._thread.join, grace_seconds)
        if self._thread.is_alive():
            self._fail_waiting()
            await asyncio.to_thread(self._thread.join, _LAST_BATCH_SECONDS)
        if self._thread.is_alive():
            _log.warning("the engine is still at work; its thread is left behind")
            self._fail_running()

    def _admit(self, job: Job, waiter: Waiter, admitted: bool) -> Item:
        with self._changed:
            if self._closing:
                raise NotReady("shutting down", 1.0)
            item = self._waiting.get(key_of(job)) or self._running.get(key_of(job))
            if item:
                item.waiters.append(waiter)
                return item
            max_tokens, max_items = self._max_queue
            # One job always fits an empty queue.
            if (
                not admitted
                and self._waiting
                and (self._tokens + job.tokens > max_tokens or len(self._waiting) >= max_items)
            ):
                raise QueueFull(f"{len(self._waiting)} segments wait already", self._retry_seconds())
            item = self._waiting[key_of(job)] = Item(job, [waiter])
            self._count(job.tokens)
            self._changed.notify_all()
            return item

    def _retry_seconds(self) -> float:
        low, high = _RETRY_SECONDS
        return 1.0 if self._rate is None else min(high, max(low, self._tokens / self._rate))

    def _leave(self, item: Item, waiter: Waiter, reason: str) -> None:
        with self._changed:
            if waiter in item.waiters:
                item.waiters.remove(waiter)
            if not item.waiters and self._waiting.get(item.key) is item:
                self._remove(item)
                self._observer.dropped(reason)

    def _remove(self, item: Item) -> None:
        del self._waiting[item.key]
        self._count(-item.job.tokens)

    def _count(self, tokens: int) -> None:
        self._tokens += tokens
        self._observer.queue(len(self._waiting), self._tokens)

    # The worker's thread.

    def _work(self) -> None:
        try:
            while batch := self._next_batch():
                self._compute(batch)
        finally:
            self._closing = True
            self._fail_waiting()
            self._fail_running()
            self._engine.close()

    def _next_batch(self) -> list[Item]:
        """Waits for work. Empty when there is none left and the scheduler closes."""
        with self._changed:
            while True:
                if not self._waiting and not self._closing:
                    self._changed.wait_for(lambda: self._waiting or self._closing)
                    self._changed.wait_for(self._enough, _LINGER_SECONDS)
                self._drop_expired()
                if self._waiting:
                    return self._take()
                if self._closing:
                    return []

    def _enough(self) -> bool:
        return self._closing or self._tokens >= self._max_batch[0] or len(self._waiting) >= self._max_batch[1]

    def _drop_expired(self) -> None:
        now = time.monotonic()
        for item in [i for i in islice(self._waiting.values(), _WINDOW) if i.expired(now)]:
            self._remove(item)
            self._observer.dropped("deadline")
            self._settle([item], DeadlineExceeded("the deadline passed before the work began"))

    def _take(self) -> list[Item]:
        window = islice(self._waiting.values(), _WINDOW)
        batch = [self._waiting[key_of(job)] for job in batching.choose((i.job for i in window), *self._max_batch)]
        for item in batch:
            self._remove(item)
            self._running[item.key] = item
        return batch

    def _compute(self, batch: list[Item]) -> None:
        jobs = [item.job for item in batch]
        started = time.monotonic()
        try:
            hypotheses = self._engine.generate(
                [j.prompt for j in jobs], [j.max_new_tokens for j in jobs], jobs[0].decoding
            )
            if len(hypotheses) != len(jobs):
                raise EngineFailed(f"the engine answered {len(hypotheses)} of {len(jobs)} prompts")
            seconds = time.monotonic() - started
            self._account(jobs, hypotheses, seconds)
        except Exception as error:  # whatever it is, it fails this batch and no other
            _log.error("a batch of %d failed\n%s", len(jobs), place(error))
            self._settle(batch, error)
            return
        for item, hypothesis in zip(batch, hypotheses, strict=True):
            self._answer(item, hypothesis, started, seconds)

    def _account(self, jobs: list[Job], hypotheses: list[Hypothesis], seconds: float) -> None:
        tokens = batching.cost(jobs)
        rate = tokens / max(seconds, 1e-6)
        self._rate = rate if self._rate is None else 0.8 * self._rate + 0.2 * rate
        self._observer.batch(len(jobs), tokens, seconds)
        self._observer.passed(sum(len(j.prompt) for j in jobs), sum(len(h.tokens) for h in hypotheses))

    def _answer(self, item: Item, hypothesis: Hypothesis, started: float, seconds: float) -> None:
        for waiter in self._finish(item):
            queued = max(0.0, started - waiter.since)
            sizes = (len(item.job.prompt), len(hypothesis.tokens))
            waiter.resolve(Completion(hypothesis, queued, seconds, *sizes))

    def _finish(self, item: Item) -> list[Waiter]:
        with self._changed:
            if self._running.get(item.key) is item:
                del self._running[item.key]
            waiters, item.waiters = item.waiters, []
        return waiters

    def _fail_waiting(self) -> None:
        with self._changed:
            left = list(self._waiting.values())
            for item in left:
                self._remove(item)
        self._settle(left, NotReady("shutting down", 1.0))

    def _fail_running(self) -> None:
        with self._changed:
            left = list(self._running.values())
        self._settle(left, NotReady("shutting down", 1.0))

    def _settle(self, items: Iterable[Item], error: Exception) -> None:
        for item in items:
            for waiter in self._finish(item):
                waiter.resolve(own(error))
