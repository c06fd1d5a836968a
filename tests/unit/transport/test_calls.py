"""What is told about calls of a real gRPC server: ids, spans, the access log, exemplars."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest

from polygist import tracing
from polygist.errors import InvalidRequest, Violation
from polygist.metrics import Metrics
from polygist.pipeline.requests import Done
from polygist.transport import calls
from polygist.transport.calls import Telling, told
from polygist.transport.gate import Gate
from polygist.transport.interceptors import AroundEachCall, errors_as_statuses, measured, messages_counted
from polygist.types import Timings, Usage, Warning, WarningType
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.spans import Kept, kept
from tests.unit.engines.test_scheduler import until

__all__ = ["kept"]

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
MARKER = "Zyxwvut"
DONE = Done((Warning(WarningType.UNTRANSLATED, "x"),), Timings({}), Usage(5, 7, 2, 0.5, 0.25, 1), ())


class Small(polygist_pb2_grpc.PolygistServicer):
    """Answers by what it is asked."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def DetectLanguage(self, request: pb.DetectLanguageRequest, context: Any) -> pb.DetectLanguageResponse:
        self.seen.append(tracing.current())
        with tracing.step("detect", {"polygist.texts": len(request.texts)}):
            calls.note(DONE)
            calls.note(DONE)
        return pb.DetectLanguageResponse()

    async def Parse(self, request: pb.ParseRequest, context: Any) -> pb.ParseResponse:
        raise InvalidRequest(Violation("article", "is missing", "MISSING"))

    async def GetInfo(self, request: pb.GetInfoRequest, context: Any) -> pb.GetInfoResponse:
        raise RuntimeError(MARKER)

    async def Translate(self, request: pb.TranslateRequest, context: Any) -> pb.TranslateResponse:
        self.seen.append("at work")
        await asyncio.sleep(60)
        return pb.TranslateResponse()

    async def Summarize(self, request: pb.SummarizeRequest, context: Any) -> Any:
        return "no message"

    async def GetStatus(self, request: pb.GetStatusRequest, context: Any) -> pb.GetStatusResponse:
        return pb.GetStatusResponse()

    async def StreamDigest(self, request: pb.StreamDigestRequest, context: Any) -> AsyncIterator[Any]:
        with tracing.step("translate"):
            yield pb.StreamDigestResponse()
            await asyncio.sleep(60)


MOST_BYTES = 10_000


class Place:
    """A running server."""

    def __init__(
        self, channel: grpc.aio.Channel, servicer: Small, metrics: Metrics, gate: Gate, server: grpc.aio.Server
    ) -> None:
        self.channel, self.gate, self.server = channel, gate, server
        self.stub: Any = polygist_pb2_grpc.PolygistStub(channel)
        self.servicer, self.metrics = servicer, metrics

    def counted(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)

    def handled(self, method: str) -> dict[str, float]:
        """How calls of a method ended, by code."""
        samples = (s for m in self.metrics.registry.collect() for s in m.samples)
        wanted = ("grpc_server_handled_total", method)
        return {
            s.labels["grpc_code"]: s.value
            for s in samples
            if (s.name, s.labels.get("grpc_method")) == wanted and s.value
        }

    async def detect(self, **metadata: str) -> dict[str, str]:
        """Calls, and returns the trailing metadata."""
        asked = self.stub.DetectLanguage(
            pb.DetectLanguageRequest(texts=[MARKER]), metadata=[(k.replace("_", "-"), v) for k, v in metadata.items()]
        )
        await asked
        return dict(await asked.trailing_metadata())


@asynccontextmanager
async def serving(telling: Telling) -> AsyncIterator[Place]:
    metrics, servicer = Metrics(CollectorRegistry(), tracing.exemplar), Small()
    gate = Gate(1)
    where = {"server.address": "example.org", "server.port": 443}
    around = (told(telling, gate, lambda: where), measured(metrics, gate), errors_as_statuses(metrics))
    server = grpc.aio.server(
        interceptors=[
            AroundEachCall(around, messages_counted(metrics), gate, MOST_BYTES, texts=telling.texts),
        ],
        options=[("grpc.so_reuseport", 0)],
    )
    polygist_pb2_grpc.add_PolygistServicer_to_server(servicer, server)
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Place(channel, servicer, metrics, gate, server)
    finally:
        await server.stop(0)


