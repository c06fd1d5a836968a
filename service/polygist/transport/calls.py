"""What is told about each call: its id, its span, and a line in the access log when it has ended."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, TypeAlias

import grpc

from polygist import logs, progress, tracing
from polygist.pipeline.requests import Done
from polygist.progress import Way
from polygist.tracing import Attributes, Span, Tracer
from polygist.transport import status
from polygist.transport.gate import Gate
from polygist.types import Usage

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
# (method, type, context) -> what a handler runs inside.
Around = Callable[[str, str, Context], AbstractAsyncContextManager[None]]

SERVICE = "polygist.v1.Polygist"
# Asked once a second by who watches: no news, and never refused.
STATUS = f"/{SERVICE}/GetStatus"
REQUEST_ID = "x-request-id"
_SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
# Codes that are the server's fault (OpenTelemetry's conventions for gRPC servers).
_FAULTS = {
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNIMPLEMENTED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DATA_LOSS,
}

_access = logging.getLogger(logs.ACCESS)


@dataclass
class Ending:
    """The way of a call, and the code that it ended with, once it has."""

    way: Way
    code: grpc.StatusCode = grpc.StatusCode.UNKNOWN


@contextmanager
def ending(context: Context, gate: Gate) -> Iterator[Ending]:
    """Learns how the call that is handled inside ends, and where."""
    end = Ending(Way(context.time_remaining()))
    progress.begin(end.way)
    try:
        yield end
        end.code = _code(context) or grpc.StatusCode.OK
    except (asyncio.CancelledError, GeneratorExit):
        end.code = given_up(end.way, gate)
        raise
    except BaseException:
        end.code = _code(context) or grpc.StatusCode.UNKNOWN
        raise


def given_up(way: Way, gate: Gate) -> grpc.StatusCode:
    """How what was cancelled at this moment has ended: by its deadline, by the server's own end, or by its caller."""
    if way.late:
        return grpc.StatusCode.DEADLINE_EXCEEDED
    return grpc.StatusCode.UNAVAILABLE if gate.cut else grpc.StatusCode.CANCELLED


def _code(context: Context) -> grpc.StatusCode | None:
    """The code set on the context; grpc gives it as a number, an enum or not at all."""
    code: Any = context.code()
    if isinstance(code, int):
        return next((c for c in grpc.StatusCode if c.value[0] == code), None)
    return code or None


@dataclass
class Call:
    """What a call has come to so far; the articles of a stream add up. `caller` is "" where nobody has a name."""

    id: str
    caller: str = ""
    # Whether the caller's own limits were what it was refused for.
    beyond: bool = False
    warnings: int = 0
    usage: Usage = field(default_factory=Usage)

    def outcome(self, code: grpc.StatusCode) -> str:
        """What a call counts as that ends with such a code. Its own limits are the caller's to mend."""
        return "invalid" if self.beyond else status.outcome_of(code)


_current: ContextVar[Call | None] = ContextVar("call", default=None)


def note(done: Done) -> None:
    """An answer is ready, or one of a stream's."""
    call = _current.get()
    if call is not None:
        call.warnings += len(done.warnings)
        call.usage += done.usage


def current() -> Call:
    """The call that is handled here; an empty one where there is none."""
    return _current.get() or Call("")


def called_by(name: str) -> None:
    """It is known who calls."""
    call = _current.get()
    if call is not None:
        call.caller = name


@dataclass(frozen=True)
class Telling:
    """Who is told: a tracer where spans are kept, and whether the log has callers' addresses and their texts."""

    tracer: Tracer | None = None
    peer: bool = False
    texts: bool = False


def works(method: str) -> bool:
    """Whether a method is one of our own that does work: health, reflection and the server's status only look."""
    return method.startswith(f"/{SERVICE}/") and method != STATUS


def told(telling: Telling, gate: Gate, where: Callable[[], Attributes] = dict) -> Around:
    """Gives every call its id and its span, and writes a line about it when it has ended. `where` is the server.

    The id is that of the caller where it is sane, and goes back to the caller in the trailing metadata. A call runs in
    a task of its own, so nothing that is bound to it has to be unbound.
    """

    @asynccontextmanager
    async def around(method: str, kind: str, context: Context) -> AsyncIterator[None]:
        metadata = {k: v for k, v in context.invocation_metadata() or () if isinstance(v, str)}
        call, begun = Call(_id(metadata)), perf_counter()
        _current.set(call)
        context.set_trailing_metadata(((REQUEST_ID, call.id),))
        span = _entered(telling.tracer, method, metadata, where)
        ids = {"request_id": call.id} | ({"trace_id": span.trace_id} if span and span.trace_id else {})
        logs.bind(**ids)
        try:
            with ending(context, gate) as end:
                yield
        finally:
            # Named once more: where the caller has vanished this may be another task.
            facts = ids | ({"peer": context.peer()} if telling.peer else {})
            _write(method, call, end.code, perf_counter() - begun, facts)
            if span:
                span.note({"rpc.response.status_code": end.code.name})
                span.end(error=end.code.name if end.code in _FAULTS else "")

    return around


def _id(metadata: dict[str, str]) -> str:
    given = metadata.get(REQUEST_ID, "")
    return given if _SANE.fullmatch(given) else uuid.uuid4().hex


def _entered(
    tracer: Tracer | None, method: str, metadata: dict[str, str], where: Callable[[], Attributes]
) -> Span | None:
    """The span of a call that does work; the others would bury it."""
    if tracer is None or not works(method):
        return None
    span = tracer.call(method.lstrip("/"), metadata)
    span.note(where())
    tracing.enter(span)
    return span


def _write(method: str, call: Call, code: grpc.StatusCode, seconds: float, more: dict[str, str]) -> None:
    service, name = method.lstrip("/").rsplit("/", 1)
    level = logging.INFO if works(method) else logging.DEBUG
    if not _access.isEnabledFor(level):
        return
    more = more | ({"caller": call.caller} if call.caller else {})
    facts = {
        "method": name if service == SERVICE else f"{service}/{name}",
        "code": code.name,
        "outcome": call.outcome(code),
        "seconds": round(seconds, 4),
        "queue_seconds": round(call.usage.queue_seconds, 4),
        "inference_seconds": round(call.usage.inference_seconds, 4),
        "segments": call.usage.segments,
        "remembered": call.usage.remembered,
        "warnings": call.warnings,
    }
    _access.log(level, "call", extra={**facts, **more})
