"""In which stage a request is when it ends without an answer, and whether its time was up then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OTHER = "other"
QUEUE, GUARD, INFERENCE = "queue", "guard", "inference"
# Of the segments that were under way, the one that had come furthest says where the request was.
_ORDER = ("", QUEUE, GUARD, INFERENCE)

# What is given up with so little of its time left has met its deadline.
_EARLY_SECONDS, _EARLY_SHARE = 0.02, 0.02


class Way:
    """That of one request, or of one article of a stream, which has so many `seconds`, None for no end."""

    def __init__(self, seconds: float | None = None) -> None:
        self._stage = self._segment = ""
        self.within(seconds)

    def within(self, seconds: float | None) -> None:
        """It has so much time from now on."""
        early = 0.0 if seconds is None else _EARLY_SECONDS + _EARLY_SHARE * seconds
        self._late_at = None if seconds is None else time.monotonic() + seconds - early

    @property
    def late(self) -> bool:
        """Whether its time is as good as up.

        At its deadline a client cancels its call, and that may arrive before the server's own clock says so: it began
        later, and a deadline on the wire has two or three digits, rounded up.
        """
        return self._late_at is not None and time.monotonic() >= self._late_at

    @property
    def stage(self) -> str:
        """The one that it is in, "" between two."""
        return self._stage

    @property
    def ended_in(self) -> str:
        """The stage that it ended in; "other" is between stages."""
        return self._segment or self._stage or OTHER

    def into(self, stage: str) -> None:
        """A stage ("": between two) begins; what ended before it is of no matter any more."""
        self._stage, self._segment = stage, ""

    def segment_ended(self, stage: str) -> None:
        """A segment of the request ended without an answer."""
        self._segment = max(self._segment, stage, key=_ORDER.index)


_way: ContextVar[Way | None] = ContextVar("way", default=None)


def begin(way: Way) -> None:
    """A request begins in this task; what follows in it, and in tasks that it makes, belongs to the request."""
    _way.set(way)


def is_late() -> bool:
    """Whether the time of this request is as good as up."""
    way = _way.get()
    return way is not None and way.late


@contextmanager
def stage(name: str) -> Iterator[None]:
    """The request is in that stage meanwhile, and stays there when this ends in an error."""
    if way := _way.get():
        way.into(name)
    yield
    if way:
        way.into("")


@contextmanager
def aside() -> Iterator[None]:
    """The request waits for its caller meanwhile, and is back in its stage then."""
    way = _way.get()
    if way is None:
        yield
        return
    stage = way.stage
    way.into("")
    yield
    way.into(stage)


@contextmanager
def segment_stage(name: str) -> Iterator[None]:
    """A segment of the request is in that stage meanwhile."""
    try:
        yield
    except BaseException:
        segment_ended(name)
        raise


def segment_ended(stage: str) -> None:
    """A segment of this request ended without an answer."""
    if way := _way.get():
        way.segment_ended(stage)
