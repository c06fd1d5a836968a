"""The RPCs: convert in, call the pipeline, convert out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc

from polygist.metrics import Metrics
from polygist.pipeline.pipeline import Pipeline
from polygist.pipeline.requests import Done
from polygist.transport import incoming, outgoing
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class Servicer(polygist_pb2_grpc.PolygistServicer):
    """Serves the pipeline that `pipeline` returns; the gate lets no call in before there is one."""

    def __init__(self, pipeline: Callable[[], Pipeline], metrics: Metrics, version: str) -> None:
        self._pipeline, self._metrics, self._version = pipeline, metrics, version

    async def Digest(self, request: pb.DigestRequest, context: Context) -> pb.DigestResponse:
        asked = incoming.digest(request, context.time_remaining())
        made = await self._pipeline().digest(asked)
        self._observe(made.done)
        return outgoing.digest(made, outgoing.Spans(asked.article, incoming.unit(request.offset_unit)))

    async def StreamDigest(
        self, request: pb.StreamDigestRequest, context: Context
    ) -> AsyncIterator[pb.StreamDigestResponse]:
        asked = incoming.digest(request.digest, context.time_remaining(), "digest.")
        spans = outgoing.Spans(asked.article, incoming.unit(request.digest.offset_unit))
        async with aclosing(self._pipeline().stream(asked, "digest.")) as events:
            async for event in events:
                if isinstance(event, Done):
                    self._observe(event)
                yield outgoing.event(event, spans)

    async def Summarize(self, request: pb.SummarizeRequest, context: Context) -> pb.SummarizeResponse:
        asked = incoming.summarize(request, context.time_remaining())
        made = await self._pipeline().digest(asked)
        self._observe(made.done)
        return outgoing.summarized(made, outgoing.Spans(asked.article, incoming.unit(request.offset_unit)))

    async def Translate(self, request: pb.TranslateRequest, context: Context) -> pb.TranslateResponse:
        asked = incoming.translate(request, context.time_remaining())
        made = await self._pipeline().translate(asked)
        self._observe(made.done)
        return outgoing.translated(made, asked.texts, incoming.unit(request.offset_unit))

    async def DetectLanguage(self, request: pb.DetectLanguageRequest, context: Context) -> pb.DetectLanguageResponse:
        found = await self._pipeline().detect(request.texts)
        return pb.DetectLanguageResponse(languages=[outgoing.detected(d) for d in found])

    async def Parse(self, request: pb.ParseRequest, context: Context) -> pb.ParseResponse:
        text, unit = incoming.article(request.article), incoming.unit(request.offset_unit)
        verdict, article = await self._pipeline().parse(text, request.source_language)
        return outgoing.parsed(verdict, article, outgoing.Spans(text, unit))

    async def GetInfo(self, request: pb.GetInfoRequest, context: Context) -> pb.GetInfoResponse:
        return outgoing.info(self._version, self._pipeline().info, self._pipeline().limits)

    def _observe(self, done: Done) -> None:
        self._metrics.observe(done.timings.stages, done.warnings)
