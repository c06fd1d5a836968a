"""The Redis tier with a server that dies, hangs, fills up or talks nonsense."""

import asyncio
import gc
import logging

import pytest

from polygist.cache.remote import PREFIX, Remote
from tests.integration.cache.server import PASSWORD, RedisServer
from tests.unit.cache.tally import Tally, eventually


async def until_found(cache: Remote, key: bytes) -> None:
    """Puts and gets until the server has it."""
    async with asyncio.timeout(60):
        while True:
            await cache.put(key, b"value")
            # What waits to be written is found without the server.
            await eventually(lambda: cache._backlog.get(key) is None)
            if await cache.get(key):
                return


async def test_entries_have_a_prefix_and_a_time_to_live(server: RedisServer, tally: Tally) -> None:
    cache = Remote(server.url + "?decode_responses=true", 600, tally, 60)
    await cache.put(b"\xff\x00", b"\xff")
    await eventually(lambda: cache._backlog.get(b"\xff\x00") is None)
    assert await cache.get(b"\xff\x00") == b"\xff"
    await cache.close()
    with server.client() as client:
        assert client.keys() == [PREFIX + b"\xff\x00"]
        assert 0 < client.ttl(PREFIX + b"\xff\x00") <= 600


async def test_lookups_at_one_time_share_commands(server: RedisServer, tally: Tally) -> None:
    cache = Remote(server.url, 600, tally, 60)
    keys = [b"%d" % n for n in range(1000)]
    for key in keys:
        await cache.put(key, key)
    await eventually(lambda: not cache._backlog._entries)
    with server.client() as client:
        client.config_resetstat()
        assert await asyncio.gather(*(cache.get(key) for key in keys)) == keys
        assert client.info("commandstats")["cmdstat_mget"]["calls"] <= 10
    assert tally.hits == {"redis": 1000}
    await cache.close()


@pytest.mark.usefixtures("short_pauses")
async def test_a_server_may_die_and_come_back(
    server: RedisServer, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    cache = Remote(server.url, 600, tally, 60)
    await until_found(cache, b"before")
    assert not tally.errors
    server.kill()
    async with asyncio.timeout(60):
        while not caplog.records or tally.drops["redis"] < 20:
            assert await cache.get(b"before") is None
            await cache.put(b"secret key", b"secret value")
            await asyncio.sleep(0.01)
    assert tally.errors["redis"] >= 3
    server.start()
    await until_found(cache, b"after")
    await cache.close()
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("polygist")]
    assert [message.partition(" (")[0] for message in messages] == [
        "the Redis cache fails",
        "the Redis cache works again",
    ]
    assert not any(word in caplog.text for word in (PASSWORD, "secret", "unix:"))


@pytest.mark.usefixtures("endless_pauses")
async def test_a_server_that_hangs_is_left_alone(tally: Tally) -> None:
    callers = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal callers
        callers += 1
        try:
            await reader.read(-1)
        finally:
            writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as hanging:
        port = hanging.sockets[0].getsockname()[1]
        cache = Remote(f"redis://127.0.0.1:{port}", 600, tally, 0.05)
        async with asyncio.timeout(60):
            while not cache._breaker.open:
                assert await asyncio.gather(*(cache.get(b"%d" % n) for n in range(5))) == [None] * 5
        assert tally.errors == {"redis": 3}
        await eventually(lambda: callers == 3)
        assert [await cache.get(b"key") for _ in range(1000)] == [None] * 1000
        await cache.put(b"key", b"value")
        async with asyncio.timeout(60):
            await cache.close()
        assert callers == 3
    assert tally.misses["redis"] >= 1000
    assert tally.drops == {"redis": 1}


@pytest.mark.usefixtures("endless_pauses")
@pytest.mark.parametrize(
    "answer",
    [
        b"*1\r\n$1\r\nx\r\n",
        b":17\r\n",
        b"*-1\r\n",
        b"*3\r\n:1\r\n:2\r\n:3\r\n",
        b"nonsense\r\n" * 10,
        b"",
    ],
)
async def test_a_server_that_talks_nonsense_is_a_miss(
    answer: bytes, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while asked := await reader.read(10_000):
                writer.write(answer if b"MGET" in asked else b"+OK\r\n" * asked.count(b"SETINFO"))
        finally:
            writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as talking:
        port = talking.sockets[0].getsockname()[1]
        cache = Remote(f"redis://127.0.0.1:{port}", 600, tally, 0.5)
        for _ in range(5):
            assert await asyncio.gather(*(cache.get(b"%d" % n) for n in range(3))) == [None] * 3
        await cache.put(b"key", b"value")
        await cache.close()
    # A task that died would be reported when it is collected.
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.usefixtures("endless_pauses")
async def test_a_full_server_still_answers(server: RedisServer, tally: Tally, caplog: pytest.LogCaptureFixture) -> None:
    cache = Remote(server.url, 600, tally, 60)
    await until_found(cache, b"before")
    with server.client() as client:
        client.config_set("maxmemory", "1")
    await cache.put(b"refused", b"value")
    await eventually(lambda: tally.drops["redis"])
    await cache.put(b"not tried", b"value")
    assert await cache.get(b"refused") is None
    assert await cache.get(b"before") == b"value"
    assert (tally.errors, tally.drops) == ({"redis": 1}, {"redis": 2})
    assert "storing in the Redis cache fails (OutOfMemoryError" in caplog.text
    await cache.close()


@pytest.mark.usefixtures("endless_pauses")
async def test_a_wrong_password_is_an_outage(
    server: RedisServer, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Remote(server.url.replace(PASSWORD, "wrong-word"), 600, tally, 60)
    for _ in range(3):
        assert await cache.get(b"key") is None
    assert "AuthenticationError" in caplog.text
    assert "wrong-word" not in caplog.text
    await cache.close()
