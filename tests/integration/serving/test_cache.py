"""What is remembered costs nothing and says the same; what differs in anything is not mixed up."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from polygist.cache import disk
from polygist.cache.remote import Remote
from polygist.settings import Settings
from polygist.store import installed
from polygist.store.models import BuiltModel
from polygist.types import ModelInfo
from polygist.v1 import polygist_pb2 as pb
from tests.integration.cache.server import RedisServer
from tests.integration.serving.stand import BULK, INFO, Scripted, Stand, serving, texts, translate, until

TEXT = "It is worth remembering."


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A noisy machine must not break these tests: no lookup gives up early."""
    monkeypatch.setattr(disk, "_LOOKUP_SECONDS", 60)
    monkeypatch.setattr(disk, "_CLOSE_SECONDS", 60)
    monkeypatch.setattr(Remote.__init__, "__defaults__", (20.0,))


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


def same(a: pb.TranslateResponse, b: pb.TranslateResponse) -> bool:
    return list(a.translations) == list(b.translations) and list(a.warnings) == list(b.warnings)


def counts(answer: pb.TranslateResponse) -> tuple[int, int]:
    """Segments computed and remembered."""
    tokens = answer.tokens
    assert bool(tokens.segments) == bool(tokens.input) == bool(tokens.output)
    return tokens.segments, tokens.remembered_segments


def stored(redis: RedisServer, text: str) -> bool:
    """Whether an entry holds the text."""
    with redis.client() as client:
        return any(text.encode() in (client.get(key) or b"") for key in client.scan_iter())


async def test_the_second_answer_is_the_first_one_and_costs_nothing(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine, cache_memory_bytes=1_000_000) as stand, stand.channel() as channel:
        engine.batches.clear()
        hits = stand.value("polygist_cache_hits_total", tier="memory")
        first = await translate(channel, TEXT, "And this, too.")
        again = await translate(channel, TEXT, "And this, too.")
        assert same(first, again)
        assert (counts(first), counts(again)) == ((2, 0), (0, 2))
        assert sum(map(len, engine.batches)) == 2
        assert stand.value("polygist_cache_hits_total", tier="memory") - hits == 2


async def test_only_what_is_the_same_in_everything_is_remembered(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine, cache_memory_bytes=1_000_000) as stand, stand.channel() as channel:
        await translate(channel, TEXT)
        assert counts(await translate(channel, TEXT, target="uk"))[0] > 0
        assert counts(await translate(channel, TEXT + " So much.")) == (1, 1)
        # Whose work it was makes no difference.
        assert counts(await translate(channel, TEXT, priority=BULK)) == (0, 1)


async def test_doubts_are_remembered_with_the_text(embedded_model: BuiltModel) -> None:
    # Ordinary words in Latin letters have no place in Ukrainian.
    engine = Scripted(embedded_model)
    async with serving(lambda: engine, guarded=True, cache_memory_bytes=1_000_000) as stand, stand.channel() as channel:
        first = await translate(channel, TEXT, target="uk")
        again = await translate(channel, TEXT, target="uk")
        assert {w.type for w in first.warnings} >= {pb.Warning.TYPE_UNTRANSLATED}
        assert same(first, again)
        assert counts(again) == (0, 1)


async def test_no_cache_where_all_tiers_are_off(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine, cache_memory_bytes=0, cache_disk_bytes=0) as stand, stand.channel() as channel:
        engine.batches.clear()
        answers = [await translate(channel, TEXT) for _ in range(3)]
        assert [counts(a) for a in answers] == [(1, 0)] * 3
        assert len(engine.batches) == 3
        assert not stand.samples("polygist_cache_hits_total")
        assert not stand.samples("polygist_cache_misses_total")


async def test_the_disk_remembers_over_a_restart_and_the_new_engine_is_warmed_all_the_same(
    embedded_model: BuiltModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = installed.translation(Settings())
    monkeypatch.setattr(installed, "translation", lambda settings: found)
    answers, engines = [], []
    for _ in range(2):
        engine = Scripted(embedded_model)
        options = {"cache_dir": tmp_path, "cache_disk_bytes": 10_000_000}
        async with serving(lambda made=engine: made, **options) as stand, stand.channel() as channel:
            answers.append(await translate(channel, TEXT))
        engines.append(engine)
    assert [counts(a) for a in answers] == [(1, 0), (0, 1)]
    assert same(*answers)
    assert TEXT in engines[0].order
    assert engines[1].order, "the first caller would pay for what the warm-up pays for"
    assert TEXT not in engines[1].order


async def test_two_servers_share_redis_but_not_with_another_model(
    embedded_model: BuiltModel, redis: RedisServer
) -> None:
    def server(info: ModelInfo = INFO) -> AbstractAsyncContextManager[Stand]:
        return serving(lambda: Scripted(embedded_model, info), cache_redis_url=redis.url)

    async with server() as one, server() as two, one.channel() as channel, two.channel() as other_channel:
        first = await translate(channel, TEXT)
        await until(lambda: stored(redis, TEXT))
        again = await translate(other_channel, TEXT)
        assert (counts(first), counts(again)) == ((1, 0), (0, 1))
        assert same(first, again)
        assert two.value("polygist_cache_hits_total", tier="redis") == 1
    for other in (replace(INFO, revision="2"), replace(INFO, engine="other"), replace(INFO, quantization="int4")):
        async with server(other) as stand, stand.channel() as channel:
            assert counts(await translate(channel, TEXT)) == (1, 0)


async def test_a_redis_that_goes_down_fails_no_call(embedded_model: BuiltModel) -> None:
    with RedisServer() as redis:
        engine = Scripted(embedded_model)
        async with serving(lambda: engine, cache_redis_url=redis.url) as stand, stand.channel() as channel:
            first = await translate(channel, TEXT)
            redis.kill()
            for n in range(5):
                text = f"It is down for the {n}th time."
                assert texts(await translate(channel, text)) == [f"So {text}"]
            assert texts(await translate(channel, TEXT)) == texts(first)
            assert stand.value("polygist_cache_errors_total", tier="redis") > 0
        async with serving(lambda: engine, cache_redis_url=redis.url) as stand, stand.channel() as channel:
            assert counts(await translate(channel, TEXT)) == (1, 0)
