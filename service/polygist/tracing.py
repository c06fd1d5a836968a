"""Spans of calls, for whoever keeps them: what is done tells the current span, and knows no tracing library.

The transport begins a span for a call where somebody keeps them, and all that the call's tasks and threads do becomes
spans below it. Where nobody does, a step costs the look at one variable. Attributes never hold text of callers.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Protocol

from polygist.errors import GlossaryInvalid, InvalidRequest, PageInvalid, QueueFull, TermInvalid

Attributes = Mapping[str, str | int | float | bool | Sequence[str]]

_NONE: Attributes = {}
# The caller is wrong, has left or comes back later: nothing that a span is to be looked at for.
_NO_FAULTS = (
    *(asyncio.CancelledError, GeneratorExit),
    *(InvalidRequest, GlossaryInvalid, PageInvalid, TermInvalid, QueueFull),
)


class Span(Protocol):
    """Something that takes time, known to a tracer. Times are seconds of time.monotonic, None for now."""

    @property
    def trace_id(self) -> str:
        """32 hex digits; "" where the tracer is turned off."""
        ...

    @property
    def kept(self) -> bool:
        """Whether anybody will see it: a sampler may have decided against the whole trace."""
        ...

    def child(
        self, name: str, attributes: Attributes, *, links: Sequence["Span"] = (), begun: float | None = None
    ) -> "Span":
        """A span below this one that belongs together with the `links`, which are of any trace."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Say more about it."""
        ...

    def end(self, *, error: str = "", ended: float | None = None) -> None:
        """It is over; `error` is the kind of what ended it, "" where all is well."""
        ...


class Tracer(Protocol):
    """Keeps spans. Thread-safe."""

    def call(self, method: str, metadata: Mapping[str, str]) -> Span:
        """The span of a call of "package.Service/Method", below that of the caller where `metadata` names one."""
        ...

    def close(self) -> None:
        """Hand over what is left. Blocks for a while where nobody takes it."""
        ...


_current: ContextVar[Span | None] = ContextVar("span", default=None)


def enter(span: Span) -> None:
    """From now on it is the current one of this task and of those that it starts."""
    _current.set(span)


def current() -> Span | None:
    """The span that is being worked on, None where nobody keeps it."""
    span = _current.get()
    return span if span is not None and span.kept else None


def exemplar() -> dict[str, str] | None:
    """Labels that lead from a measurement to the trace it is of."""
    span = current()
    return {"trace_id": span.trace_id} if span else None


def fault(error: BaseException) -> str:
    """The kind of an error that is a span's, "" where it is the caller's."""
    return "" if isinstance(error, _NO_FAULTS) else type(error).__name__


@contextmanager
def step(name: str, attributes: Attributes = _NONE) -> Iterator[Span | None]:
    """A span of what is done inside, below the current one, and the current one meanwhile."""
    above = current()
    if above is None:
        yield None
        return
    span, error = above.child(name, attributes), ""
    token = _current.set(span)
    try:
        yield span
    except BaseException as raised:
        error = fault(raised)
        raise
    finally:
        span.end(error=error)
        with suppress(ValueError):  # a generator that was left behind is closed by another task
            _current.reset(token)


def past(
    name: str,
    begun: float,
    ended: float | None = None,
    attributes: Attributes = _NONE,
    *,
    links: Sequence[Span] = (),
    error: str = "",
) -> None:
    """A span of what is over, below the current one."""
    above = current()
    if above is not None:
        above.child(name, attributes, links=links, begun=begun).end(error=error, ended=ended)


@contextmanager
def shared(name: str, callers: Iterable[Span | None], attributes: Attributes = _NONE) -> Iterator[Span | None]:
    """A span of what is done for several callers at once: below the first one's, and linked to all the others'."""
    spans = list(dict.fromkeys(span for span in callers if span is not None))
    if not spans:
        yield None
        return
    span, error = spans[0].child(name, attributes, links=spans[1:]), ""
    try:
        yield span
    except BaseException as raised:
        error = fault(raised)
        raise
    finally:
        span.end(error=error)
