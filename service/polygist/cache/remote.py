"""The cache in a Redis server, or one that speaks its protocol. Needs the extra `redis`."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from polygist.cache.backlog import Backlog
from polygist.cache.base import Observer
from polygist.cache.breaker import Breaker
from polygist.concurrency import apart
from polygist.errors import ConfigurationError

T = TypeVar("T")

# The digit changes when the meaning of keys or values does.
PREFIX = b"polygist:1:"
_BATCH_ITEMS = 512
_CLOSE_SECONDS = 5.0


class Remote:
    """Keeps values for `ttl_seconds`; which of them leave earlier is the server's affair (`maxmemory-policy`).

    A call waits `timeout_seconds` at most. A server that fails three times in a row is left alone for a while
    (`Breaker`); one that answers and refuses to store, being full or read-only, is only spared the puts.
    Raises ConfigurationError for a URL that can't be used.
    """

    def __init__(self, url: str, ttl_seconds: int, observer: Observer, timeout_seconds: float = 0.25) -> None:
        self._client = Redis.from_pool(_pool(url, timeout_seconds))
        self._ttl_seconds, self._observer, self._timeout_seconds = ttl_seconds, observer, timeout_seconds
        self._breaker = Breaker("the Redis cache", max_errors=3)
        self._full = Breaker("storing in the Redis cache", max_errors=1)
        self._backlog = Backlog("redis", self._write, observer)
        self._asked: list[tuple[bytes, asyncio.Future[bytes | None]]] = []
        self._answering: asyncio.Task[None] | None = None
        self._closed = False

    async def get(self, key: bytes) -> bytes | None:
        value = self._backlog.get(key)
        if value is None and not self._closed:
            value = await self._ask(key)
        if value is None:
            self._observer.miss("redis")
        else:
            self._observer.hit("redis")
        return value

    async def put(self, key: bytes, value: bytes) -> None:
        if self._breaker.open or self._full.open:
            self._observer.dropped("redis", 1)
        else:
            self._backlog.add(key, value)

    async def close(self) -> None:
        self._closed = True
        await self._backlog.close(_CLOSE_SECONDS)
        if self._answering:
            await asyncio.wait({self._answering})
        with suppress(TimeoutError, OSError, RedisError):
            async with asyncio.timeout(self._timeout_seconds):
                await self._client.aclose()

    async def _ask(self, key: bytes) -> bytes | None:
        answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._asked.append((key, answer))
        if self._answering is None or self._answering.done():
            self._answering = apart(self._answer())
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await answer
        except TimeoutError:
            return None

    async def _answer(self) -> None:
        """Asks for all that has been asked meanwhile at once, until nothing is left."""
        while self._asked:
            batch, self._asked = self._asked[:_BATCH_ITEMS], self._asked[_BATCH_ITEMS:]
            waiting = [(key, answer) for key, answer in batch if not answer.done()]
            if not waiting:
                continue
            for (_, answer), value in zip(waiting, await self._find([key for key, _ in waiting]), strict=True):
                if not answer.done():
                    answer.set_result(value)

    async def _find(self, keys: list[bytes]) -> list[bytes | None]:
        values = await self._call(lambda: self._client.mget([PREFIX + key for key in keys]))
        if not isinstance(values, list) or len(values) != len(keys):
            return [None] * len(keys)
        return [value if isinstance(value, bytes) else None for value in values]

    async def _write(self, entries: dict[bytes, bytes]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for key, value in entries.items():
            pipeline.set(PREFIX + key, value, ex=self._ttl_seconds)
        replies = await self._call(lambda: pipeline.execute(raise_on_error=False))
        if replies is None:
            self._observer.dropped("redis", len(entries))
            return
        refusals = [reply for reply in replies if isinstance(reply, Exception)]
        if refusals:
            self._observer.error("redis")
            self._observer.dropped("redis", len(refusals))
            self._full.failed(refusals[0])
        else:
            self._full.succeeded()

    async def _call(self, command: Callable[[], Awaitable[T]]) -> T | None:
        """The server's answer, None when there is none in time."""
        if self._breaker.open:
            return None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await command()
        # All of it: what a dying or foreign server makes the library raise is not only RedisError and OSError.
        except Exception as error:
            self._observer.error("redis")
            self._breaker.failed(error)
            return None
        self._breaker.succeeded()
        return answer


def _pool(url: str, timeout_seconds: float) -> ConnectionPool:
    try:
        # Ours win over what the URL asks for. Retries are the breaker's affair, and the old protocol suffices.
        options: dict[str, Any] = {
            **parse_url(url),
            "socket_timeout": timeout_seconds,
            "socket_connect_timeout": timeout_seconds,
            "retry": Retry(NoBackoff(), 0),
            "decode_responses": False,
            "protocol": 2,
        }
        pool = ConnectionPool(**options)
        # Connects to nothing yet, but refuses options that it does not know.
        pool.make_connection()  # type: ignore[no-untyped-call]
    except (TypeError, ValueError):
        # The message and the cause may quote the URL, and with it the password.
        raise ConfigurationError(
            "POLYGIST_CACHE_REDIS_URL: not a redis://, rediss:// or unix:// address with known options"
        ) from None
    return pool
