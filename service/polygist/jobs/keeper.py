"""The jobs of a server, as callers ask for them."""

import asyncio
import fcntl
import logging
import os
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from polygist.errors import ConfigurationError, NotReady, OperationMissing, OperationUnfinished, PolygistError
from polygist.jobs import requests
from polygist.jobs.engine import Service
from polygist.jobs.records import Ending, Record, State
from polygist.jobs.roots import Roots
from polygist.jobs.shifts import Bounds, Shifts
from polygist.jobs.store import Store
from polygist.jobs.work import Pace
from polygist.metrics import Metrics
from polygist.places import place
from polygist.v1 import polygist_pb2 as pb

_LONGEST_SLEEP_SECONDS, _SHORTEST_SLEEP_SECONDS = 3_600.0, 0.05
_AGAIN_SECONDS = 10.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """A job at this moment."""

    record: Record
    pace: Pace


class Keeper:
    """The jobs in a folder, which is this server's alone. Used on the event loop only; what blocks is in threads.

    Making it blocks, and raises ConfigurationError where the folder can't be had. All else raises NotReady before
    `work` and after `close`, and OutputFailed. An `owner` has no jobs but those that it has created; None has all.
    """

    def __init__(self, folder: Path, roots: Roots, bounds: Bounds, metrics: Metrics) -> None:
        roots.keep_off(folder)
        self._roots, self._bounds = roots, bounds
        self._lock = _locked(folder)
        self._store = Store(folder / "jobs.sqlite")
        self._shifts = Shifts(folder / "work", self._store, roots, bounds, metrics, self._told)
        self._service: Service | None = None
        self._state = "loading"
        self._waiters: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._tasks: list[asyncio.Task[None]] = []

    async def work(self, service: Service) -> None:
        """Go on with what was begun, and begin what waits."""
        await self._shifts.ask(self._shifts.recover)
        self._service = service
        turns = (lambda: self._shifts.turn(service), self._forget)
        self._tasks = [asyncio.create_task(_always(turn)) for turn in turns]

    async def _forget(self) -> None:
        """Forget what has expired, and wait for what expires next."""
        for name in await self._shifts.ask(self._store.expired, time.time()):
            await self._shifts.ask(self._store.delete, name)
            log.info("batch job %s has expired", name)
        expiry = await self._shifts.ask(self._store.next_expiry)
        left = _LONGEST_SLEEP_SECONDS if expiry is None else expiry - time.time()
        # A job that ends meanwhile expires later than that.
        most = min(self._bounds.expire_seconds, _LONGEST_SLEEP_SECONDS)
        await asyncio.sleep(max(min(left, most), _SHORTEST_SLEEP_SECONDS))

    def _told(self, name: str) -> None:
        for waiter in self._waiters.get(name, ()):
            waiter.set()

    def _served(self) -> Service:
        if self._service is None:
            raise NotReady(f"the server is {self._state}", 1.0, self._state)
        return self._service

    def _look(self, record: Record) -> Look:
        return Look(record, self._shifts.pace(record))

    async def _record(self, name: str, owner: str | None) -> Record:
        self._served()
        found = await self._shifts.ask(self._store.get, name)
        if found is None or (owner is not None and found.caller != owner):
            raise OperationMissing("there is no such batch job, or it has expired")
        return found

    async def create(self, request: pb.CreateBatchDigestRequest, caller: str) -> Look:
        """A job that waits for its turn, or the one that has that request_id.

        Raises InvalidRequest, and QuotaExceeded where the caller has too many that wait.
        """
        service = self._served()
        limits = service.limits()
        order = await asyncio.to_thread(requests.order, request, caller, limits, self._roots)
        service.check(request.digest, "digest.")
        self._served()
        record, new = await self._shifts.ask(self._store.create, order, time.time(), limits.max_queued_jobs)
        if new:
            log.info("batch job %s is created", record.name)
            self._shifts.news()
        return self._look(record)

    async def get(self, name: str, owner: str | None = None) -> Look:
        """A job. Raises OperationMissing."""
        return self._look(await self._record(name, owner))

    async def results(self, record: Record) -> bytes:
        """The serialized results of a job that has ended; empty where it has none."""
        self._served()
        return await self._shifts.ask(self._store.message, record.number, "results")

    async def page(
        self, size: int, before: int | None, states: Collection[State], owner: str | None = None
    ) -> list[Look]:
        """Jobs in one of those states, the newest first, with numbers below `before`."""
        self._served()
        return [self._look(r) for r in await self._shifts.ask(self._store.page, size, before, states, owner)]

    async def cancel(self, name: str, owner: str | None = None) -> None:
        """Let a job end, if it has not; what is under way is given up. Raises OperationMissing."""
        while not (record := await self._record(name, owner)).over and record.state is not State.CANCELLING:
            if await self._shifts.ask(self._store.move, name, State.CANCELLING, time.time()):
                self._shifts.give_up(name)
            elif record.state is State.QUEUED:  # unless it has begun meanwhile
                await self._shifts.ask(self._shifts.end, record, Ending(State.CANCELLED, record.counts))
        self._shifts.news()
        self._told(name)

    async def delete(self, name: str, owner: str | None = None) -> None:
        """Forget a job that has ended. Raises OperationMissing, OperationUnfinished."""
        if not (await self._record(name, owner)).over:
            raise OperationUnfinished("the batch job has not ended; cancel it first")
        await self._shifts.ask(self._store.delete, name)
        self._told(name)

    async def wait(self, name: str, seconds: float | None, owner: str | None = None) -> Look:
        """A job when it has ended, or when so many seconds have passed. Raises OperationMissing."""
        news = asyncio.Event()
        self._waiters[name].add(news)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not (await self._record(name, owner)).over:
                        await news.wait()
                        news.clear()
            return await self.get(name, owner)
        finally:
            self._waiters[name].discard(news)
            if not self._waiters[name]:
                del self._waiters[name]

    async def close(self, grace_seconds: float) -> None:
        """Stop the jobs with what is under way, within the grace period; they go on when the server starts again."""
        self._service, self._state = None, "draining"
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for name in list(self._waiters):
            self._told(name)
        await self._shifts.close(grace_seconds)
        await asyncio.to_thread(self._store.close)
        os.close(self._lock)


async def _always(turn: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await turn()
        except Exception as error:  # a full disk, say: it is tried again
            log.error("batch jobs: %s", error if isinstance(error, PolygistError) else place(error))
            await asyncio.sleep(_AGAIN_SECONDS)


def _locked(folder: Path) -> int:
    """The folder, made where there is none, is this process's until the file that is returned is closed."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(f"POLYGIST_JOBS_DIR: {error.strerror}: {folder}") from error
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(number)
        raise ConfigurationError(f"POLYGIST_JOBS_DIR: another server has {folder}") from error
    return number