async def test_a_call_is_a_span_of_its_callers_trace(kept: Kept) -> None:
    async with serving(Telling(kept.tracer)) as place:
        await place.detect(traceparent=f"00-{TRACE}-{PARENT}-01", tracestate="a=b")
    inner, outer = kept.spans
    assert (outer.name, outer.kind) == ("polygist.v1.Polygist/DetectLanguage", SpanKind.SERVER)
    assert dict(outer.attributes or {}) == {
        "rpc.system.name": "grpc",
        "rpc.method": "polygist.v1.Polygist/DetectLanguage",
        "rpc.response.status_code": "OK",
        "server.address": "example.org",
        "server.port": 443,
    }
    assert outer.parent is not None
    assert (f"{outer.parent.trace_id:032x}", f"{outer.parent.span_id:016x}") == (TRACE, PARENT)
    assert outer.status.status_code is StatusCode.UNSET
    assert kept.path(inner) == [outer.name, "detect"]
    assert dict(inner.attributes or {}) == {"polygist.texts": 1}


@pytest.mark.parametrize(
    "given",
    ["", "00", f"ff-{TRACE}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01-x", "0" * 5000],
)
async def test_a_bad_trace_parent_begins_a_new_trace(kept: Kept, given: str) -> None:
    async with serving(Telling(kept.tracer)) as place:
        await place.detect(traceparent=given)
    _, outer = kept.spans
    assert outer.parent is None


async def test_a_tracer_that_is_turned_off_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    off = Kept()
    async with serving(Telling(off.tracer)) as place:
        await place.detect(traceparent="")
        assert place.servicer.seen == [None]
    assert off.spans == ()
    off.tracer.close()


async def test_what_the_caller_does_not_sample_is_not_kept(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Telling(kept.tracer)) as place:
        await place.detect(traceparent=f"00-{TRACE}-{PARENT}-00")
        assert place.servicer.seen == [None]
    assert kept.spans == ()


async def test_without_a_tracer_nothing_is_told(kept: Kept) -> None:
    async with serving(Telling()) as place:
        await place.detect(traceparent=f"00-{TRACE}-{PARENT}-01")
        assert place.servicer.seen == [None]
    assert kept.spans == ()


async def test_only_what_is_the_servers_fault_is_an_error(kept: Kept) -> None:
    async with serving(Telling(kept.tracer)) as place:
        for method, request in (("Parse", pb.ParseRequest()), ("GetInfo", pb.GetInfoRequest())):
            with pytest.raises(grpc.aio.AioRpcError):
                await getattr(place.stub, method)(request)
    bad, broken = kept.spans
    assert (bad.attributes or {})["rpc.response.status_code"] == "INVALID_ARGUMENT"
    assert bad.status.status_code is StatusCode.UNSET
    assert (broken.attributes or {})["error.type"] == "INTERNAL"
    assert broken.status.status_code is StatusCode.ERROR
    assert MARKER not in broken.to_json()


async def test_a_stream_that_is_left_ends_its_spans(kept: Kept) -> None:
    trouble: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, about: trouble.append(about))
    async with serving(Telling(kept.tracer)) as place:
        stream = place.stub.StreamDigest(pb.StreamDigestRequest())
        await stream.read()
        stream.cancel()
        await until(lambda: len(kept.spans) == 2)
    (outer,) = kept.named("polygist.v1.Polygist/StreamDigest")
    assert (outer.attributes or {})["rpc.response.status_code"] == "CANCELLED"
    assert len(kept.named("translate")) == 1
    assert trouble == []


@pytest.mark.parametrize("given", ["a", "Root=1-67891233-abcdef", "7d9f/a.b:c_d@e+f=", "x" * 128])
async def test_a_sane_id_comes_back(given: str) -> None:
    async with serving(Telling()) as place:
        assert (await place.detect(x_request_id=given))["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "two words", 'a"b', "<b>", "x~y"])
async def test_an_id_that_is_not_sane_is_replaced(given: str) -> None:
    async with serving(Telling()) as place:
        made = (await place.detect(x_request_id=given))["x-request-id"]
        assert len(made) == 32
        assert made != (await place.detect())["x-request-id"]


async def test_an_error_has_its_id_and_its_details() -> None:
    async with serving(Telling()) as place:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await place.stub.Parse(pb.ParseRequest(), metadata=[("x-request-id", "r-7")])
    found = dict(error.value.trailing_metadata())
    assert found["x-request-id"] == "r-7"
    assert "grpc-status-details-bin" in found


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.name == "polygist.access"]


