"""A batch job: reader and servers work in threads of their own; what they report is kept and written here."""

import queue
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from polygist.batch import index
from polygist.batch.disk import Disk, writable
from polygist.batch.formats import FORMATS
from polygist.batch.index import Totals
from polygist.batch.journal import NAME as CHECKPOINT
from polygist.batch.options import Options
from polygist.batch.outcomes import Outcome
from polygist.batch.parts import Folder, Part
from polygist.batch.reader import Begun, PartRead, Passed, ReadAll, Reader
from polygist.batch.servers import Done, Engine, Gone, Server
from polygist.batch.source import Source
from polygist.batch.window import Window
from polygist.errors import OutputForeign, ServersLost

_TICK_SECONDS = 1.0


@dataclass
class Progress:
    """What this run has done. `passed` were done before it, some of them `passed_failed`, others
    `passed_with_warnings`; `lost` are servers that were given up, and why."""

    passed: int = 0
    passed_failed: int = 0
    passed_with_warnings: int = 0
    records: int = 0
    failed: int = 0
    with_warnings: int = 0
    parts: int = 0
    stopping: bool = False
    lost: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Outcomes of this run."""
        return self.records + self.failed

    @property
    def records_in_all(self) -> int:
        """Articles with a digest, of this run and before."""
        return self.passed - self.passed_failed + self.records

    @property
    def failed_in_all(self) -> int:
        """Articles without one."""
        return self.passed_failed + self.failed

    @property
    def with_warnings_in_all(self) -> int:
        """Articles with a digest that has warnings."""
        return self.passed_with_warnings + self.with_warnings

    def add_passed(self, done: int, failed: int, with_warnings: int) -> None:
        """So many outcomes, some of them failures, are from before."""
        self.passed += done
        self.passed_failed += failed
        self.passed_with_warnings += with_warnings

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self.failed += bool(outcome.fault)
        self.records += not outcome.fault
        self.with_warnings += bool(outcome.warnings)


@dataclass(frozen=True)
class Result:
    """How a run ended: whether the job is complete, and what all its runs have written."""

    complete: bool
    totals: Totals


class Job:
    """One run over a source with those servers, by their names, into a folder that is made where there is none.

    `about` is what the servers have in common, see options.common. `watch` is called after each change, and at least
    once a second. Raises JobErrors; whatever happens, the next run goes on.
    """

    def __init__(
        self,
        source: Source,
        path: Path,
        engines: Mapping[str, Engine],
        options: Options,
        about: Mapping[str, Any],
        watch: Callable[[Progress], None] = lambda _: None,
        disk: Disk | None = None,
    ) -> None:
        self.progress = Progress()
        self._path, self._watch, self._disk = path, watch, disk or Disk()
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._window = Window(options.window, options.attempts)
        self._options, self._source, self._engines, self._about = options, source, engines, about
        self._open: deque[Part] = deque()
        self._items: int | None = None
        self._servers: dict[Server, str] = {}

    def stop(self) -> None:
        """Finish what the servers work on and end. May be called from a signal handler."""
        self._events.put(None)

    def run(self) -> Result:
        """Work until all is done, or until stop()."""
        folder = self._opened()
        try:
            self._work(folder)
            if self._done and self._items is not None:
                folder.journal.finish(self._items)
            return Result(self._done, index.write(self._path, folder.journal, self._disk))
        except ServersLost:
            index.write(self._path, folder.journal, self._disk)
            raise
        finally:
            folder.close()

    @property
    def _done(self) -> bool:
        """Whether all of the input is written."""
        return self._items is not None and not self._open

    def _opened(self) -> Folder:
        with writable(self._path):
            self._path.mkdir(parents=True, exist_ok=True)
            if not (self._path / CHECKPOINT).exists() and any(self._path.iterdir()):
                raise OutputForeign(f"{self._path}: holds other files and no checkpoint; name another folder")
        job = self._options.job(self._about)
        return Folder(self._path, job, FORMATS[self._options.output_format], self._disk)

    def _work(self, folder: Folder) -> None:
        o = self._options
        reader = Reader(self._source, folder, self._window, o.part_size, o.retry_failed, self._events.put)
        for name, engine in self._engines.items():
            made = Server(name, engine, self._window, o.request, self._events.put, o.patience_seconds, self._about)
            self._servers[made] = name
        threads = {reader, *self._servers}
        for thread in threads:
            thread.start()
        try:
            # Who reads from a pipe may wait for ever.
            while threads - ({reader} if self.progress.stopping else set()):
                try:
                    event = self._events.get(timeout=_TICK_SECONDS)
                except queue.Empty:
                    if self._done:
                        break  # a server may be waited for that is gone
                    self._watch(self.progress)
                    continue
                if isinstance(event, Gone):
                    threads.discard(event.thread)
                self._take(event, folder)
                self._watch(self.progress)
        finally:
            self._window.close()
            for server in self._servers:
                server.stop()
            reader.join(_TICK_SECONDS)

    def _take(self, event: Any, folder: Folder) -> None:
        match event:
            case Done(task, outcome):
                task.part.spool.add(outcome)
                self._window.release()
                self.progress.add(outcome)
                self._write(folder)
            case PartRead(part, range):
                part.read(range)
                self._open.append(part)
                self._write(folder)
            case Passed(line):
                failed = len(line.failures)
                self.progress.add_passed(line.records + failed, failed, line.with_warnings)
            case Begun(part) if part.before:
                self.progress.add_passed(part.before.records, 0, part.before.with_warnings)
            case Begun(part):
                for kept in part.spool.outcomes():
                    self.progress.add_passed(1, bool(kept.fault), bool(kept.warnings))
            case ReadAll(items):
                self._items = items
                self._window.end()
            case Gone(thread, error):
                self._gone(thread, error)
            case None:
                self.progress.stopping = True
                self._window.close()
        if self._done:
            for server in self._servers:
                server.stop()

    def _write(self, folder: Folder) -> None:
        """The parts that are complete, none before an earlier one."""
        while self._open and self._open[0].complete:
            folder.write(self._open.popleft())
            self.progress.parts += 1

    def _gone(self, thread: Any, error: Exception | None) -> None:
        """A server more or less is no matter, while there is another."""
        if error is None or self._done:
            return
        if thread not in self._servers or not isinstance(error, grpc.RpcError | ServersLost):
            raise error
        details = error.details() if isinstance(error, grpc.Call) else str(error)
        self.progress.lost[self._servers[thread]] = details or type(error).__name__
        if len(self.progress.lost) == len(self._servers):
            said = "; ".join(f"{name}: {why}" for name, why in self.progress.lost.items())
            raise ServersLost(f"no server is left: {said}")
