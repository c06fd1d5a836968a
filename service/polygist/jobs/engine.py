"""The server's own pipeline as the engine of a batch job: the job's threads hand articles to the event loop."""

import asyncio
import queue
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future
from typing import Any, Protocol

import grpc
from google.rpc import status_pb2

from polygist.errors import PolygistError
from polygist.v1 import polygist_pb2 as pb


class Service(Protocol):
    """What jobs need of the server. The first and the last are for any thread, the others for the event loop."""

    def limits(self) -> pb.Limits:
        """Those in force."""
        ...

    def check(self, digest: pb.DigestRequest, path: str) -> None:
        """Raises InvalidRequest where no article could have such a digest; `path` stands before each field."""
        ...

    async def article(self, request: pb.DigestManyRequest, caller: str) -> pb.DigestManyResponse:
        """The digest of an article for a caller, or why there is none. A full queue is waited for."""
        ...

    def status(self, error: PolygistError) -> status_pb2.Status:
        """An error as callers get it."""
        ...


class Stopped(grpc.RpcError):
    """What is under way was given up."""


class Inside:
    """A `batch.servers.Engine`. It names no models: a job goes on where others have taken over."""

    def __init__(self, loop: asyncio.AbstractEventLoop, service: Service, caller: str) -> None:
        self._loop, self._service, self._caller = loop, service, caller
        self._lock = threading.Lock()
        self._under_way = set[Future[pb.DigestManyResponse]]()
        self._stopped = False

    def info(self, timeout: float | None = None) -> pb.GetInfoResponse:
        """The limits alone."""
        return pb.GetInfoResponse(limits=self._service.limits())

    def digest_many(self, items: Iterable[pb.DigestManyRequest], *, ahead: int) -> Iterator[pb.DigestManyResponse]:
        """An answer for each item as it is ready, so many under way as in a stream. Raises Stopped."""
        feed = _Feed(items, self._begin, self._service.limits().max_articles_in_flight)
        feed.start()
        try:
            yield from feed.answers()
        finally:
            feed.end()

    def _begin(self, item: pb.DigestManyRequest) -> Future[pb.DigestManyResponse]:
        with self._lock:
            if self._stopped:
                raise Stopped
            future = asyncio.run_coroutine_threadsafe(self._service.article(item, self._caller), self._loop)
            self._under_way.add(future)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, future: Future[pb.DigestManyResponse]) -> None:
        with self._lock:
            self._under_way.discard(future)

    def stop(self) -> None:
        """Give up what is under way; nothing is begun any more. For any thread."""
        with self._lock:
            self._stopped = True
            left = list(self._under_way)
        for future in left:
            future.cancel()


class _Feed(threading.Thread):
    """Begins items in a thread of its own, since who hands them out may wait."""

    def __init__(self, items: Iterable[pb.DigestManyRequest], begin: Any, most: int) -> None:
        super().__init__(name="feed", daemon=True)
        self._items, self._begin, self._places = iter(items), begin, threading.Semaphore(most)
        self._ready: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ended = threading.Event()

    def run(self) -> None:
        begun = 0
        try:
            while self._places.acquire() and not self._ended.is_set():
                if (item := next(self._items, None)) is None:
                    break
                self._begin(item).add_done_callback(self._ready.put)
                begun += 1
            self._ready.put(begun)
        except Exception as error:  # handed to the thread that waits
            self._ready.put(error)

    def answers(self) -> Iterator[pb.DigestManyResponse]:
        answered, begun = 0, -1
        while answered != begun:
            match self._ready.get():
                case int(all_of_them):
                    begun = all_of_them
                case Exception() as error:
                    raise error
                case future:
                    answered += 1
                    self._places.release()
                    try:
                        yield future.result()
                    except CancelledError:
                        raise Stopped from None

    def end(self) -> None:
        """Begin no more."""
        self._ended.set()
        self._places.release()
