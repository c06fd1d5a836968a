"""Whose work goes first, and that nobody's work is forgotten."""

import asyncio

import grpc
import pytest

from polygist.client import digest_request
from polygist.engines.queue import BULK_SHARE, PATIENCE
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import (
    BULK,
    Clockwork,
    Scripted,
    outcome,
    retry_seconds,
    serving,
    translate,
    until,
)

FIRST = "This one is under way."


def digest(name: str, priority: pb.Priority.ValueType = pb.PRIORITY_UNSPECIFIED) -> pb.DigestRequest:
    article = pb.TRANSLATION_SCOPE_ARTICLE
    return digest_request(f"{name} is one sentence.", ["de"], "en", scope=article, priority=priority)


async def test_interactive_calls_of_every_kind_go_before_bulk_of_every_kind(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine, max_batch_items=1) as stand, stand.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        engine.released.clear()
        engine.entered.clear()
        calls = [translate(channel, FIRST)]
        assert await asyncio.to_thread(engine.entered.wait, 20)
        stream = stub.DigestMany(
            iter(
                [
                    pb.DigestManyRequest(digest=digest("The stream")),
                    pb.DigestManyRequest(digest=digest("The urgent article", pb.PRIORITY_INTERACTIVE)),
                ]
            )
        )
        calls += [
            translate(channel, "The bulk text is one sentence.", priority=BULK),
            stub.Digest(digest("Bulk", BULK)),
        ]
        await until(lambda: stand.waiting("bulk") == 3)
        calls += [translate(channel, "The urgent text is one sentence."), stub.Digest(digest("Urgent"))]
        await until(lambda: stand.waiting("interactive") == 3)
        engine.batches.clear()
        engine.released.set()
        await asyncio.gather(*calls)
        assert {a.digest.translations[0].article_text for a in [a async for a in stream]} >= {
            "So The stream is one sentence."
        }
    order = [text.removesuffix(" is one sentence.") for text in engine.order]
    assert set(order[:3]) == {"The urgent article", "The urgent text", "Urgent"}
    assert set(order[3:]) == {"The stream", "The bulk text", "Bulk"}


@pytest.mark.parametrize("joins", [False, True])
async def test_waiting_bulk_gets_its_turn_under_a_constant_stream_of_interactive_calls(
    embedded_model: BuiltModel, joins: bool
) -> None:
    engine = Scripted(embedded_model, joins=joins)
    async with serving(lambda: engine, max_batch_items=1) as stand, stand.channel() as channel:
        engine.released.clear()
        engine.entered.clear()
        calls = [translate(channel, FIRST)]
        assert await asyncio.to_thread(engine.entered.wait, 20)
        calls.append(translate(channel, "Nobody waits for this.", priority=BULK))
        await until(lambda: stand.waiting("bulk") == 1)
        n = 3 * PATIENCE
        calls += [translate(channel, f"Somebody waits for number {i}.") for i in range(n)]
        await until(lambda: stand.waiting("interactive") == n)
        engine.batches.clear()
        engine.released.set()
        await asyncio.gather(*calls)
    assert PATIENCE <= engine.order.index("Nobody waits for this.") <= PATIENCE + 1


async def test_bulk_under_way_gets_its_turn_under_a_constant_stream_of_interactive_calls(
    embedded_model: BuiltModel,
) -> None:
    """Bulk that has begun stands aside, but not for ever: the queue's patience holds for it, too."""
    engine, clock = Scripted(embedded_model, joins=True), Clockwork()
    async with serving(lambda: engine, max_batch_items=8) as stand, stand.channel() as channel:
        engine.script = clock
        engine.batches.clear()
        bulk = translate(channel, "Nobody waits for this, which has begun already.", priority=BULK)
        await until(lambda: engine.batches)
        calls = [
            translate(channel, *(f"Somebody waits for number {i} of call {n}." for i in range(50))) for n in range(6)
        ]
        await until(lambda: stand.waiting("interactive") == 300)
        clock.free()
        await asyncio.gather(bulk, *calls)
    steps = [n for n, batch in enumerate(engine.batches) if "Nobody waits for this, which has begun already." in batch]
    assert steps[-1] < len(engine.batches) / 2


async def test_bulk_leaves_a_part_of_the_queue_to_those_who_wait(embedded_model: BuiltModel) -> None:
    engine, size = Scripted(embedded_model), 20
    async with serving(lambda: engine, max_batch_items=1, max_queue_items=size) as stand, stand.channel() as channel:
        engine.released.clear()
        engine.entered.clear()
        calls = [translate(channel, FIRST)]
        assert await asyncio.to_thread(engine.entered.wait, 20)
        share = round(BULK_SHARE * size)
        assert share < size
        calls += [translate(channel, f"This is number {n} of the bulk.", priority=BULK) for n in range(share)]
        await until(lambda: stand.waiting("bulk") == share)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await translate(channel, "There is no room for this.", priority=BULK)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert retry_seconds(refused.value) > 0
        calls += [translate(channel, f"Somebody waits for number {n}.") for n in range(size - share)]
        await until(lambda: stand.waiting("interactive") == size - share)
        assert await outcome(translate(channel, "Not even for this.")) is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert stand.dropped("refused") == 2
        engine.released.set()
        assert [await outcome(call) for call in calls] == [grpc.StatusCode.OK] * (size + 1)
        assert stand.waiting("bulk") == stand.waiting("interactive") == 0


async def test_a_refused_call_leaves_nothing_in_the_queue(embedded_model: BuiltModel) -> None:
    """Its other segments must not slip in behind the one that was refused."""
    engine = Scripted(embedded_model)
    async with serving(lambda: engine, max_batch_items=1, max_queue_items=1) as stand, stand.channel() as channel:
        engine.released.clear()
        engine.entered.clear()
        calls = [translate(channel, FIRST)]
        assert await asyncio.to_thread(engine.entered.wait, 20)
        calls.append(translate(channel, "This one waits."))
        await until(lambda: stand.waiting("interactive") == 1)
        deepest = 0.0
        gauge = stand.metrics.queue_items.labels(stand.model, "interactive")
        set_gauge = gauge.set

        def note(value: float) -> None:
            nonlocal deepest
            deepest = max(deepest, value)
            set_gauge(value)

        gauge.set = note
        many = [f"This is number {n} of many." for n in range(50)]
        assert await outcome(translate(channel, *many)) is grpc.StatusCode.RESOURCE_EXHAUSTED
        engine.released.set()
        await asyncio.gather(*calls)
        assert deepest <= 1
        assert (stand.dropped("refused"), stand.dropped("cancelled")) == (1, 0)
        assert not set(engine.order) & set(many)
