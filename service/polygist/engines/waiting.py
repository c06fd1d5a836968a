"""Those who wait for a computation, and how they get its outcome across threads."""

import asyncio
import logging
from dataclasses import dataclass, field

from polygist.engines.base import Row
from polygist.engines.work import Completion, Job
from polygist.errors import DeadlineExceeded, EngineFailed, NotReady, PolygistError
from polygist.shares import EVERYBODY, Share
from polygist.tracing import Span
from polygist.types import Priority

Key = tuple[object, ...]

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Waiter:
    """A caller of `submit`, the span that it works on, and its own priority, whatever its item's is by now."""

    future: asyncio.Future[Completion]
    deadline: float | None
    since: float
    span: Span | None = None
    priority: Priority = Priority.INTERACTIVE

    def resolve(self, outcome: Completion | PolygistError) -> None:
        """Hand the outcome over from the worker's thread."""
        try:
            self.future.get_loop().call_soon_threadsafe(self._settle, outcome)
        except RuntimeError:
            _log.debug("the event loop of a caller has closed")

    def _settle(self, outcome: Completion | PolygistError) -> None:
        if self.future.done():
            return
        if isinstance(outcome, Completion):
            self.future.set_result(outcome)
        else:
            self.future.set_exception(outcome)


@dataclass(eq=False)
class Item:
    """A computation and everyone who waits for it: identical jobs are computed once.

    `begun` is when an engine first took it up, `deaths` how many engines died over it, `batches` the spans of those
    that it was part of, `share` that of the one among them who has the least work besides.
    """

    job: Job
    waiters: list[Waiter]
    priority: Priority
    row: Row
    begun: float | None = None
    deaths: int = 0
    batches: list[Span] = field(default_factory=list)
    share: Share = EVERYBODY

    @property
    def key(self) -> Key:
        return key_of(self.job)

    @property
    def suspect(self) -> bool:
        """Whether an engine died over it, among others or alone: the next one gets it alone, and it is known then."""
        return self.deaths > 0

    def expired(self, now: float) -> bool:
        """Whether nobody waits any more."""
        return all(w.deadline is not None and w.deadline <= now for w in self.waiters)


def item_of(job: Job, waiter: Waiter) -> Item:
    row = Row(job.prompt, job.max_new_tokens, job.decoding, prefix=job.prefix)
    return Item(job, [waiter], job.priority, row, share=job.share)


def key_of(job: Job) -> Key:
    return (job.prompt, job.prefix, job.max_new_tokens, job.decoding)


def own(error: Exception) -> PolygistError:
    """An exception of its own for each waiter, since each adds its traceback. The cause is the one given."""
    if isinstance(error, NotReady):
        copy: PolygistError = NotReady(str(error), error.retry_seconds, error.cause)
    elif isinstance(error, DeadlineExceeded):
        copy = DeadlineExceeded(str(error))
    else:
        # A library's message may quote what it was working on.
        copy = EngineFailed("the engine failed at a batch")
        copy.__cause__ = error
    return copy
