"""What people who run a server see of it: traces by OTLP, its status, channelz, the live view."""

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToJson
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1 import trace_pb2
from rich.console import Console

from polygist import app, transport
from polygist.cli.top import Look, view
from polygist.errors import ConfigurationError
from polygist.settings import Settings
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.conftest import Serve, entered

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
MARKER = "Zyxwvut"
REQUEST = pb.TranslateRequest(texts=["The deal was signed."], source_language="en", target_languages=["de"])


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """An OTLP receiver that keeps what it gets."""

    def __init__(self) -> None:
        self.received: list[trace_service_pb2.ExportTraceServiceRequest] = []
        self.arrived = threading.Event()

    def Export(self, request: Any, context: Any) -> trace_service_pb2.ExportTraceServiceResponse:
        self.received.append(request)
        self.arrived.set()
        return trace_service_pb2.ExportTraceServiceResponse()

    @property
    def spans(self) -> list[trace_pb2.Span]:
        scopes = [s for request in self.received for resource in request.resource_spans for s in resource.scope_spans]
        return [span for scope in scopes for span in scope.spans]


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A receiver on loopback, named by the environment as an operator would."""
    made = Collector()
    server = grpc.server(ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)])
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(made, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    yield made
    server.stop(0).wait()


async def test_a_digest_arrives_as_a_trace_without_its_texts(held: Serve, collector: Collector, seed: str) -> None:
    article = pb.Article(text=f"{MARKER}\n\n{seed}")
    request = pb.DigestRequest(article=article, target_languages=["de", "uk"], request_id=MARKER)
    async with held(tracing=True) as server, server.channel() as channel:
        metadata = [("traceparent", f"00-{TRACE}-{PARENT}-01"), ("x-request-id", MARKER)]
        await polygist_pb2_grpc.PolygistStub(channel).Digest(request, metadata=metadata)
    # The rest came with the server's end.
    ids = {span.span_id: span for span in collector.spans}
    (call,) = [s for s in ids.values() if s.name == "polygist.v1.Polygist/Digest"]
    assert (call.trace_id.hex(), call.parent_span_id.hex()) == (TRACE, PARENT)
    said = {a.key: a.value for a in call.attributes}
    where = said["server.address"].string_value, said["server.port"].int_value
    assert f"{where[0]}:{where[1]}" == server.target
    stages = [s.name for s in ids.values() if s.parent_span_id == call.span_id]
    assert sorted(stages) == ["parse", "summarize", "translate"]
    above = {s.name: ids[s.parent_span_id].name for s in ids.values() if s.name in ("detect", "guard")}
    assert above["detect"] == "parse"
    names = Counter(s.name for s in ids.values())
    assert names["queue"] == names["inference"] > 10
    batches = {s.span_id for s in ids.values() if s.name == "batch"}
    linked = [{link.span_id for link in s.links} for s in ids.values() if s.name == "inference"]
    assert all(found and found <= batches for found in linked)
    whole = "".join(map(MessageToJson, collector.received))
    assert MARKER not in whole
    assert "Zelensk" not in whole
    assert '"polygist"' in whole
    assert '"test"' in whole


async def test_a_collector_that_is_gone_fails_no_call(held: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    async with held(tracing=True) as server, server.channel() as channel:
        for _ in range(3):
            answer = await polygist_pb2_grpc.PolygistStub(channel).Translate(REQUEST)
            assert answer.translations[0].texts[0]


def test_tracing_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(transport, "otel", raising=False)
    monkeypatch.delitem(sys.modules, "polygist.transport.otel", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigurationError, match=r"polygist\[otel\]"):
        app.tracer_of(Settings(tracing=True))


async def test_the_articles_of_a_stream_are_spans_below_it(held: Serve, collector: Collector) -> None:
    async def messages() -> Any:
        for i in range(3):
            digest = pb.DigestRequest(article=pb.Article(text=f"The deal of {i} was signed."), target_languages=["de"])
            yield pb.DigestManyRequest(digest=digest)

    async with held(tracing=True) as server, server.channel() as channel:
        answers = [a async for a in polygist_pb2_grpc.PolygistStub(channel).DigestMany(messages())]
    assert len(answers) == 3
    articles = [s for s in collector.spans if s.name == "article"]
    assert sorted(a.attributes[0].value.int_value for a in articles) == [0, 1, 2]
    assert len({a.parent_span_id for a in articles}) == 1
    assert {s.parent_span_id for s in collector.spans if s.name == "translate"} == {a.span_id for a in articles}


async def test_the_status_tells_of_queue_batches_calls_and_cache(held: Serve) -> None:
    async with held(max_concurrent_calls=1, max_batch_items=1) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        before = await stub.GetStatus(pb.GetStatusRequest())
        assert before.state == pb.GetStatusResponse.STATE_SERVING
        assert [m.id for m in before.models] == ["held"]
        server.generator.released.clear()
        texts = [f"The deal of {i} was signed." for i in range(4)]
        call = stub.Translate(pb.TranslateRequest(texts=texts, source_language="en", target_languages=["de"]))
        waiting = asyncio.ensure_future(call)
        await entered(server.generator)
        # The server is full, and tells all the same.
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.Translate(REQUEST)
        async with asyncio.timeout(30):
            while True:
                during = await stub.GetStatus(pb.GetStatusRequest())
                (model,) = during.models
                if {q.priority: q.segments for q in model.queues} == {1: 3, 2: 0}:
                    break
        assert (during.calls_in_flight, during.max_concurrent_calls) == (1, 1)
        assert all(q.tokens > 0 for q in model.queues if q.segments)
        server.generator.released.set()
        await waiting
        async with asyncio.timeout(30):
            # An answer is kept for a moment.
            while (after := await stub.GetStatus(pb.GetStatusRequest())).uptime == during.uptime:
                pass
    assert len({before.process, during.process, after.process}) == 1
    (model,) = after.models
    assert model.serving
    assert model.batches - before.models[0].batches >= 4
    assert model.batched_segments - before.models[0].batched_segments >= 4
    assert model.input_tokens > before.models[0].input_tokens
    (translate,) = [m for m in after.methods if m.method == "Translate"]
    assert (translate.ok, translate.refused, translate.failed) == (1, 1, 0)
    assert translate.time.ToTimedelta().total_seconds() > 0
    (memory,) = [t for t in after.cache if t.tier == "memory"]
    assert memory.misses >= 4
    assert memory.bytes > 0
    assert after.uptime.ToTimedelta() > before.uptime.ToTimedelta()
    console = Console(width=100, record=True, file=None)
    with console.capture() as shown:
        console.print(view(Look(before, after)))
    page = shown.get()
    assert "serving" in page
    assert "held" in page
    assert "Translate" in page
    assert "memory" in page
    assert len(page.splitlines()) < 40


@pytest.mark.parametrize("on", [True, False])
async def test_channelz_answers_where_it_is_asked_for(held: Serve, on: bool) -> None:
    async with held(channelz=on) as server, server.channel() as channel:
        stub: Any = channelz_pb2_grpc.ChannelzStub(channel)
        asked = stub.GetServers(channelz_pb2.GetServersRequest())
        if on:
            assert len((await asked).server) >= 1
        else:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await asked
            assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_the_status_can_be_turned_off(held: Serve) -> None:
    async with held(status=False) as server, server.channel() as channel:
        with pytest.raises(grpc.aio.AioRpcError, match="POLYGIST_STATUS=true") as error:
            await polygist_pb2_grpc.PolygistStub(channel).GetStatus(pb.GetStatusRequest())
    assert error.value.code() is grpc.StatusCode.FAILED_PRECONDITION