async def test_each_call_is_a_line_in_the_access_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with serving(Telling()) as place:
        await place.detect()
        with pytest.raises(grpc.aio.AioRpcError):
            await place.stub.Parse(pb.ParseRequest())
    good, bad = lines(caplog)
    assert good["request_id"] != bad["request_id"]
    facts = ("method", "code", "outcome", "segments", "remembered", "warnings", "queue_seconds", "inference_seconds")
    assert [good[f] for f in facts] == ["DetectLanguage", "OK", "ok", 4, 2, 2, 1.0, 0.5]
    assert [bad[f] for f in facts] == ["Parse", "INVALID_ARGUMENT", "invalid", 0, 0, 0, 0, 0]
    assert good["seconds"] >= 0
    assert "peer" not in good
    assert MARKER not in caplog.text


async def test_a_message_that_is_too_large_is_a_call_like_others(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with serving(Telling()) as place:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await place.stub.DetectLanguage(pb.DetectLanguageRequest(texts=[MARKER * MOST_BYTES]))
        await until(lambda: place.handled("DetectLanguage") == {"ResourceExhausted": 1})
        assert place.counted("polygist_violations_total", reason="too_long") == 1
    assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert str(MOST_BYTES) in (error.value.details() or "")
    assert dict(error.value.trailing_metadata())["grpc-retry-pushback-ms"] == "-1"
    (line,) = lines(caplog)
    assert (line["code"], line["outcome"]) == ("RESOURCE_EXHAUSTED", "refused")


@pytest.mark.parametrize(("cut", "code"), [(True, "UNAVAILABLE"), (False, "CANCELLED")])
async def test_a_call_that_the_server_ends_was_not_left_by_its_caller(
    caplog: pytest.LogCaptureFixture, cut: bool, code: str
) -> None:
    caplog.set_level("INFO")
    async with serving(Telling()) as place:
        call = asyncio.ensure_future(place.stub.Translate(pb.TranslateRequest(), timeout=60))
        await until(lambda: place.servicer.seen == ["at work"])
        place.gate.cut = cut
        if cut:
            await place.server.stop(0)
        else:
            call.cancel()
        await until(lambda: lines(caplog))
        outcome = "refused" if cut else "cancelled"
        assert place.counted("polygist_requests_total", method="Translate", outcome=outcome) == 1
        await asyncio.gather(call, return_exceptions=True)
    (line,) = lines(caplog)
    assert (line["code"], line["outcome"]) == (code, outcome)


async def test_an_answer_that_can_not_be_written_is_an_error() -> None:
    async with serving(Telling()) as place:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await place.stub.Summarize(pb.SummarizeRequest())
        await until(lambda: place.handled("Summarize") == {"Internal": 1})
        of = {"grpc_type": "unary", "grpc_service": calls.SERVICE, "grpc_method": "Summarize"}
        assert place.counted("grpc_server_msg_sent_total", **of) == 0
    assert error.value.code() is grpc.StatusCode.INTERNAL


async def test_messages_that_a_handler_writes_itself_are_counted() -> None:
    async with serving(Telling()) as place:
        watch = health_pb2_grpc.HealthStub(place.channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        of = {"grpc_type": "server_stream", "grpc_service": health.SERVICE_NAME, "grpc_method": "Watch"}
        await until(lambda: place.counted("grpc_server_msg_sent_total", **of) == 1)
        assert place.counted("grpc_server_msg_received_total", **of) == 1
        watch.cancel()


async def test_our_methods_are_counted_from_the_start() -> None:
    async with serving(Telling()) as place:
        of = {"grpc_type": "bidi_stream", "grpc_service": calls.SERVICE, "grpc_method": "DigestMany"}
        assert place.counted("grpc_server_started_total", **of) == 0
        assert place.counted("grpc_server_handling_seconds_count", **of) == 0
        for code in ("OK", "Canceled", "InvalidArgument", "ResourceExhausted", "Unavailable", "DeadlineExceeded"):
            assert place.counted("grpc_server_handled_total", **of, grpc_code=code) == 0


async def test_a_look_at_the_server_is_no_news(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with serving(Telling(kept.tracer)) as place:
        await place.stub.GetStatus(pb.GetStatusRequest())
    assert lines(caplog) == []
    assert kept.spans == ()


async def test_addresses_and_texts_are_told_where_that_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(Telling(peer=True, texts=True)) as place:
        await place.detect()
    (line,) = lines(caplog)
    assert line["peer"].startswith("ipv4:127.0.0.1:")
    assert [MARKER in vars(r)["request"] for r in caplog.records if "request" in vars(r)] == [True]


async def test_times_of_calls_lead_to_their_traces(kept: Kept) -> None:
    async with serving(Telling(kept.tracer)) as place:
        await place.detect(traceparent=f"00-{TRACE}-{PARENT}-01")
        page = generate_latest(place.metrics.registry).decode()
    assert f'# {{trace_id="{TRACE}"}}' in page
