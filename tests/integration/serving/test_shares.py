"""Two callers of a real server: one asks for more than there is, the other for little."""

import asyncio
from pathlib import Path

import grpc

from polygist.store.models import BuiltModel
from polygist.transport import callers
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import Clockwork, Scripted, Stand, expected, request, serving, texts, until

TOKENS = {name: callers.new_token() for name in ("crawler", "newsroom")}
FLOOD = [f"This is number {n} of many." for n in range(24)]
LITTLE = "Somebody waits for this."


def file(folder: Path) -> Path:
    entries = (f'[callers.{n}]\ntokens = ["{callers.hashed(t)}"]\nmethods = ["translate"]\n' for n, t in TOKENS.items())
    path = folder / "callers.toml"
    path.write_text("".join(entries))
    return path


def ask(channel: grpc.aio.Channel, caller: str, *some: str) -> "asyncio.Future[pb.TranslateResponse]":
    metadata = [("authorization", f"Bearer {TOKENS[caller]}")]
    return asyncio.ensure_future(
        polygist_pb2_grpc.PolygistStub(channel).Translate(request(*some), metadata=metadata, timeout=60)
    )


async def code(asked: "asyncio.Future[pb.TranslateResponse]") -> grpc.StatusCode:
    try:
        await asked
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def of(stand: Stand, metric: str, caller: str, **more: str) -> float:
    return stand.value(f"polygist_caller_{metric}_total", caller=caller, **more)


async def test_who_asks_for_little_is_not_behind_another_caller_s_flood(
    embedded_model: BuiltModel, tmp_path: Path
) -> None:
    engine = Scripted(embedded_model, joins=True)
    given = {"callers_file": file(tmp_path), "max_batch_items": 8}
    async with serving(lambda: engine, **given) as stand, stand.channel() as channel:
        await ask(channel, "newsroom", "It begins.")  # the channel is there
        engine.script = clock = Clockwork()
        engine.entered.clear()
        flood = ask(channel, "crawler", *FLOOD)
        assert await asyncio.to_thread(engine.entered.wait, 20)
        await until(lambda: stand.waiting("interactive") > 0)
        little = ask(channel, "newsroom", LITTLE)
        await until(lambda: stand.waiting("interactive") == 17)
        began = len(engine.batches)
        await clock.step()
        await until(lambda: len(engine.batches) > began)
        # Of the flood goes on with it what takes it no longer.
        assert LITTLE in engine.batches[-1]
        assert len(engine.batches[-1]) == 3
        clock.free()
        assert texts(await little) == expected(LITTLE)
        assert texts(await flood) == expected(*FLOOD)
        assert of(stand, "tokens", "crawler") > of(stand, "tokens", "newsroom") > 0
        assert of(stand, "queue_seconds", "crawler") > 0


async def test_a_flood_is_refused_while_others_find_room(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    given = {"callers_file": file(tmp_path), "max_batch_items": 1, "max_queue_items": 8, "max_concurrent_calls": 50}
    async with serving(lambda: engine, **given) as stand, stand.channel() as channel:
        engine.released.clear()
        engine.entered.clear()
        flood = [ask(channel, "crawler", FLOOD[0])]
        assert await asyncio.to_thread(engine.entered.wait, 20)
        for n, text in enumerate(FLOOD[1:5], 1):
            flood.append(ask(channel, "crawler", text))
            await until(lambda n=n: stand.waiting("interactive") == n)
        assert await code(ask(channel, "crawler", FLOOD[5])) is grpc.StatusCode.RESOURCE_EXHAUSTED
        little = [ask(channel, "newsroom", f"{LITTLE[:-1]} {n}.") for n in range(2)]
        await until(lambda: stand.waiting("interactive") == 6)
        engine.released.set()
        await asyncio.gather(*flood, *little)
        assert stand.value("polygist_refusals_total", reason="share") == 1
        # It is the caller's doing, and costs the server's availability nothing.
        assert of(stand, "requests", "crawler", outcome="invalid") == 1


async def test_no_caller_has_all_the_calls(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    given = {"callers_file": file(tmp_path), "max_batch_items": 1, "max_concurrent_calls": 4}
    async with serving(lambda: engine, **given) as stand, stand.channel() as channel:
        engine.released.clear()
        flood = [ask(channel, "crawler", text) for text in FLOOD[:6]]
        done, _ = await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
        await until(lambda: sum(one.done() for one in flood) == 4)
        little = ask(channel, "newsroom", LITTLE)
        await until(lambda: stand.value("polygist_requests_in_flight") == 3)
        engine.released.set()
        assert texts(await little) == expected(LITTLE)
        codes = [await code(one) for one in flood]
        assert codes.count(grpc.StatusCode.OK) == 2
        assert done
