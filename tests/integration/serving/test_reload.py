"""A new model takes over while calls go on, and what servers remember together."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from polygist import app
from polygist.client import digest_request
from polygist.engines import makers
from polygist.errors import ModelMissing
from polygist.settings import Settings
from polygist.store import installed
from polygist.store.installed import Translator
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.cache.server import RedisServer
from tests.integration.serving.conftest import Held, HeldEngine, Serve, entered

TEXT = "The deal was signed on Friday. It was a long day for everybody in the room."


def request(text: str) -> pb.TranslateRequest:
    return pb.TranslateRequest(texts=[text], source_language="en", target_languages=["de"])


async def revision(channel: grpc.aio.Channel) -> str:
    info = await polygist_pb2_grpc.PolygistStub(channel).GetInfo(pb.GetInfoRequest())
    return str(info.models[0].revision)


def reloads(server: Held, outcome: str) -> float:
    return server.metrics.registry.get_sample_value("polygist_reloads_total", {"outcome": outcome}) or 0


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], HeldEngine]:
    """The profile leads to another model from now on."""

    def change() -> HeldEngine:
        engine = HeldEngine()
        engine.info = replace(HeldEngine.info, revision="2")
        found = installed.translation

        def leads_to(settings: Settings) -> tuple[Translator, ...]:
            ((card, built),) = found(settings)
            return ((replace(card, max_length_ratio=card.max_length_ratio + 1), built),)

        monkeypatch.setattr(installed, "translation", leads_to)
        monkeypatch.setattr(makers, "engine_maker", lambda *_: lambda: engine)
        return engine

    return change


async def test_calls_end_on_the_model_they_began_with(held: Serve, changed: Callable[[], HeldEngine]) -> None:
    async with held(cache_memory_bytes=0) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        stream = stub.DigestMany()
        server.generator.released.clear()
        old = stub.Translate(request("This one began before."))
        await entered(server.generator)
        changed()
        reload = asyncio.create_task(server.service.reload())
        async with asyncio.timeout(30):
            while await revision(channel) != "2":  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.02)
        new = await stub.Translate(request("This one began after."))
        assert [m.revision for m in new.models] == ["2"]
        await stream.write(pb.DigestManyRequest(digest=digest_request(TEXT, ["de"], "en")))
        answer = await stream.read()
        assert [m.revision for m in answer.digest.models if m.part == "translations"] == ["2"]
        assert not old.done()
        assert not server.generator.closed
        server.generator.released.set()
        assert [m.revision for m in (await old).models] == ["1"]
        await asyncio.wait_for(reload, 30)
        async with asyncio.timeout(30):
            while not server.generator.closed:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.02)
        assert reloads(server, "ok") == 1
        await stream.done_writing()
        assert await stream.read() is grpc.aio.EOF


async def test_nothing_new_changes_nothing(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        await server.service.reload()
        assert (await revision(channel), reloads(server, "unchanged")) == ("1", 1)
        assert not server.generator.closed


async def test_old_model_serves_on_when_the_new_one_fails(
    held: Serve, changed: Callable[[], HeldEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with held() as server, server.channel() as channel:
        engine = changed()
        engine.fails = "broken"
        await server.service.reload()
        assert reloads(server, "failed") == 1
        monkeypatch.setattr(installed, "translation", _missing)
        await server.service.reload()
        assert reloads(server, "failed") == 2
        answer = await polygist_pb2_grpc.PolygistStub(channel).Translate(request("It goes on as before."))
        assert [m.revision for m in answer.models] == ["1"]
        assert engine.closed


def _missing(settings: Settings) -> tuple[Translator, ...]:
    raise ModelMissing("it is gone", "polygist models build")


async def test_disk_remembers_over_a_restart(held: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_cache_folder", lambda settings: tmp_path)
    remembered = []
    for _ in range(2):
        async with held(cache_disk_bytes=10_000_000) as server, server.channel() as channel:
            answer = await polygist_pb2_grpc.PolygistStub(channel).Translate(request("It is worth remembering."))
            remembered.append((answer.tokens.remembered_segments, answer.translations[0].texts[0]))
    assert [n for n, _ in remembered] == [0, 1]
    assert remembered[0][1] == remembered[1][1]


async def test_redis_remembers_for_two_servers_and_may_be_down(held: Serve) -> None:
    redis = RedisServer()
    redis.start()
    try:
        options = {"cache_redis_url": redis.url, "cache_memory_bytes": 0}
        remembered = []
        for _ in range(2):
            async with held(**options) as server, server.channel() as channel:
                stub = polygist_pb2_grpc.PolygistStub(channel)
                remembered.append((await stub.Translate(request("They share it."))).tokens.remembered_segments)
        assert remembered == [0, 1]
    finally:
        redis.kill()
    async with held(**options) as server, server.channel() as channel:
        answer = await polygist_pb2_grpc.PolygistStub(channel).Translate(request("They share it."))
        assert answer.translations[0].texts[0]
        errors = server.metrics.registry.get_sample_value("polygist_cache_errors_total", {"tier": "redis"})
        assert errors
