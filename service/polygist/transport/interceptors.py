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

from polygist.errors import InvalidRequest, MessageTooLarge, PolygistError, Refused, Violation
from polygist.metrics import Metrics
from polygist.places import place
from polygist.transport import calls, status, visits
from polygist.transport.callers import ANONYMOUS
from polygist.transport.calls import SERVICE, Around, Context, ending, works
from polygist.transport.gate import Gate
from polygist.v1 import polygist_pb2

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

    A stream of requests raises InvalidRequest in place of a message that can't be read or has more than
    `max_message_bytes`, and the next may be asked for all the same; it raises NotReady when the gate's server begins to
    drain. With `texts`, which is for debugging, requests are in the log, the first 10,000 code points of each.
    """

    def __init__(
        self,
        around: Sequence[Around],
        on_message: OnMessage,
        gate: Gate,
        max_message_bytes: int,
        *,
        texts: bool = False,
    ) -> None:
        self._around, self._on_message, self._gate, self._texts = around, on_message, gate, texts
        self._max_bytes = max_message_bytes

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
            visits.received(request, streamed=bool(handler.request_streaming))
            if self._texts:
                log.debug("a request of %s", method, extra={"request": str(request)[:_SHOWN]})
            return request

        def sent(message: Any) -> Any:
            # Here and not in grpc, which asks for it when the call has ended for all others.
            data = handler.response_serializer(message) if handler.response_serializer else message
            self._on_message(method, kind, True)
            return data

        def incoming(request: Any) -> Any:
            return _Requests(request, received, self._gate) if handler.request_streaming else received(request)

        async def call(request: Any, context: Context) -> Any:
            async with self._inside(method, kind, context):
                response = await behavior(incoming(request), _Written(context, sent))
                return None if handler.response_streaming else sent(response)

        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            async with (
                self._inside(method, kind, context),
                aclosing(behavior(incoming(request), context)) as messages,
            ):
                async for message in messages:
                    yield sent(message)

        new = stream if inspect.isasyncgenfunction(behavior) else call
        factory: Any = _FACTORIES[kind]
        made: Handler = factory(new, _tolerant(handler.request_deserializer, self._max_bytes), None)
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


class _Written:
    """The context of a call whose handler may write its answers itself, as health checks do."""

    def __init__(self, context: Context, sent: Callable[[Any], Any]) -> None:
        self._context, self._sent = context, sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def write(self, message: Any) -> None:
        await self._context.write(self._sent(message))


def _tolerant(deserializer: Any, most: int) -> Callable[[bytes], Any]:
    """Reads a message of so many bytes at most; one that can't be read becomes the error that its sender gets."""

    def read(data: bytes) -> Any:
        if len(data) > most:
            return MessageTooLarge(most)
        try:
            return deserializer(data)
        except (DecodeError, ValueError):
            return InvalidRequest(Violation("request", "is no valid message: bad UTF-8 or no protobuf", "MALFORMED"))

    return read


def measured(metrics: Metrics, gate: Gate) -> Around:
    """Counts and times every call, whatever its end."""
    _begun_with(metrics)

    @asynccontextmanager
    async def around(method: str, kind: str, context: Context) -> AsyncIterator[None]:
        labels, begun, call = _labels(method, kind), perf_counter(), calls.current()
        metrics.grpc_started.labels(*labels).inc()
        try:
            with ending(context, gate) as end:
                yield
        finally:
            metrics.handled(labels, _camel(end.code), perf_counter() - begun)
            if labels[1] == SERVICE:
                outcome = call.outcome(end.code)
                metrics.requests.labels(labels[2], outcome).inc()
                caller = call.caller or ANONYMOUS
                metrics.caller_requests.labels(caller, outcome).inc()
                metrics.worked_for(caller, call.usage)
                metrics.unanswered(outcome, end.way.ended_in)

    return around


def _begun_with(metrics: Metrics) -> None:
    """Our own methods have their series from the start, of all codes that they answer with: not those of operations."""
    codes = {grpc.StatusCode.OK, grpc.StatusCode.CANCELLED, *status.CODES.values()} - {grpc.StatusCode.NOT_FOUND}
    for method in polygist_pb2.DESCRIPTOR.services_by_name["Polygist"].methods:
        labels = (_TYPES[method.client_streaming, method.server_streaming], SERVICE, method.name)
        for metric in (metrics.grpc_started, metrics.grpc_received, metrics.grpc_sent, metrics.grpc_handling):
            metric.labels(*labels)
        for code in codes:
            metrics.grpc_handled.labels(*labels, _camel(code))


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
            calls.current().beyond |= isinstance(error, Refused) and error.cause == "share"
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
