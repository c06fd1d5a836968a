"""Deadlines, cancellation, bounds, health and shutdown, on an engine that the test holds."""

import asyncio

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import CollectorRegistry, generate_latest

from polygist import app
from polygist.client import Client
from polygist.errors import ConfigurationError
from polygist.metrics import Metrics
from polygist.settings import Settings
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.conftest import Serve, entered
from tests.integration.serving.stand import until

REQUEST = pb.TranslateRequest(texts=["The deal was signed."], source_language="en", target_languages=["de"])
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def check(channel: grpc.aio.Channel, service: str = "") -> int:
    answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service), timeout=2)
    return int(answer.status)


async def test_health_answers_while_a_batch_is_computed(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        server.generator.released.clear()
        call = polygist_pb2_grpc.PolygistStub(channel).Translate(REQUEST)
        await entered(server.generator)
        for service in ("", "polygist.v1.Polygist"):
            assert await check(channel, service) == SERVING
        server.generator.released.set()
        assert (await call).translations[0].texts[0]


async def test_work_that_has_not_begun_is_dropped_at_its_deadline(held: Serve) -> None:
    async with held(max_batch_items=1) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.released.clear()
        first = stub.Translate(REQUEST)
        await entered(server.generator)
        late = pb.TranslateRequest(texts=["Nobody waits for this."], source_language="en", target_languages=["de"])
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.Translate(late, timeout=0.3)
        assert error.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        server.generator.released.set()
        await first
        await stub.Translate(REQUEST)  # a round trip through the queue: the late one would stand before it
        computed = server.generator.computed
        assert computed <= 4, "the late text was computed"


async def test_cancelled_work_is_dropped(held: Serve) -> None:
    async with held(max_batch_items=1) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.released.clear()
        first = stub.Translate(REQUEST)
        await entered(server.generator)
        texts = [f"Sentence number {i} is here." for i in range(20)]
        gone = stub.Translate(pb.TranslateRequest(texts=texts, source_language="en", target_languages=["de"]))
        await asyncio.sleep(0.3)
        gone.cancel()
        await asyncio.sleep(0.3)
        server.generator.released.set()
        await first
        await stub.Translate(REQUEST)
        assert server.generator.computed < 10
        labels = {"grpc_type": "unary", "grpc_service": "polygist.v1.Polygist", "grpc_method": "Translate"}
        value = server.metrics.registry.get_sample_value
        assert value("grpc_server_handled_total", {**labels, "grpc_code": "Canceled"}) == 1


async def test_one_call_more_than_the_permits_is_refused_at_once_with_a_time_to_come_back(held: Serve) -> None:
    async with held(max_concurrent_calls=1) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.released.clear()
        first = stub.Translate(REQUEST)
        await entered(server.generator)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.Translate(REQUEST, timeout=5)
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        trailers = dict(error.value.trailing_metadata())
        details = status_pb2.Status.FromString(trailers["grpc-status-details-bin"]).details
        assert any(d.Is(error_details_pb2.RetryInfo.DESCRIPTOR) for d in details)
        server.generator.released.set()
        await first


async def test_the_client_comes_back_until_there_is_room_however_large_its_request(held: Serve) -> None:
    async with held(max_concurrent_calls=1) as server, server.channel() as channel:
        server.generator.released.clear()
        first = polygist_pb2_grpc.PolygistStub(channel).Translate(REQUEST)
        await entered(server.generator)
        texts = ["слово " * 16_000] * 2

        def call() -> list[pb.DetectedLanguage]:
            with Client(server.target, timeout=20) as client:
                return client.detect(texts)

        patient = asyncio.create_task(asyncio.to_thread(call))
        await asyncio.sleep(0.5)
        server.generator.released.set()
        await first
        assert [d.language for d in await patient] == ["uk", "uk"]


async def test_a_full_queue_refuses_new_calls_and_lets_those_under_way_end(held: Serve) -> None:
    async with held(max_queue_tokens=200, max_batch_items=1) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        texts = [f"This is the sentence with the number {i}, and it is rather long." for i in range(50)]
        server.generator.released.clear()
        first = stub.Translate(pb.TranslateRequest(texts=texts, source_language="en", target_languages=["de"]))
        await entered(server.generator)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.Translate(REQUEST, timeout=5)
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        server.generator.released.set()
        assert len((await first).translations[0].texts) == 50


@pytest.mark.parametrize("text", ["😀a" * 50_000, "The minister said no. " * 4_500])
async def test_health_answers_while_a_large_text_is_taken_apart(held: Serve, text: str) -> None:
    async with held() as server, server.channel() as channel:
        request = pb.TranslateRequest(texts=[text, text], source_language="en", target_languages=["de", "uk"])
        call = polygist_pb2_grpc.PolygistStub(channel).Translate(request)
        for _ in range(40):
            assert await check(channel) == SERVING  # has a deadline of its own
            await asyncio.sleep(0.05)
        call.cancel()


async def test_a_message_that_is_none_is_a_bad_request(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        call = channel.unary_unary("/polygist.v1.Polygist/Digest")
        for data in (b"\x0a\x05\x0a\x03\xed\xa0\x80", b"\xff\xff\xff"):
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await call(data)
            assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert "grpc-status-details-bin" in dict(error.value.trailing_metadata())
        labels = {"method": "Digest", "outcome": "invalid"}
        # Calls are counted when they have ended, which their callers may know before.
        await until(lambda: server.metrics.registry.get_sample_value("polygist_requests_total", labels) == 2)


async def test_a_broken_batch_is_an_internal_error_and_the_server_lives_on(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.fails = "broken on purpose"
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.Translate(REQUEST)
        assert error.value.code() is grpc.StatusCode.INTERNAL
        server.generator.fails = ""
        assert (await stub.Translate(REQUEST)).translations


async def test_health_flips_first_and_calls_in_flight_finish(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == SERVING
        server.generator.released.clear()
        call = stub.Translate(REQUEST)
        await entered(server.generator)
        drain = asyncio.create_task(server.service.server.drain(10))
        assert (await asyncio.wait_for(watch.read(), 5)).status == NOT_SERVING
        assert not call.done()
        with pytest.raises(grpc.aio.AioRpcError, match="draining"):
            await stub.Translate(REQUEST)
        server.generator.released.set()
        assert (await call).translations
        # The watch is still open, and nobody waits for it.
        await asyncio.wait_for(drain, 5)


async def test_a_port_in_use_is_an_error(held: Serve) -> None:
    async with held() as server:
        with pytest.raises(ConfigurationError, match=server.target.rpartition(":")[2]):
            async with app.service(Settings(), server.target, Metrics(CollectorRegistry()), asyncio.Event()):
                pass


async def test_calls_are_counted_whatever_their_end(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        await stub.Translate(REQUEST)
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.Translate(pb.TranslateRequest())
        value = server.metrics.registry.get_sample_value
        labels = {
            "grpc_type": "unary",
            "grpc_service": "polygist.v1.Polygist",
            "grpc_method": "Translate",
        }
        assert value("grpc_server_started_total", labels) == 2
        assert value("grpc_server_handled_total", {**labels, "grpc_code": "OK"}) == 1
        assert value("grpc_server_handled_total", {**labels, "grpc_code": "InvalidArgument"}) == 1
        assert value("grpc_server_msg_received_total", labels) == 2
        assert value("grpc_server_msg_sent_total", labels) == 1
        assert value("grpc_server_handling_seconds_count", labels) == 2
        assert value("polygist_requests_total", {"method": "Translate", "outcome": "invalid"}) == 1
        assert value("polygist_requests_in_flight") == 0
        assert value("polygist_input_tokens_total", {"model": "held"}) > 0
        assert value("polygist_output_tokens_total", {"model": "held"}) > 0


async def test_no_text_gets_into_logs_or_metrics(held: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    marker = "Zyxwvut"
    async with held() as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        text = f"The {marker} deal was signed on Friday. It was a long day."
        article = pb.Article(text=text)
        await stub.Digest(pb.DigestRequest(article=article, source_language="en", target_languages=["de"]))
        server.generator.fails = text
        for request in (
            pb.TranslateRequest(texts=[text], source_language="en", target_languages=["de"]),
            pb.TranslateRequest(texts=[text], source_language=marker, target_languages=["de"]),
            pb.TranslateRequest(texts=[text], source_language="en", target_languages=[marker], request_id=marker),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await stub.Translate(request)
            assert marker not in (error.value.details() or "")
        page = generate_latest(server.metrics.registry).decode()
    assert len(page) > 1000
    assert marker not in page
    assert caplog.text
    assert marker not in caplog.text


async def test_a_long_text_passes_through_a_queue_that_is_smaller_than_it(held: Serve) -> None:
    async with held(max_segments_in_flight=4, max_queue_tokens=1_000) as server, server.channel() as channel:
        sentences = [f"This is the sentence with the number {i}." for i in range(100)]
        request = pb.TranslateRequest(texts=[" ".join(sentences)], source_language="en", target_languages=["de"])
        await polygist_pb2_grpc.PolygistStub(channel).Translate(request)
        assert server.generator.computed >= 100


async def test_leaving_a_stream_early_drops_what_has_not_begun(held: Serve, seed: str) -> None:
    async with held(max_batch_items=1) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.released.clear()
        digest = pb.DigestRequest(
            article=pb.Article(text=seed),
            target_languages=["de", "uk"],
            translation_scope=pb.TRANSLATION_SCOPE_SUMMARY_AND_ARTICLE,
        )
        stream = stub.StreamDigest(pb.StreamDigestRequest(digest=digest))
        assert (await stream.read()).WhichOneof("part") == "parsed"
        assert (await stream.read()).WhichOneof("part") == "summary"
        await entered(server.generator)
        stream.cancel()
        await asyncio.sleep(0.3)
        server.generator.released.set()
        await stub.Translate(REQUEST)
        assert server.generator.computed < 8
