"""DigestMany: the articles of a stream side by side, each answered when it is ready, and only so many at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, TypeAlias

import grpc

from polygist import progress, tracing
from polygist.errors import DeadlineExceeded, InvalidRequest, NotReady, QueueFull, StreamIdle
from polygist.metrics import Metrics
from polygist.pipeline.limits import Limits
from polygist.pipeline.requests import DigestRequest
from polygist.progress import Way
from polygist.transport import incoming, status, visits
from polygist.transport.calls import given_up
from polygist.transport.gate import Gate
from polygist.transport.interceptors import foreseen
from polygist.transport.patience import Patience
from polygist.types import Priority
from polygist.v1 import polygist_pb2 as pb

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
# Answers a request, in the unit that its message names.
Digest = Callable[[DigestRequest, pb.DigestRequest], Awaitable[pb.DigestResponse]]

_RETRY_SECONDS = 1.0


@dataclass
class _Fate:
    """The way of an article and its outcome, "" where it was given up."""

    way: Way
    outcome: str = ""


class Many:
    """The articles of one stream.

    An article has its place from before its message is read until its answer is taken, so a caller who takes no answers
    is read from no further. With `idle_seconds` a stream without articles ends when it has brought none for so long.
    """

    def __init__(
        self,
        digest: Digest,
        limits: Limits,
        metrics: Metrics,
        gate: Gate,
        context: Context,
        idle_seconds: float | None = None,
    ) -> None:
        self._digest, self._limits, self._context = digest, limits, context
        self._patience = Patience(idle_seconds)
        self._metrics, self._gate = metrics, gate
        self._places = asyncio.Semaphore(limits.max_articles_in_flight)
        self._ready: asyncio.Queue[pb.DigestManyResponse | None] = asyncio.Queue()

    async def answers(
        self, requests: AsyncIterator[pb.DigestManyRequest]
    ) -> AsyncGenerator[pb.DigestManyResponse, None]:
        """An answer for each message, as it is ready. Leaving early ends the others.

        Raises NotReady where `requests` does, after the answers for what was read, and StreamIdle.
        """
        working = asyncio.create_task(self._work(requests))
        working.add_done_callback(lambda _: self._ready.put_nowait(None))
        # Where the caller has vanished grpc leaves this generator to the garbage collector, but frees the call that
        # is read from.
        self._context.add_done_callback(lambda _: working.cancel())  # type: ignore[arg-type]  # a class in the stub
        try:
            while (answer := await self._ready.get()) is not None:
                yield answer
                self._places.release()
                self._patience.less()
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _work(self, requests: AsyncIterator[pb.DigestManyRequest]) -> None:
        async with asyncio.TaskGroup() as group:
            ended = await self._read(requests, group)
        if ended:
            raise ended

    async def _read(
        self, requests: AsyncIterator[pb.DigestManyRequest], group: asyncio.TaskGroup
    ) -> NotReady | StreamIdle | None:
        """Starts a task for each message; returns why the stream ended early, None where it did not."""
        for index in count():
            await self._places.acquire()
            message: pb.DigestManyRequest | InvalidRequest
            try:
                message = await self._patience.wait_for(anext(requests))
            except InvalidRequest as error:
                message = error
            except StopAsyncIteration:
                break
            except (NotReady, StreamIdle) as error:
                return error
            self._patience.more()
            fate = _Fate(Way(self._context.time_remaining()))
            task = group.create_task(self._answer(index, message, fate))
            # Not in the task, which may be given up before its first step.
            task.add_done_callback(partial(self._count, fate))
        return None

    def _count(self, fate: _Fate, _: asyncio.Task[None]) -> None:
        outcome = fate.outcome or status.outcome_of(given_up(fate.way, self._gate))
        self._metrics.articles.labels(outcome).inc()
        self._metrics.unanswered_article(outcome, fate.way.ended_in)

    async def _answer(self, index: int, message: pb.DigestManyRequest | InvalidRequest, fate: _Fate) -> None:
        progress.begin(fate.way)
        answer = pb.DigestManyResponse(index=index)
        try:
            if isinstance(message, InvalidRequest):
                raise message
            self._limits.check_id(message.id)
            answer.id = message.id
            with tracing.step("article", {"polygist.article": index}):
                answer.digest.CopyFrom(await self._in_time(message, fate.way))
            fate.outcome = "ok"
        except Exception as error:
            shown = foreseen(error, "an article of DigestMany")
            self._metrics.failed(shown)
            answer.error.CopyFrom(status.status(shown))
            fate.outcome = status.outcome_of(status.code(shown))
        self._ready.put_nowait(answer)

    async def _in_time(self, message: pb.DigestManyRequest, way: Way) -> pb.DigestResponse:
        seconds = incoming.seconds(message, self._context.time_remaining())
        way.within(seconds)
        try:
            async with asyncio.timeout(seconds) as limit:
                await visits.answered_for(message)
                return await self._patiently(message.digest, seconds)
        except TimeoutError:
            if not limit.expired():
                raise
            raise DeadlineExceeded("the time for this article was up") from None

    async def _patiently(self, message: pb.DigestRequest, seconds: float | None) -> pb.DigestResponse:
        asked = incoming.digest(message, seconds, "digest.", default=Priority.BULK)
        return await patiently(self._digest, asked, message)


async def patiently(digest: Digest, asked: DigestRequest, message: pb.DigestRequest) -> pb.DigestResponse:
    """A full queue is a reason to wait: meanwhile nothing more is read."""
    while True:
        try:
            return await digest(asked, message)
        except QueueFull as error:
            await asyncio.sleep(min(error.retry_seconds, _RETRY_SECONDS) * random.uniform(0.5, 1))
