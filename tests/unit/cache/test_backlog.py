"""Writing behind."""

import asyncio

import pytest
import structlog

from polygist.cache import backlog
from polygist.cache.backlog import Backlog
from polygist.cache.base import cost
from tests.unit.cache.tally import Tally, eventually


class Slow:
    """Storage that writes when it is let."""

    def __init__(self) -> None:
        self.batches: list[dict[bytes, bytes]] = []
        self.free = asyncio.Event()

    async def write(self, entries: dict[bytes, bytes]) -> None:
        self.batches.append(dict(entries))
        await self.free.wait()


@pytest.fixture
def slow() -> Slow:
    return Slow()


async def test_puts_share_batches(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "_BATCH_ITEMS", 10)
    behind = Backlog("disk", slow.write, Tally())
    for n in range(25):
        behind.add(bytes([n]), b"")
    slow.free.set()
    await behind.close(60)
    assert [len(batch) for batch in slow.batches] == [10, 10, 5]


async def test_what_is_written_is_not_of_the_call_that_came_first(slow: Slow) -> None:
    seen: list[dict[str, object]] = []

    async def write(entries: dict[bytes, bytes]) -> None:
        seen.append(structlog.contextvars.get_contextvars())

    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        behind = Backlog("disk", write, Tally())
        behind.add(b"k", b"v")
    await behind.close(60)
    assert seen == [{}]


async def test_what_waits_is_found(slow: Slow) -> None:
    behind = Backlog("disk", slow.write, Tally())
    behind.add(b"k", b"v")
    assert behind.get(b"k") == b"v"
    await eventually(lambda: slow.batches)
    assert behind.get(b"k") == b"v"
    slow.free.set()
    await eventually(lambda: behind.get(b"k") is None)
    await behind.close(60)


async def test_a_put_while_its_key_is_written_is_written_after(slow: Slow) -> None:
    behind = Backlog("disk", slow.write, Tally())
    behind.add(b"k", b"old")
    await eventually(lambda: slow.batches)
    behind.add(b"k", b"new")
    slow.free.set()
    await behind.close(60)
    assert slow.batches == [{b"k": b"old"}, {b"k": b"new"}]


async def test_a_full_backlog_drops_and_counts(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "_MAX_BYTES", 3 * cost(b"k", b"v"))
    tally = Tally()
    behind = Backlog("disk", slow.write, tally)
    for key in (b"1", b"2", b"3", b"4", b"3"):
        behind.add(key, b"v")
    assert tally.drops == {"disk": 1}
    assert behind.get(b"4") is None
    slow.free.set()
    await eventually(lambda: behind.get(b"1") is None)
    behind.add(b"5", b"v")
    await behind.close(60)
    assert set().union(*slow.batches) == {b"1", b"2", b"3", b"5"}


async def test_close_does_not_wait_for_ever(slow: Slow) -> None:
    tally = Tally()
    behind = Backlog("disk", slow.write, tally)
    behind.add(b"k", b"v")
    async with asyncio.timeout(60):
        await behind.close(0.01)
    behind.add(b"l", b"v")
    assert tally.drops == {"disk": 2}
    assert behind.get(b"k") is behind.get(b"l") is None
