"""Two caches as one, and which there are."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from polygist.cache.base import Silent
from polygist.cache.memory import Memory
from polygist.cache.opening import open_cache
from polygist.cache.tiers import Tiers
from polygist.errors import ConfigurationError


class Shelf:
    """A cache whose answers wait until they are let."""

    def __init__(self, **entries: bytes) -> None:
        self.entries = {key.encode(): value for key, value in entries.items()}
        self.asked: list[bytes] = []
        self.free = asyncio.Event()
        self.free.set()
        self.closed = False

    async def get(self, key: bytes) -> bytes | None:
        self.asked.append(key)
        await self.free.wait()
        return self.entries.get(key)

    async def put(self, key: bytes, value: bytes) -> None:
        self.entries[key] = value

    async def close(self) -> None:
        self.closed = True


async def test_a_hit_behind_comes_to_the_front() -> None:
    front, behind = Shelf(), Shelf(k=b"v")
    tiers = Tiers(front, behind)
    assert [await tiers.get(b"k") for _ in range(3)] == [b"v"] * 3
    assert behind.asked == [b"k"]
    assert front.entries == {b"k": b"v"}


async def test_a_miss_is_asked_for_again() -> None:
    front, behind = Shelf(), Shelf()
    tiers = Tiers(front, behind)
    assert await tiers.get(b"k") is None
    await behind.put(b"k", b"")
    assert await tiers.get(b"k") == b""


async def test_puts_and_close_reach_both() -> None:
    front, behind = Shelf(), Shelf()
    tiers = Tiers(front, behind)
    await tiers.put(b"k", b"v")
    await tiers.close()
    assert front.entries == behind.entries == {b"k": b"v"}
    assert front.closed
    assert behind.closed


async def test_lookups_behind_at_one_time_are_one() -> None:
    behind = Shelf(k=b"v", l=b"w")
    behind.free.clear()
    tiers = Tiers(Shelf(), behind)
    lookups = [asyncio.create_task(tiers.get(key)) for key in (b"k", b"k", b"l", b"k")]
    await asyncio.sleep(0)
    lookups[0].cancel()
    behind.free.set()
    assert await asyncio.gather(*lookups[1:]) == [b"v", b"w", b"v"]
    assert behind.asked == [b"k", b"l"]
    assert lookups[0].cancelled()


def opened(
    memory_bytes: int = 0, disk_path: Path | None = None, disk_bytes: int = 0, redis_url: str | None = None
) -> object:
    return open_cache(
        memory_bytes=memory_bytes,
        disk_path=disk_path,
        disk_bytes=disk_bytes,
        redis_url=redis_url,
        redis_ttl_seconds=60,
        observer=Silent(),
    )


def test_none_where_everything_is_off(tmp_path: Path) -> None:
    assert opened() is None
    assert opened(disk_path=tmp_path / "cache") is None
    assert opened(disk_bytes=1_000_000) is None
    assert not (tmp_path / "cache").exists()


def test_one_tier_stands_alone() -> None:
    assert isinstance(opened(memory_bytes=1), Memory)


def test_redis_is_imported_only_for_a_url(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from polygist.cache.base import Silent\n"
        "from polygist.cache.opening import open_cache\n"
        f"open_cache(memory_bytes=1, disk_path=Path({str(tmp_path)!r}), disk_bytes=1000000, redis_url=None,\n"
        "           redis_ttl_seconds=1, observer=Silent())\n"
        "sys.exit('redis' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_missing_library_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "polygist.cache.remote", raising=False)
    for name in [name for name in sys.modules if name.split(".")[0] == "redis"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'polygist\[redis\]'"):
        opened(redis_url="redis://localhost")


@pytest.mark.parametrize(
    "url",
    [
        "http://:hunter2@host",
        "hunter2",
        "redis://:pass@hunter2:port",
        "redis://:hunter2@host?socket_timeout=hunter2",
        "redis://:hunter2@host?nonsense=1",
    ],
)
def test_a_url_that_can_not_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="POLYGIST_CACHE_REDIS_URL") as refused:
        opened(redis_url=url)
    error: BaseException = refused.value
    assert "hunter2" not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__
