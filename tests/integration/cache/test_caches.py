"""What holds for every cache."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from polygist.cache.base import Cache
from polygist.cache.disk import Disk
from polygist.cache.memory import Memory
from polygist.cache.opening import open_cache
from polygist.cache.remote import Remote
from tests.integration.cache.server import RedisServer
from tests.unit.cache.tally import Tally

KINDS = ("memory", "disk", "redis", "all", "without memory")


def make(kind: str, folder: Path, url: str) -> Cache:
    match kind:
        case "memory":
            return Memory(1_000_000, Tally())
        case "disk":
            return Disk(folder, 1_000_000, Tally())
        case "redis":
            return Remote(url, 600, Tally(), 60)
    cache = open_cache(
        memory_bytes=1_000_000 if kind == "all" else 0,
        disk_path=folder,
        disk_bytes=1_000_000,
        redis_url=url,
        redis_ttl_seconds=600,
        observer=Tally(),
    )
    assert cache
    return cache


@pytest.fixture(params=KINDS)
async def cache(request: pytest.FixtureRequest, tmp_path: Path, server: RedisServer) -> AsyncIterator[Cache]:
    made = make(request.param, tmp_path / "cache", server.url)
    yield made
    await made.close()


async def test_what_was_put_is_got(cache: Cache) -> None:
    entries = {bytes([n]): bytes([n, 0, 255]) * n for n in range(256)}
    for key, value in entries.items():
        await cache.put(key, value)
    for key, value in entries.items():
        assert await cache.get(key) == value
    assert await cache.get(b"other") is None


async def test_the_last_put_lasts(cache: Cache) -> None:
    for n in range(50):
        await cache.put(b"key", b"%d" % n)
    assert await cache.get(b"key") == b"49"


async def test_nothing_is_found_after_close_and_nothing_raises(cache: Cache) -> None:
    await cache.put(b"key", b"value")
    await cache.close()
    await cache.put(b"key", b"value")
    assert await cache.get(b"key") is None
    await cache.close()


@pytest.mark.parametrize("kind", ["disk", "redis", "all", "without memory"])
async def test_close_writes_what_waits_and_another_finds_it(kind: str, tmp_path: Path, server: RedisServer) -> None:
    first = make(kind, tmp_path / "cache", server.url)
    await first.put(b"key", b"value")
    await first.close()
    second = make(kind, tmp_path / "cache", server.url)
    assert await second.get(b"key") == b"value"
    await second.close()
