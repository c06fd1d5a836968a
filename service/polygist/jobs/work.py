"""One run of a job, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from polygist.batch.job import Job, Progress
from polygist.batch.servers import Patience, described
from polygist.errors import OutputFailed, PolygistError
from polygist.jobs import requests, results
from polygist.jobs.engine import Inside, Service
from polygist.jobs.inputs import Counted, source
from polygist.jobs.outputs import Output
from polygist.jobs.records import Counts, Ending, Record, State
from polygist.jobs.roots import Roots
from polygist.places import place
from polygist.v1 import polygist_pb2 as pb

_TOLD_SECONDS = 1.0
_PATIENCE_SECONDS = 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """How far a run is. `per_second` and `seconds_left` are 0 and None where nothing is known."""

    counts: Counts
    per_second: float = 0.0
    seconds_left: float | None = None


class Work:
    """A run of a job over the server's own pipeline. `tell` hears from time to time how far it is, in the run's thread.

    `pace` may be looked at from any thread.
    """

    def __init__(
        self,
        record: Record,
        request: bytes,
        own: Path,
        roots: Roots,
        engine: Inside,
        service: Service,
        tell: Callable[[Counts], None],
    ) -> None:
        self._record, self._request, self._own, self._roots = record, request, own, roots
        self._engine, self._service, self._tell = engine, service, tell
        self.pace = Pace(record.counts)
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._stopping = threading.Event()
        self._told = 0.0

    def stop(self) -> None:
        """Finish what is under way, and end. For any thread."""
        with self._lock:
            self._stopping.set()
            if self._job:
                self._job.stop()

    def give_up(self) -> None:
        """End, and what is under way with it. For any thread."""
        self.stop()
        self._engine.stop()

    def run(self) -> Ending | None:
        """How the job has ended; None where it was stopped before."""
        try:
            return self._run()
        except PolygistError as error:
            return self._failed(error)
        except Exception as error:
            log.error("a batch job failed\n%s", place(error))
            return self._failed(PolygistError("internal error; the server's log has its place"))

    def _failed(self, error: PolygistError) -> Ending:
        return Ending(State.FAILED, self.pace.counts, self._service.status(error).SerializeToString())

    def _run(self) -> Ending | None:
        request = pb.CreateBatchDigestRequest.FromString(self._request)
        self._make_own()
        options, output = requests.options(request), Output(request.output.folder, self._own, self._roots)
        read, begun = source(request, options, self._roots, self._own), time.monotonic()

        def watch(now: Progress) -> None:
            self._watch(now, read, time.monotonic() - begun)

        engines = {"server": self._engine}
        about = described(self._engine.info())
        with self._lock:
            if self._stopping.is_set():
                return None
            self._job = Job(read, output.folder, engines, options, about, watch)
        try:
            done = self._job.run()
        finally:
            self._watch(self._job.progress, read, time.monotonic() - begun)
        if not done.complete or not self._published(output):
            return None
        most = self._service.limits().max_inline_result_bytes
        ending, why = results.ending(done.totals, read.characters, output.results, most)
        if why:
            error = self._service.status(results.AllFailed(why)).SerializeToString()
            return replace(ending, error=error)
        return ending

    def _published(self, output: Output) -> bool:
        """Whether all is where it was asked for, before the run was stopped. A store may be away for a while."""
        patience = Patience(_PATIENCE_SECONDS)
        while not self._stopping.wait(patience.left):
            try:
                output.publish()
                return True
            except OutputFailed:
                if not patience.failed():
                    raise
        return False

    def _make_own(self) -> None:
        try:
            self._own.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputFailed(f"{error.strerror}: the folder of batch jobs") from error

    def _watch(self, now: Progress, read: Counted, seconds: float) -> None:
        total, estimated = read.total()
        if self._record.counts.total and not self._record.counts.total_estimated:
            total, estimated = self._record.counts.total, False
        done, failed = now.records_in_all, now.failed_in_all
        total = max(total, done + failed) if estimated else total
        counts = Counts(total, estimated, done, failed, now.with_warnings_in_all, read.characters)
        rate = now.done / seconds if seconds > 0 else 0.0
        left = (total - done - failed) / rate if rate and total else None
        self.pace = Pace(counts, rate, left)
        if time.monotonic() - self._told >= _TOLD_SECONDS:
            self._told = time.monotonic()
            with suppress(OutputFailed):  # it is told again; the output may have room where the database has none
                self._tell(counts)
