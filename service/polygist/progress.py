"""In which stage a request is when it ends without an answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OTHER = "other"
QUEUE, GUARD, INFERENCE = "queue", "guard", "inference"
# Of the segments that were under way, the one that had come furthest says where the request was.
_ORDER = ("", QUEUE, GUARD, INFERENCE)


class Way:
    """That of one request, or of one article of a stream. `ended_in` is where it ended; "other" is between stages."""

    def __init__(self) -> None:
        self._stage = self._segment = ""

    @property
    def ended_in(self) -> str:
        return self._segment or self._stage or OTHER

    def into(self, stage: str) -> None:
        """A stage ("": between two) begins; what ended before it is of no matter any more."""
        self._stage, self._segment = stage, ""

    def segment_ended(self, stage: str) -> None:
        """A segment of the request ended without an answer."""
        self._segment = max(self._segment, stage, key=_ORDER.index)


_way: ContextVar[Way | None] = ContextVar("way", default=None)


def begin() -> Way:
    """A request begins in this task; what follows in it, and in tasks that it makes, belongs to the request."""
    way = Way()
    _way.set(way)
    return way


@contextmanager
def stage(name: str) -> Iterator[None]:
    """The request is in that stage meanwhile, and stays there when this ends in an error."""
    if way := _way.get():
        way.into(name)
    yield
    if way:
        way.into("")


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
