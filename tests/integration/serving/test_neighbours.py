"""Callers share batches: what breaks one call, or ends it, must not be felt by those beside it."""

import asyncio
import threading
from collections.abc import Sequence

import grpc
import pytest

from polygist.engines.base import Row
from polygist.errors import OutOfMemory
from polygist.store.models import BuiltModel
from tests.integration.serving.stand import (
    BULK,
    Clockwork,
    Scripted,
    expected,
    outcome,
    retry_seconds,
    serving,
    texts,
    translate,
    until,
)

POISON = "Zyxwvut"


def poisonous(batch: list[str]) -> None:
    if any(POISON in text for text in batch):
        raise ValueError(f"can't compute {batch}")


@pytest.mark.parametrize("joins", [False, True])
async def test_a_poisonous_text_fails_alone_and_is_not_quoted(
    embedded_model: BuiltModel, joins: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    engine = Scripted(embedded_model, joins=joins)
    async with serving(lambda: engine) as stand, stand.channel() as channel:
        engine.released.clear()
        engine.entered.clear()
        calls = [translate(channel, "This one is under way.")]
        assert await asyncio.to_thread(engine.entered.wait, 20)
        engine.script = poisonous
        good = [f"Neighbour number {n} is well." for n in range(13)]
        calls += [translate(channel, text) for text in good[:7]]
        poison = translate(channel, f"The {POISON} is bad for all.")
        calls += [translate(channel, text) for text in good[7:]]
        await until(lambda: stand.waiting("interactive") == 14)
        engine.released.set()
        answers = await asyncio.gather(*calls)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await poison
        assert any(len(batch) > 4 and any(POISON in text for text in batch) for batch in engine.batches)
        assert error.value.code() is grpc.StatusCode.INTERNAL
        assert POISON not in str(error.value) + str(error.value.trailing_metadata())
        assert [t for a in answers[1:] for t in texts(a)] == expected(*good)
        assert stand.value("polygist_engine_failures_total", model="scripted", kind="item") == 1
        assert not engine.closed.is_set()
    assert POISON not in caplog.text


async def test_short_memory_makes_batches_smaller_and_all_are_answered(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine) as stand, stand.channel() as channel:

        def script(batch: list[str]) -> None:
            if len(batch) > 3:
                raise OutOfMemory("so many can't be had")

        engine.script = script
        sources = [f"This is text number {n} of many." for n in range(48)]
        assert texts(await translate(channel, *sources)) == expected(*sources)
        assert max(map(len, engine.batches)) > 3
        assert stand.value("polygist_engine_failures_total", model="scripted", kind="memory") > 0
        assert stand.value("polygist_engine_failures_total", model="scripted", kind="item") == 0
        assert not engine.closed.is_set()


async def test_a_cancelled_call_leaves_the_queue_and_the_batch_under_way(embedded_model: BuiltModel) -> None:
    engine, clock = Scripted(embedded_model, joins=True), Clockwork()
    async with serving(lambda: engine, max_batch_items=2) as stand, stand.channel() as channel:
        engine.script = clock
        engine.batches.clear()
        goes, stays = "Nobody wants this any more.", "Somebody wants this."
        running, other = translate(channel, goes), translate(channel, stays)
        await until(lambda: stand.value("polygist_requests_in_flight") == 2 and engine.batches)
        while set(engine.batches[-1]) != {goes, stays}:
            await clock.step()
        waiting = translate(channel, "Nobody wants this, which has not begun.")
        await until(lambda: stand.waiting("interactive") == 1)
        running.cancel()
        waiting.cancel()
        await until(lambda: stand.dropped("cancelled") == 2)
        assert stand.waiting("interactive") == 0
        clock.free()
        assert texts(await other) == expected(stays)
    assert engine.dropped == [goes]
    last = max(n for n, batch in enumerate(engine.batches) if goes in batch)
    assert sum(stays in batch for batch in engine.batches[last + 1 :]) > 0
    assert "Nobody wants this, which has not begun." not in engine.order


class SlowToForget(Scripted):
    """Stands still while it forgets a row."""

    def __init__(self, model: BuiltModel) -> None:
        super().__init__(model, joins=True)
        self.forgetting, self.forgotten = threading.Event(), threading.Event()

    def drop(self, rows: Sequence[Row]) -> None:
        self.forgetting.set()
        assert self.forgotten.wait(60)


async def test_who_asks_for_what_is_just_being_dropped_gets_an_answer(embedded_model: BuiltModel) -> None:
    engine, clock = SlowToForget(embedded_model), Clockwork()
    async with serving(lambda: engine) as stand, stand.channel() as channel:
        engine.script = clock
        engine.batches.clear()
        text = "The same is asked for again."
        first = translate(channel, text)
        await until(lambda: engine.batches)
        first.cancel()
        await until(lambda: stand.dropped("cancelled") == 1)
        clock.free()
        assert await asyncio.to_thread(engine.forgetting.wait, 20)
        again = translate(channel, text)
        coalesced = stand.value("polygist_coalesced_segments_total", model="scripted")
        await until(
            lambda: (
                stand.waiting("interactive") == 1
                or stand.value("polygist_coalesced_segments_total", model="scripted") > coalesced
            )
        )
        engine.forgotten.set()
        assert texts(await asyncio.wait_for(again, 20)) == expected(text)


async def test_a_dead_engine_is_replaced_and_what_waited_is_answered_by_the_next(embedded_model: BuiltModel) -> None:
    engines: list[Scripted] = []
    ready = threading.Event()
    ready.set()

    def make() -> Scripted:
        assert ready.wait(60)
        engines.append(Scripted(embedded_model))
        return engines[-1]

    async with serving(make, max_batch_items=1) as stand, stand.channel() as channel:
        ready.clear()
        engines[0].released.clear()
        engines[0].entered.clear()
        engines[0].script = lambda batch: (_ for _ in ()).throw(ValueError("broken"))
        broken = [translate(channel, f"This is number {n} of the broken ones.") for n in range(3)]
        waiting = translate(channel, "This one waits behind them.", priority=BULK)
        await until(lambda: stand.waiting("bulk") == 1 and stand.waiting("interactive") == 2)
        engines[0].released.set()
        assert [await outcome(call) for call in broken] == [grpc.StatusCode.INTERNAL] * 3
        await until(lambda: stand.value("polygist_engine_up", model="scripted") == 0)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await translate(channel, "Nobody can do this now.")
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert retry_seconds(refused.value) > 0
        assert not waiting.done()
        ready.set()
        assert texts(await waiting) == expected("This one waits behind them.")
        assert engines[0].closed.is_set()
        assert len(engines) == 2
        assert stand.value("polygist_engine_up", model="scripted") == 1
