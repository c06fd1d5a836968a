"""The queue in front of a model: jobs of all callers share an engine's batches, bounds hold, nothing is lost."""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from polygist import progress, tracing
from polygist.engines import batching, told
from polygist.engines.base import Engine, Row
from polygist.engines.batching import Bounds
from polygist.engines.queue import Queue
from polygist.engines.rate import Rate
from polygist.engines.waiting import Item, Key, Waiter, key_of, own
from polygist.engines.work import Completion, Job
from polygist.engines.worker import Worker
from polygist.errors import DeadlineExceeded, NotReady, QueueFull
from polygist.shares import Share
from polygist.types import Priority

__all__ = ["Completion", "Job", "Limits", "Observer", "Scheduler"]

_LAST_STEPS_SECONDS = 30.0
# A refused caller comes back when this part of what may wait has been done.
_ROOM = 0.1


@dataclass(frozen=True)
class Limits:
    """`batch_*` bound what an engine works on at once, `queue_*` what waits; tokens are prompts and outputs.

    `company`: so many rows an engine brings further in little more than the time of one; bulk keeps interactive rows
    company up to that number and stands aside otherwise.
    """

    batch_items: int
    batch_tokens: int
    queue_items: int
    queue_tokens: int
    company: int = 1


class Observer(Protocol):
    """Is told what happens, from the event loop's thread and the workers': must be quick and thread-safe."""

    def batch(self, rows: int, tokens: int, padding: int, seconds: float) -> None:
        """So many rows were brought further together; they have so many tokens with room for the output, some of them
        padding."""
        ...

    def passed(self, input_tokens: int, output_tokens: int) -> None:
        """A row has ended: so many tokens went into the model and came out of it, padding left out."""
        ...

    def queue(self, priority: Priority, items: int, tokens: int) -> None:
        """So much waits now."""
        ...

    def ages(self, oldest: Callable[[Priority], float | None]) -> None:
        """Whom to ask, from any thread, since when by the scheduler's clock the first of those who asked with a
        priority has waited; None where nobody does. It looks at all of them."""
        ...

    def dropped(self, reason: str, stage: str) -> None:
        """A job won't be answered: "deadline", "cancelled" or "hopeless" (its deadline can't be met); it was in the
        "queue" or an engine had taken it up ("inference"). A job that is refused may come again: who hands the refusal
        on counts it."""
        ...

    def coalesced(self) -> None:
        """A job is the same as one that waits or runs, and costs nothing."""
        ...

    def failed(self, reason: str) -> None:
        """An engine failed: "error" (a batch), "memory", "item" (an item by itself), "died" or "load"."""
        ...

    def restarted(self) -> None:
        """There is an engine in the place of one that died."""
        ...

    def processes(self, pids: Sequence[int]) -> None:
        """The processes that the engines run in now."""
        ...

    def serving(self, serves: bool) -> None:
        """Whether there is an engine to work with."""
        ...


