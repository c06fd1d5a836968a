"""The RPCs: convert in, call the pipeline, convert out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Any, TypeAlias

import grpc
from google.longrunning import operations_pb2

from polygist.errors import ConfigurationError
from polygist.metrics import Metrics
from polygist.pipeline.live import Live
from polygist.pipeline.requests import DigestRequest, Done
from polygist.transport import briefs, calls, digests, incoming, outgoing
from polygist.transport.gate import Gate
from polygist.transport.many import Many
from polygist.transport.operations import Operations
from polygist.transport.state import ServerState
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class Servicer(polygist_pb2_grpc.PolygistServicer):
    """Serves the live pipeline: each call to its end the one that it began with, each article of a stream a new one."""

    def __init__(
        self,
        live: Live,
        gate: Gate,
        metrics: Metrics,
        version: str,
        operations: Operations,
        *,
        tells: bool,
        stream_idle_seconds: float | None,
    ) -> None:
        self._live, self._gate, self._metrics, self._version = live, gate, metrics, version
        self._operations = operations
        self._tells, self._idle_seconds = tells, stream_idle_seconds
        self._state = ServerState(gate, metrics, version)

    async def Digest(self, request: pb.DigestRequest, context: Context) -> pb.DigestResponse:
        return await self.digest(incoming.digest(request, context.time_remaining()), request)

    async def StreamDigest(
        self, request: pb.StreamDigestRequest, context: Context
    ) -> AsyncIterator[pb.StreamDigestResponse]:
        asked = incoming.digest(request.digest, context.time_remaining(), "digest.")
        parts = digests.Parts(incoming.unit(request.digest.offset_unit))
        with self._live.use() as pipeline:
            async with aclosing(pipeline.stream(asked, "digest.")) as events:
                async for event in events:
                    if isinstance(event, Done):
                        self._observe(event)
                    yield parts(event)

    async def DigestMany(
        self, request_iterator: AsyncIterator[pb.DigestManyRequest], context: Context
    ) -> AsyncIterator[pb.DigestManyResponse]:
        with self._live.use() as pipeline:
            limits = pipeline.limits
        digest = partial(self.digest, path="digest.")
        many = Many(digest, limits, self._metrics, self._gate, context, self._idle_seconds)
        async with aclosing(many.answers(request_iterator)) as answers:
            async for answer in answers:
                yield answer

    async def CreateBatchDigest(
        self, request: pb.CreateBatchDigestRequest, context: Context
    ) -> operations_pb2.Operation:
        return await self._operations.create(request, context)

    async def Brief(self, request: pb.BriefRequest, context: Context) -> pb.BriefResponse:
        asked = briefs.request(request, context.time_remaining())
        with self._live.use() as pipeline:
            made = await pipeline.brief(asked)
        self._observe(made.done)
        # A million code points take a while to be counted in bytes.
        return await asyncio.to_thread(briefs.response, made, incoming.unit(request.offset_unit))

    async def Summarize(self, request: pb.SummarizeRequest, context: Context) -> pb.SummarizeResponse:
        asked = incoming.summarize(request, context.time_remaining())
        with self._live.use() as pipeline:
            made = await pipeline.digest(asked)
        self._observe(made.done)
        return digests.summarized(made, incoming.unit(request.offset_unit))

    async def Translate(self, request: pb.TranslateRequest, context: Context) -> pb.TranslateResponse:
        asked = incoming.translate(request, context.time_remaining())
        with self._live.use() as pipeline:
            made = await pipeline.translate(asked)
        self._observe(made.done)
        return outgoing.translated(made, asked.texts, incoming.unit(request.offset_unit))

    async def DetectLanguage(self, request: pb.DetectLanguageRequest, context: Context) -> pb.DetectLanguageResponse:
        with self._live.use() as pipeline:
            found, timings = await pipeline.detect(request.texts)
        self._metrics.answered(timings.stages, (), {})
        return pb.DetectLanguageResponse(languages=[outgoing.detected(d) for d in found])

    async def Parse(self, request: pb.ParseRequest, context: Context) -> pb.ParseResponse:
        article, unit = incoming.article(request.article), incoming.unit(request.offset_unit)
        with self._live.use() as pipeline:
            reading, timings = await pipeline.parse(article, request.source_language)
        self._metrics.answered(timings.stages, (), {})
        return outgoing.parsed(reading, unit)

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        with self._live.use() as pipeline:
            return outgoing.info(self._version, pipeline.info, pipeline.limits)

    async def GetStatus(self, request: pb.GetStatusRequest, context: Context) -> pb.GetStatusResponse:
        if not self._tells:
            raise ConfigurationError("GetStatus is off: POLYGIST_STATUS=true turns it on")
        return self._state.now()

    async def digest(self, asked: DigestRequest, request: pb.DigestRequest, path: str = "") -> pb.DigestResponse:
        """The answer to a request, in the unit that its message names; `path` stands before fields in errors."""
        with self._live.use() as pipeline:
            made = await pipeline.digest(asked, path)
        self._observe(made.done)
        return digests.digest(made, incoming.unit(request.offset_unit))

    def _observe(self, done: Done) -> None:
        calls.note(done)
        self._metrics.answered(done.timings.stages, done.warnings, done.texts)
