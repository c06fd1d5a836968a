"""What is the same for every call: metrics, errors as statuses, and the bound on calls worked on at once."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from time import perf_counter
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from polygist import progress
from polygist.errors import InvalidRequest, PolygistError, Violation
from polygist.metrics import Metrics
from polygist.places import place
from polygist.transport import status
from polygist.transport.calls import SERVICE, Around, Context, ending, works
from polygist.transport.gate import Gate

log = logging.getLogger(__name__)

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
# (method, type, sent) hears of each message.
OnMessage = Callable[[str, str, bool], None]

_TYPES = {
    (False, False): "unary",
    (True, False): "client_stream",
    (False, True): "server_stream",
    (True, True): "bidi_stream",
}
_FACTORIES = {
    "unary": grpc.unary_unary_rpc_method_handler,
    "client_stream": grpc.stream_unary_rpc_method_handler,
    "server_stream": grpc.unary_stream_rpc_method_handler,
    "bidi_stream": grpc.stream_stream_rpc_method_handler,
}
_SHOWN = 10_000
_ODD_NAMES = {grpc.StatusCode.OK: "OK", grpc.StatusCode.CANCELLED: "Canceled"}


class AroundEachCall(grpc.aio.ServerInterceptor):
    """Runs every handler inside all of `around`, the first outermost; the method is "/package.Service/Method".

    A stream of requests raises InvalidRequest in place of a message that can't be read, and the next may be asked for
    all the same; it raises NotReady when the gate's server begins to drain. With `texts`, which is for debugging,
    requests are in the log, the first 10,000 code points of each.
    """

    def __init__(self, around: Sequence[Around], on_message: OnMessage, gate: Gate, *, texts: bool = False) -> None:
        self._around, self._on_message, self._gate, self._texts = around, on_message, gate, texts

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        handler = await continuation(details)
        # grpc hands out None for a method that does not exist.
        return self._wrapped(handler, details.method) if handler else handler

    def _wrapped(self, handler: Handler, method: str) -> Handler:
        kind = _TYPES[bool(handler.request_streaming), bool(handler.response_streaming)]
        behavior: Any = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream

        def received(request: Any) -> Any:
            self._on_message(method, kind, False)
            if isinstance(request, InvalidRequest):
                raise request
            if self._texts:
                log.debug("a request of %s", method, extra={"request": str(request)[:_SHOWN]})
            return request

        def incoming(request: Any) -> Any:
            return _Requests(request, received, self._gate) if handler.request_streaming else received(request)

        async def call(request: Any, context: Context) -> Any:
            async with self._inside(method, kind, context):
                response = await behavior(incoming(request), context)
                self._on_message(method, kind, True)
                return response

        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            async with (
                self._inside(method, kind, context),
                aclosing(behavior(incoming(request), context)) as messages,
            ):
                async for message in messages:
                    self._on_message(method, kind, True)
                    yield message

        new = stream if inspect.isasyncgenfunction(behavior) else call
        factory: Any = _FACTORIES[kind]
        made: Handler = factory(new, _tolerant(handler.request_deserializer), handler.response_serializer)
        return made

    @asynccontextmanager
    async def _inside(self, method: str, kind: str, context: Context) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for around in self._around:
                await stack.enter_async_context(around(method, kind, context))
            yield


class _Requests:
    """The messages of a stream. Unlike a generator it goes on after an error."""

    def __init__(self, requests: AsyncIterator[Any], received: Callable[[Any], Any], gate: Gate) -> None:
        self._requests, self._received, self._gate = requests, received, gate

    def __aiter__(self) -> _Requests:
        return self

    async def __anext__(self) -> Any:
        return self._received(await self._gate.unless_draining(self._requests.__anext__))


def _tolerant(deserializer: Any) -> Callable[[bytes], Any]:
    """Reads a message; one that can't be read becomes the error that a handler's caller gets for it."""

    def read(data: bytes) -> Any:
        try:
            return deserializer(data)
        except (DecodeError, ValueError):
            return InvalidRequest(Violation("request", "is no valid message: bad UTF-8 or no protobuf", "MALFORMED"))

    return read


def measured(metrics: Metrics) -> Around:
    """Counts and times every call, whatever its end."""

    @asynccontextmanager
    async def around(method: str, kind: str, context: Context) -> AsyncIterator[None]:
        labels, begun, way = _labels(method, kind), perf_counter(), progress.begin()
        metrics.grpc_started.labels(*labels).inc()
        try:
            with ending(context) as end:
                yield
        finally:
            metrics.handled(labels, _camel(end.code), perf_counter() - begun)
            if labels[1] == SERVICE:
                outcome = status.outcome_of(end.code)
                metrics.requests.labels(labels[2], outcome).inc()
                metrics.unanswered(outcome, way.ended_in)

    return around


def messages_counted(metrics: Metrics) -> OnMessage:
    """Counts messages in and out."""

    def on_message(method: str, kind: str, sent: bool) -> None:
        (metrics.grpc_sent if sent else metrics.grpc_received).labels(*_labels(method, kind)).inc()

    return on_message


def _labels(method: str, kind: str) -> tuple[str, str, str]:
    """grpc_type, grpc_service, grpc_method. Only methods that exist get here, so the set is bounded."""
    service, name = method.lstrip("/").rsplit("/", 1)
    return kind, service, name


def _camel(code: grpc.StatusCode) -> str:
    """The name of a code as grpc-go writes it, which dashboards know."""
    return _ODD_NAMES.get(code) or code.name.title().replace("_", "")


def foreseen(error: Exception, what: str) -> PolygistError:
    """The error for the caller. One that was not raised on purpose goes to the log, without texts, and is INTERNAL."""
    if isinstance(error, PolygistError):
        return error
    log.error("%s failed\n%s", what, place(error))
    return PolygistError("internal error; the server's log has its place")


def errors_as_statuses(metrics: Metrics) -> Around:
    """Domain errors become statuses with details; any other error becomes INTERNAL and a log entry without texts."""

    @asynccontextmanager
    async def around(method: str, kind: str, context: Context) -> AsyncIterator[None]:
        try:
            yield
        except (grpc.aio.AbortError, asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:
            shown = foreseen(error, method)
            metrics.failed(shown)
            # What is given here takes the place of what was set before.
            trailers = (*(context.trailing_metadata() or ()), *status.trailers(shown))
            await context.abort(status.code(shown), str(shown), trailers)

    return around


def gated(gate: Gate, metrics: Metrics) -> Around:
    """Calls of our own service pass the gate; health, reflection and the server's status always answer."""

    @asynccontextmanager
    async def around(method: str, kind: str, context: Context) -> AsyncIterator[None]:
        if not works(method):
            yield
            return
        with gate.passage(), metrics.in_flight.track_inprogress():
            yield

    return around