class Scheduler:
    """Owns engines of one model and a thread for each. Any number of tasks may `submit` at once.

    `loads` has what makes another engine in the place of each, called with growing pauses when that one died.
    """

    def __init__(
        self,
        engines: Sequence[Engine],
        loads: Sequence[Callable[[], Engine]],
        limits: Limits,
        observer: Observer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock, self.observer, self.limits = clock, observer, limits
        self._model = engines[0].info.id
        self._queue = Queue(limits.queue_items, limits.queue_tokens)
        self._running: dict[Key, Item] = {}
        self._rate = Rate()
        self._changed = threading.Condition()
        self._closing = False
        self._idle = 0
        # Changes of what is under way.
        self.news = 0
        self._workers = [Worker(self, engine, load) for engine, load in zip(engines, loads, strict=True)]
        self._alive = self._working = len(engines)
        self._tell_processes()
        observer.ages(self._oldest)
        for worker in self._workers:
            worker.start()

    async def submit(self, job: Job, *, admitted: bool = False) -> Completion:
        """Wait for the job's turn and its result. An `admitted` job belongs to a request under way and is not refused.

        Raises QueueFull at once when a bound is reached, NotReady after `close` and while no engine works,
        DeadlineExceeded at the job's deadline or at once when it can't be met, EngineFailed when its batch broke.
        Cancelling the caller takes the job out, also out of a batch under way.
        """
        future: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        waiter = Waiter(future, job.deadline, self.clock(), tracing.current(), job.priority)
        item: Item | None = None
        try:
            item = self._admit(job, waiter, admitted)
            done = await self._answer(item, waiter)
        except BaseException as error:
            told.unanswered(self._model, job, waiter.since, item, error)
            raise
        told.answered(self._model, job, done, self.clock())
        return done

    async def _answer(self, item: Item, waiter: Waiter) -> Completion:
        reason = "cancelled"
        try:
            async with asyncio.timeout(None if waiter.deadline is None else waiter.deadline - waiter.since):
                return await waiter.future
        except asyncio.CancelledError:
            # At the deadline of a request it is chance what comes first: this, or the end of the call around it.
            reason = "deadline" if progress.is_late() else reason
            raise
        except TimeoutError:
            reason = "deadline"
            raise DeadlineExceeded("the deadline passed while the work waited or ran") from None
        except DeadlineExceeded:  # a worker found that it had passed
            progress.segment_ended(progress.QUEUE)
            raise
        finally:
            self._leave(item, waiter, reason)

    async def close(self, grace_seconds: float) -> None:
        """Take no more jobs, finish what waits within `grace_seconds`, fail the rest with NotReady, close the engines.

        An engine that does not halt gets some more time before its thread is left behind.
        """
        with self._changed:
            self._closing = True
        self._notify()
        await self._join(grace_seconds)
        if any(w.is_alive() for w in self._workers):
            self.fail_waiting(NotReady("shutting down", 1.0, "draining"))
            with self._changed:
                running = list(self._running.values())
            self.settle(running, NotReady("shutting down", 1.0, "draining"))
            self._notify()
            await self._join(_LAST_STEPS_SECONDS)

    async def _join(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        for worker in self._workers:
            await asyncio.to_thread(worker.join, max(0.0, ends - time.monotonic()))

    def _admit(self, job: Job, waiter: Waiter, admitted: bool) -> Item:
        with self._changed:
            if self._closing:
                raise NotReady("shutting down", 1.0, "draining")
            if not self._alive:
                raise NotReady("the engine is being started again", max(w.retry_seconds for w in self._workers))
            if item := self._join_other(job, waiter):
                self.observer.coalesced()
                return item
            if not self._rate.meets(job, self._queue.ahead(job), self._alive, waiter.since):
                self.observer.dropped("hopeless", progress.QUEUE)
                progress.segment_ended(progress.QUEUE)
                raise DeadlineExceeded("the deadline can't be met")
            if not admitted:
                self._check_room(job)
            self._announce(job)
            item = self._queue.put(job, waiter)
            self._count()
        # Once, after all tasks that are ready now: the segments of a request meet in one batch without a wait.
        waiter.future.get_loop().call_soon(self._wake)
        return item

    def _check_room(self, job: Job) -> None:
        if not self._queue.fits(job):
            waiting = f"{len(self._queue)} segments wait already"
            raise QueueFull(waiting, self._retry_seconds(), "queue", self._model)
        if not self._queue.has_room(job):
            waiting = f"{self._queue.of(job.share)[0]} segments of this caller wait already, its share of the queue"
            raise QueueFull(waiting, self._retry_seconds(), "share", self._model)

    def _announce(self, job: Job) -> None:
        """Who has nothing waiting may find room beside others' rows at once."""
        if job.priority is Priority.INTERACTIVE and not self._queue.of(job.share)[0]:
            self.news += any(item.share.caller != job.share.caller for item in self._running.values())

    def _join_other(self, job: Job, waiter: Waiter) -> Item | None:
        if item := self._queue.join(job, waiter):
            self._count()
            return item
        if item := self._running.get(key_of(job)):
            item.waiters.append(waiter)
            share = job.share if self._work(job.share) < self._work(item.share) else item.share
            if job.priority < item.priority or share is not item.share:
                item.priority, item.share = min(job.priority, item.priority), share
                self._notify()
        return item

    def _work(self, share: Share) -> float:
        """What a caller has waiting and under way, for its weight."""
        running = sum(i.job.tokens for i in self._running.values() if i.share.caller == share.caller)
        return (self._queue.of(share)[1] + running) / share.weight

    def _retry_seconds(self) -> float:
        return self._rate.retry_seconds(round(_ROOM * self._queue.tokens), self._alive, self.clock())

    def _leave(self, item: Item, waiter: Waiter, reason: str) -> None:
        with self._changed:
            if waiter not in item.waiters:
                return
            item.waiters.remove(waiter)
            stage = progress.QUEUE if item.begun is None else progress.INFERENCE
            self.observer.dropped(reason, stage)
            progress.segment_ended(stage)
            if item.waiters:
                return
            if self._queue.holds(item):
                self._queue.remove(item)
                self._count()
        self._notify()

    def _notify(self) -> None:
        with self._changed:
            self.news += 1
        self._wake()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
        self._ask()

    def _ask(self) -> None:
        for worker in self._workers:
            worker.ask()

    def _count(self) -> None:
        for priority in Priority:
            self.observer.queue(priority, *self._queue.count(priority))

    def _oldest(self, priority: Priority) -> float | None:
        with self._changed:
            return self._queue.oldest(priority)

    def _tell_processes(self) -> None:
        self.observer.processes([w.pid for w in self._workers if w.pid is not None])

    # What the workers call, from their threads.

    @property
    def waits(self) -> bool:
        """Whether anything waits."""
        return bool(len(self._queue))

    @property
    def urgent_waits(self) -> bool:
        """Whether anything interactive waits."""
        return bool(self._queue.count(Priority.INTERACTIVE)[0])

    @property
    def idle(self) -> bool:
        """Whether a worker has nothing to do."""
        return bool(self._idle)

    async def rest(self, seconds: float = 1.0) -> None:
        """Until all workers wait for work, or so many seconds have gone: a batch is counted after its answers."""
        ends = time.monotonic() + seconds
        while self._idle < self._working and time.monotonic() < ends:  # noqa: ASYNC110  # threads change these
            await asyncio.sleep(0.002)

    def supply(self, active: Collection[Item], bounds: Bounds, spare: int, *, joins: bool) -> list[Item] | None:
        """New items for a worker that has `active` ones; one that has none waits. None when it is time to end.

        `spare` items beyond the bounds may lie ready, unless a worker has nothing to do.
        """
        with self._changed:
            while True:
                self._drop_expired()
                more = 0 if self._idle else spare
                found = self._take(active, Bounds(bounds.rows + more, bounds.tokens), joins)
                if found or active:
                    return found
                if self._closing:
                    return None
                self._idle += 1
                self._ask()
                self._changed.wait()
                self._idle -= 1

    def gather(self, rows: int, seconds: float) -> None:
        """Wait until so many items wait, and so long at most: callers who got their answers together come back
        together, and would find the engine at work for the first of them."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._queue) >= rows or self._closing, seconds)

    def _drop_expired(self) -> None:
        for item in self._queue.expired(self.clock()):
            self._queue.remove(item)
            for _ in item.waiters:
                self.observer.dropped("deadline", progress.QUEUE)
            self.settle([item], DeadlineExceeded("the deadline passed before the work began"))

    def _take(self, active: Collection[Item], bounds: Bounds, joins: bool) -> list[Item]:
        if joins:
            # While bulk is under way it is that which ages, and none that waits behind it.
            ages = all(item.priority is Priority.INTERACTIVE for item in active)
            callers = self._queue.callers(Priority.INTERACTIVE)
            found = self._queue.take(lambda waiting: batching.joining(waiting, [*active], bounds, callers), ages=ages)
        else:
            found = [] if active else self._queue.take(lambda waiting: batching.alike(waiting, bounds))
        for item in found:
            self._running[item.key] = item
        if found:
            self._count()
        return found

    def give_back(self, items: Sequence[Item]) -> None:
        """Items whose engine broke wait again, before all others."""
        with self._changed:
            for item in items:
                self._running.pop(item.key, None)
            self._queue.put_back([i for i in items if i.waiters])
            self._count()
        self._notify()

    def worked(self, rows: Sequence[Row], ended_tokens: int, seconds: float, *, full: bool, pads: bool) -> None:
        """An engine brought rows further, all that it can take (`full`) or fewer; those that ended had so many tokens.

        Only full work tells how fast a queue gets shorter: a few rows take about as long as many.
        """
        with self._changed:
            if full or self.waits:
                self._rate.add(ended_tokens, seconds, self.clock())
        self.observer.batch(len(rows), *batching.volume(rows, pads=pads), seconds)

    def finish(self, item: Item) -> list[Waiter]:
        """Those who wait for an item, who get their answer now; nobody can join it any more."""
        with self._changed:
            if self._running.get(item.key) is item:
                del self._running[item.key]
            waiters, item.waiters = item.waiters, []
        return waiters

    def abandoned(self, item: Item) -> bool:
        """Whether nobody waits for an item under way; if so nobody can join it any more."""
        with self._changed:
            if not item.waiters:
                self.finish(item)
            return not item.waiters

    def settle(self, items: Iterable[Item], error: Exception) -> None:
        """Fail items."""
        for item in items:
            for waiter in self.finish(item):
                waiter.resolve(own(error))

    def fail_waiting(self, error: Exception) -> None:
        """Fail all that waits."""
        with self._changed:
            left = list(self._queue)
            for item in left:
                self._queue.remove(item)
            self._count()
        self.settle(left, error)

    def lost(self) -> None:
        """A worker has no engine for now."""
        with self._changed:
            self._alive -= 1
            if not self._alive:
                self.observer.serving(False)

    def found(self) -> None:
        """A worker has an engine again."""
        with self._changed:
            self._alive += 1
            self._tell_processes()
            if self._alive == 1:
                self.observer.serving(True)

    def ended(self) -> None:
        """A worker works no more; with the last one the scheduler is at its end."""
        with self._changed:
            self._working -= 1
            last = not self._working
            self._closing = self._closing or last
        if last:
            self.fail_waiting(NotReady("shutting down", 1.0, "draining"))

    def only_loss(self) -> bool:
        """Whether no worker has an engine."""
        return not self._alive

    def pause(self, seconds: float) -> bool:
        """Wait; False at once when the scheduler closes."""
        with self._changed:
            return not self._changed.wait_for(lambda: self._closing, seconds)
