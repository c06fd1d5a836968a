"""What breaks, breaks alone; what comes too late, or finds no room, is told at once."""

import asyncio
import time
from collections.abc import Sequence

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from polygist.client import digest_request
from polygist.engines.base import Ended, Halt, Row
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.conftest import Held, HeldEngine, Serve, entered
from tests.integration.serving.stand import until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def request(*texts: str, priority: pb.Priority.ValueType = pb.PRIORITY_UNSPECIFIED) -> pb.TranslateRequest:
    return pb.TranslateRequest(texts=texts, source_language="en", target_languages=["de"], priority=priority)


async def health(channel: grpc.aio.Channel, service: str) -> int:
    answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
    return int(answer.status)


async def becomes(channel: grpc.aio.Channel, service: str, state: int) -> None:
    """Wait for a state, which a watch begins with where it is there already."""
    watched = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=service), timeout=20)
    async for answer in watched:
        if answer.status == state:
            watched.cancel()
            return


def value(server: Held, name: str, **labels: str) -> float:
    return server.metrics.registry.get_sample_value(name, labels) or 0


async def waiting(server: Held, priority: str, items: int) -> None:
    await until(lambda: value(server, "polygist_queue_items", model="held", priority=priority) == items)


class NotingEngine(HeldEngine):
    """Remembers the lengths of prompts in the order in which they were worked on."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths: list[int] = []

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        self.lengths += [len(row.prompt) for row in rows]
        super().run(rows, ended, halt)


def retry_seconds(error: grpc.aio.AioRpcError) -> float:
    (packed,) = [v for k, v in error.trailing_metadata() or () if k == "grpc-status-details-bin"]
    info = error_details_pb2.RetryInfo()
    (detail,) = [d for d in status_pb2.Status.FromString(packed).details if d.Is(info.DESCRIPTOR)]
    detail.Unpack(info)
    return info.retry_delay.ToTimedelta().total_seconds()


async def test_engine_that_fails_at_all_is_replaced_while_the_rest_goes_on(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        assert await health(channel, "held") == SERVING
        server.generator.fails = "broken"
        server.generator.loads.clear()
        broken = [stub.Translate(request(f"Part {n} of it is broken.")) for n in range(3)]
        codes = [await call.code() for call in broken]
        assert set(codes) <= {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE}
        await becomes(channel, "held", NOT_SERVING)
        assert await health(channel, "") == await health(channel, "polygist.v1.Polygist") == SERVING
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Translate(request("Nobody is there to do it."))
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert retry_seconds(refused.value) > 0
        article = pb.SummarizeRequest(article=pb.Article(text="The deal was signed on Friday. Everybody was glad."))
        assert (await stub.Summarize(article)).summary.lead
        server.generator.fails = ""
        server.generator.loads.set()
        await becomes(channel, "held", SERVING)
        assert (await stub.Translate(request("Now it goes on as before."))).translations
        assert value(server, "polygist_engine_failures_total", model="held", kind="item") >= 3
        assert value(server, "polygist_engine_up", model="held") == 1


async def test_deadline_that_cannot_be_met_is_refused_at_once(held: Serve) -> None:
    async with held(max_batch_items=1, cache_memory_bytes=0) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.released.clear()
        slow = stub.Translate(request("This one sets the pace."))
        await entered(server.generator)
        await asyncio.sleep(1.5)
        server.generator.released.set()
        await slow
        server.generator.released.clear()
        server.generator.entered.clear()
        waiting = stub.Translate(request(*(f"Sentence number {n} waits." for n in range(100))))
        await entered(server.generator)
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        with pytest.raises(grpc.aio.AioRpcError, match="can't be met") as late:
            await stub.Translate(request("There are too many before me."), timeout=4)
        assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert time.monotonic() - begun < 3
        assert value(server, "polygist_dropped_segments_total", model="held", reason="hopeless", stage="queue") >= 1
        server.generator.released.set()
        assert len((await waiting).translations[0].texts) == 100


async def test_full_queue_keeps_room_for_interactive_calls_and_says_when_to_come_back(held: Serve) -> None:
    async with held(max_batch_items=1, max_queue_items=8) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.released.clear()
        calls = [stub.Translate(request("This one is under way."))]
        await entered(server.generator)
        bulk = [stub.Translate(request(f"Bulk {n} is here.", priority=pb.PRIORITY_BULK)) for n in range(10)]
        await until(lambda: sum(call.done() for call in bulk) >= 4)
        refused = [call for call in bulk if call.done()]
        for call in refused:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await call
            assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert retry_seconds(error.value) > 0
        assert len(refused) == 4
        calls += [stub.Translate(request(f"Somebody waits for {n}.")) for n in range(2)]
        await waiting(server, "interactive", 2)
        assert not any(call.done() for call in calls)
        assert value(server, "polygist_queue_items", model="held", priority="bulk") == 6
        server.generator.released.set()
        for call in (*calls, *(c for c in bulk if c not in refused)):
            assert (await call).translations


async def test_interactive_calls_go_before_bulk(held: Serve) -> None:
    engine = NotingEngine()
    async with held(engine=engine, max_batch_items=1) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        engine.released.clear()
        first = stub.Translate(request("This one is under way."))
        await entered(engine)
        slow = pb.DigestManyRequest(digest=digest_request("A stream is bulk by itself. It waits.", ["de"], "en"))
        stream = stub.DigestMany(iter([slow]))
        bulk = stub.Translate(request("Bulk is here.", priority=pb.PRIORITY_BULK))
        await waiting(server, "bulk", 2)
        interactive = stub.Translate(request("Somebody waits for this, and it is the longest text of all."))
        await waiting(server, "interactive", 1)
        engine.lengths.clear()
        engine.released.set()
        assert (await stream.read()).digest.translations
        await asyncio.gather(first, bulk, interactive)
        assert engine.lengths[0] == max(engine.lengths)


async def test_what_is_coalesced_and_remembered_is_counted_and_costs_nothing(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.released.clear()
        calls = [stub.Translate(request("It is the same for all of them.")) for _ in range(5)]
        await entered(server.generator)
        await until(lambda: value(server, "polygist_coalesced_segments_total", model="held") >= 4)
        server.generator.released.set()
        answers = [await call for call in calls]
        assert len({a.translations[0].texts[0] for a in answers}) == 1
        computed = server.generator.computed
        again = await stub.Translate(request("It is the same for all of them.", priority=pb.PRIORITY_BULK))
        assert again.translations == answers[0].translations
        assert [w.type for w in again.warnings] == [w.type for w in answers[0].warnings]
        assert (again.tokens.remembered_segments, again.tokens.segments, again.tokens.output) == (1, 0, 0)
        assert server.generator.computed == computed
        assert value(server, "polygist_cache_hits_total", tier="memory") == 1
        other = request("It is the same for all of them.")
        other.target_languages[:] = ["uk"]
        assert (await stub.Translate(other)).tokens.remembered_segments == 0


async def test_cache_can_be_turned_off(held: Serve) -> None:
    async with held(cache_memory_bytes=0) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        for _ in range(2):
            answer = await stub.Translate(request("It is computed each time."))
            assert (answer.tokens.remembered_segments, answer.tokens.segments > 0) == (0, True)
        assert value(server, "polygist_cache_misses_total", tier="memory") == 0
