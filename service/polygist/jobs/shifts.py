"""Jobs in turn: each begins when there is room, one that was stopped waits again, what has ended is kept."""

import asyncio
import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from polygist.errors import OutputFailed
from polygist.jobs.engine import Inside, Service
from polygist.jobs.records import ENDS, Ending, Record, State
from polygist.jobs.roots import Roots
from polygist.jobs.store import Store
from polygist.jobs.work import Pace, Work
from polygist.metrics import Metrics

T = TypeVar("T")

_AGAIN_SECONDS = 10.0
_LAST_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bounds:
    """How many jobs may run at once, and of one caller; how long one is kept when it has ended."""

    at_once: int
    of_a_caller: int
    expire_seconds: float


class Shifts:
    """Works on the jobs of a store. Used on the event loop; jobs are in threads of their own.

    `told` hears the name of a job that has ended or was stopped. Raises OutputFailed.
    """

    def __init__(
        self, folder: Path, store: Store, roots: Roots, bounds: Bounds, metrics: Metrics, told: Callable[[str], None]
    ) -> None:
        self._folder, self._store, self._roots, self._bounds = folder, store, roots, bounds
        self._metrics, self._told = metrics, told
        self._asking = ThreadPoolExecutor(1, "jobs")
        self._working = ThreadPoolExecutor(bounds.at_once, "job")
        self._running: dict[str, tuple[Record, Work, asyncio.Task[None]]] = {}
        self._changed = asyncio.Event()

    async def ask(self, function: Callable[..., T], *arguments: object) -> T:
        """What a function of the store returns; it blocks, and so has a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._asking, function, *arguments)

    def recover(self) -> None:
        """Who was at work when the server ended waits for its turn; what is left of jobs that are forgotten goes."""
        for record in self._store.page(2**31, states=(State.RUNNING, State.CANCELLING)):
            if record.state is State.RUNNING:
                self._store.move(record.name, State.QUEUED, time.time())
            else:
                self.end(record, Ending(State.CANCELLED, record.counts))
        self._folder.mkdir(mode=0o700, exist_ok=True)
        known = self._store.names()
        for found in self._folder.glob("*"):
            if found.name not in known:
                shutil.rmtree(found, ignore_errors=True)

    def news(self) -> None:
        """A job waits, or waits no more."""
        self._changed.set()

    async def turn(self, service: Service) -> None:
        """Begin what may be begun, and wait for news."""
        self._changed.clear()
        for record in await self.ask(self._store.waiting):
            if len(self._running) < self._bounds.at_once and self._of(record.caller) < self._bounds.of_a_caller:
                await self._begin(record, service)
        await self._count()
        await self._changed.wait()

    def _of(self, caller: str) -> int:
        return Counter(record.caller for record, _, _ in self._running.values())[caller]

    async def _begin(self, record: Record, service: Service) -> None:
        loop = asyncio.get_running_loop()
        request = await self.ask(self._store.message, record.number, "request")
        if not await self.ask(self._store.move, record.name, State.RUNNING, time.time()):
            return  # it was cancelled meanwhile
        tell, engine = partial(self._store.progress, record.name), Inside(loop, service, record.caller)
        work = Work(record, request, self._own(record.name), self._roots, engine, service, tell)
        self._running[record.name] = record, work, loop.create_task(self._watch(record, work))
        log.info("batch job %s begins", record.name)

    def _own(self, name: str) -> Path:
        return self._folder / name

    async def _watch(self, record: Record, work: Work) -> None:
        try:
            ending = await asyncio.get_running_loop().run_in_executor(self._working, work.run)
            while not await self.ask(self._kept, record, work, ending):  # noqa: ASYNC110  # nobody tells of free disk
                await asyncio.sleep(_AGAIN_SECONDS)
        finally:
            del self._running[record.name]
            self._changed.set()
            self._told(record.name)

    def _kept(self, record: Record, work: Work, ending: Ending | None) -> bool:
        """Keep how a run ended; whether that could be done. One that was stopped waits again, unless cancelled."""
        try:
            now = self._store.get(record.name)
            if ending is None and now and now.state is State.CANCELLING:
                ending = Ending(State.CANCELLED, work.pace.counts)
            if ending:
                self.end(record, ending)
            else:
                self._store.progress(record.name, work.pace.counts)
                self._store.move(record.name, State.QUEUED, time.time())
                log.info("batch job %s is stopped, and goes on when the server is started again", record.name)
        except OutputFailed as error:  # no space left, say
            log.error("batch job %s: %s", record.name, error)
            return False
        return True

    def end(self, record: Record, ending: Ending) -> None:
        """A job has ended, if it could where it was. It blocks."""
        now = time.time()
        if not self._store.end(record.name, ending, now, now + self._bounds.expire_seconds):
            return
        shutil.rmtree(self._own(record.name), ignore_errors=True)
        self._metrics.jobs_ended.labels(ending.state.value).inc()
        c = ending.counts
        log.info("batch job %s: %s, %d done, %d failed", record.name, ending.state.value, c.done, c.failed)

    async def _count(self) -> None:
        tally = await self.ask(self._store.tally)
        for state, n in tally.items():
            if state not in ENDS:
                self._metrics.jobs.labels(state.value).set(n)

    def pace(self, record: Record) -> Pace:
        """How far a job is."""
        running = self._running.get(record.name)
        return running[1].pace if running and not record.over else Pace(record.counts)

    def give_up(self, name: str) -> None:
        """End a job that runs, and what is under way with it."""
        if name in self._running:
            self._running[name][1].give_up()

    async def close(self, grace_seconds: float) -> None:
        """Stop the jobs with what is under way, within the grace period; they wait for the next start of the server."""
        tasks = [task for _, _, task in self._running.values()]
        for _, work, _ in self._running.values():
            work.stop()
        if tasks:
            await asyncio.wait(tasks, timeout=grace_seconds)
        for _, work, _ in self._running.values():
            work.give_up()
        if tasks:
            await asyncio.wait(tasks, timeout=_LAST_SECONDS)
        for task in tasks:
            task.cancel()
        for pool in (self._working, self._asking):
            await asyncio.to_thread(pool.shutdown)
