"""A thread that owns an engine, brings items through it, and contains what goes wrong."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from polygist import tracing
from polygist.engines import batching
from polygist.engines.base import Engine, Hypothesis, Row
from polygist.engines.batching import Bounds
from polygist.engines.queue import PATIENCE
from polygist.engines.waiting import Item
from polygist.engines.work import Completion
from polygist.errors import EngineDied, EngineFailed, NotReady, OutOfMemory
from polygist.places import place
from polygist.types import Priority

if TYPE_CHECKING:
    from polygist.engines.scheduler import Scheduler

# So many failures of single items with no success in between, and the engine counts as dead.
_DEADLY = 3
# An item that so many engines died over is not given to another. The second one had it alone.
_DEATHS = 2
# Successful runs after which a batch that memory made smaller may grow again.
_RECOVERY = 16
_PAUSES = (0.5, 60.0)
# After a batch of an engine that rows can't join: this share of its time, and this at most, for callers to come back.
_GATHER_SHARE, _GATHER_SECONDS = 0.02, 0.01

_log = logging.getLogger(__name__)


class Worker(threading.Thread):
    """Runs until its scheduler closes and nothing is left. `load` makes another engine where one dies."""

    def __init__(self, scheduler: Scheduler, engine: Engine, load: Callable[[], Engine]) -> None:
        super().__init__(name=f"engine-{engine.info.id}", daemon=True)
        self._scheduler, self._engine, self._load = scheduler, engine, load
        self._active: dict[Row, Item] = {}
        limits = scheduler.limits
        self._full = self._bounds = Bounds(limits.batch_items, limits.batch_tokens)
        self._successes = self._failures = 0
        self._seen = self._places = self._at_once = 0
        self._room = self._urgent_room = self._aside = self._next = False
        self._ended_tokens = self._passed_over = 0
        self.retry_seconds = _PAUSES[0]

    @property
    def pid(self) -> int | None:
        """The engine's process, None where it has none of its own."""
        return getattr(self._engine, "pid", None)

    def ask(self) -> None:
        """From any thread: what a run halts for may have come. An engine in this process looks after each step."""
        if ask := getattr(self._engine, "ask", None):
            ask()

    def run(self) -> None:
        """Work. Whatever happens, nobody is left waiting."""
        scheduler = self._scheduler
        try:
            while self._join():
                going = self._going()
                self._aside = len(going) < len(self._active)
                self._advance(going)
                self._age(going)
        except BaseException as error:
            # Nobody is above it but a hook that prints its message.
            _log.error("a worker ended\n%s", place(error))
        finally:
            scheduler.settle(self._active.values(), NotReady("shutting down", 1.0, "draining"))
            scheduler.ended()
            self._engine.close()

    def _join(self) -> bool:
        """Let new items in and those go that nobody waits for. False when it is time to end."""
        self._hand_over()
        self._seen = self._scheduler.news
        gone = [row for row, item in self._active.items() if self._scheduler.abandoned(item)]
        if gone:
            self._engine.drop(gone)
            for row in gone:
                del self._active[row]
        new = self._scheduler.supply(self._active.values(), self._bounds, self._spare, joins=self._engine.joins)
        if new is None:
            return False
        self._next = False
        self._room, self._urgent_room = not self._scheduler.waits, not self._scheduler.urgent_waits
        now = self._scheduler.clock()
        for item in new:
            item.begun = item.begun or now
            self._active[item.row] = item
        return True

    def _going(self) -> list[Item]:
        """Whom to bring further now."""
        rows = self._bounds.rows
        return batching.turn(list(self._active.values()), min(self._scheduler.limits.company, rows), rows)

    def _hand_over(self) -> None:
        """What lies ready at this engine is for another one that has nothing to do."""
        ready = batching.ready(self._going(), self._bounds.rows) if self._scheduler.idle else []
        if ready:
            self._engine.drop([item.row for item in ready])
            for item in ready:
                item.begun = None
            self._give_back(ready)

    @property
    def _spare(self) -> int:
        """Rows to lie ready at the engine; none where memory made its batches smaller."""
        return self._engine.spare if self._bounds == self._full else 0

    def _age(self, going: Sequence[Item]) -> None:
        """The oldest bulk item under way becomes an interactive one when enough work of those has ended and no bulk.

        That it was brought further now and then does not count: rows with beams begin again whenever they stood aside.
        """
        ended = [item for item in going if item.row not in self._active]
        bulk = [item for item in self._active.values() if item.priority is Priority.BULK]
        if not bulk or any(item.priority is Priority.BULK for item in ended):
            self._passed_over = 0
            return
        self._passed_over += sum(item.row.work for item in ended)
        if self._passed_over >= PATIENCE * bulk[0].row.work:
            self._passed_over = 0
            bulk[0].priority = Priority.INTERACTIVE

    def _halts(self, items: Sequence[Item]) -> Callable[[], bool]:
        """What the engine asks between two steps. Where others can't join, it goes on as long as somebody waits."""
        if not self._engine.joins:
            return lambda: not any(item.waiters for item in items)
        bulk = any(item.priority is Priority.BULK for item in items)
        return lambda: self._halt(bulk=bulk)

    def _halt(self, *, bulk: bool) -> bool:
        """Whether it is worth to look around between two steps: something under way changed, another engine has nothing
        to do while rows lie ready at this one, or somebody who waits or stands aside may find room, which interactive
        work does where `bulk` is under way, and where bulk finds none."""
        scheduler = self._scheduler
        if scheduler.news != self._seen or (scheduler.idle and self._places > self._at_once):
            return True
        free = self._places < self._bounds.rows + self._spare // 2
        urgent = self._urgent_room and (free or bulk) and scheduler.urgent_waits
        return urgent or self._next or (self._room and free and scheduler.waits)

    def _advance(self, items: Sequence[Item]) -> None:
        rows = [item.row for item in items]
        if not rows:
            return
        places = self._places = batching.places(rows)
        self._at_once = max(self._bounds.rows, rows[0].decoding.beam_size)
        begun, self._ended_tokens = self._scheduler.clock(), 0
        try:
            with self._told(items):
                self._engine.run(rows, self._ended, self._halts(items))
        except Exception as error:  # whatever it is, it must not go further than it has to
            self._contain([self._active[row] for row in rows if row in self._active], error)
            return
        seconds = self._scheduler.clock() - begun
        most = self._bounds.rows
        self._scheduler.worked(
            rows[:most], self._ended_tokens, seconds, full=places >= most, pads=not self._engine.spare
        )
        self._failures, self.retry_seconds = 0, _PAUSES[0]
        self._grow()
        if not self._engine.joins:
            self._scheduler.gather(len(rows), min(_GATHER_SECONDS, _GATHER_SHARE * seconds))

    @contextmanager
    def _told(self, items: Sequence[Item]) -> Iterator[None]:
        """A span of the batch, where anyone who waits for some of it has one."""
        callers = (waiter.span for item in items for waiter in item.waiters)
        facts: tracing.Attributes = {"polygist.model": self._engine.info.id, "polygist.rows": len(items)}
        with tracing.shared("batch", callers, facts) as span:
            if span:
                for item in items:
                    item.batches.append(span)
            yield

    def _ended(self, row: Row, hypothesis: Hypothesis) -> None:
        """Answer those who wait for a row, at once."""
        item = self._active.pop(row)
        self._room = self._urgent_room = True
        self._next = self._aside
        self._places -= row.decoding.beam_size
        self._ended_tokens += item.job.tokens
        self._failures = 0
        now = self._scheduler.clock()
        begun = now if item.begun is None else item.begun
        sizes = (len(item.job.prompt), len(hypothesis.tokens))
        for waiter in self._scheduler.finish(item):
            own = max(begun, waiter.since)  # one who joined it later has nothing to do with the time before
            waiter.resolve(Completion(hypothesis, own - waiter.since, now - own, *sizes, tuple(item.batches)))
        self._scheduler.observer.passed(*sizes)

    # When an engine fails.

    def _contain(self, left: Sequence[Item], error: Exception) -> None:
        """Find the item that an engine fails at by halving; take a smaller batch where memory is short."""
        if isinstance(error, EngineDied):
            self._scheduler.observer.failed("died")
            self._replace()
            return
        short = isinstance(error, OutOfMemory | MemoryError)
        _log.error("a batch of %d failed\n%s", len(left), place(error))
        self._scheduler.observer.failed("memory" if short else "error")
        self._engine.drop([item.row for item in left])
        if len(left) == 1:
            self._fail(left[0], error)
        elif short:
            self._shrink()
            self._give_back(left[len(left) // 2 :])
        else:
            for half in (left[: len(left) // 2], left[len(left) // 2 :]):
                self._advance([item for item in half if item.row in self._active and item.waiters])

    def _fail(self, item: Item, error: Exception) -> None:
        self._scheduler.observer.failed("item")
        del self._active[item.row]
        self._scheduler.settle([item], error)
        self._failures += 1
        if self._failures >= _DEADLY:
            self._replace()

    def _shrink(self) -> None:
        rows = sum(1 for _ in self._active)
        self._bounds = Bounds(max(1, min(rows, self._bounds.rows) // 2), self._bounds.tokens)
        self._successes = 0

    def _grow(self) -> None:
        self._successes += 1
        if self._bounds != self._full and self._successes >= _RECOVERY:
            self._bounds = Bounds(min(self._full.rows, self._bounds.rows * 2), self._full.tokens)
            self._successes = 0

    def _give_back(self, items: Sequence[Item]) -> None:
        for item in items:
            self._active.pop(item.row, None)
        self._scheduler.give_back(items)

    def _replace(self) -> None:
        """The engine is dead: give its work back, and make another, however long that takes."""
        _log.error("the engine counts as dead")
        left = list(self._active.values())
        for item in left:
            item.deaths += 1
        hopeless = [item for item in left if item.deaths >= _DEATHS]
        for item in hopeless:
            del self._active[item.row]
        self._scheduler.settle(hopeless, EngineFailed("engines died over it"))
        self._give_back(list(self._active.values()))
        self._scheduler.lost()
        self._engine.close()
        while not self._restarted():
            pass
        self._failures = 0
        self._scheduler.found()

    def _restarted(self) -> bool:
        """One attempt, after a pause that grows from one to the next. True also when it is time to end."""
        if not self._scheduler.pause(self.retry_seconds * random.uniform(0.5, 1.0)):
            return True
        self.retry_seconds = min(_PAUSES[1], 2 * self.retry_seconds)
        try:
            self._engine = self._load()
        except Exception as error:
            _log.error("the engine can't be started\n%s", place(error))
            self._scheduler.observer.failed("load")
            if self._scheduler.only_loss():
                self._scheduler.fail_waiting(NotReady("the engine can't be started", self.retry_seconds))
            return False
        self._scheduler.observer.restarted()
        return True
