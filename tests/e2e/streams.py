"""Streams in every state that one can be in, by `Client` and by the bare stub, and how each ends."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from types import TracebackType
from typing import Any, Self

import grpc

from polygist.client import Client, digest_request
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

# How many articles are sent before the writer waits, and how many answers there are by then, at least.
STATES = {"nothing sent": (0, 0), "unanswered": (9, 0), "between answers": (1, 1), "writing": (10**9, 1)}
WAYS: dict[str, Callable[[Client, Iterator[pb.DigestManyRequest]], Iterator[Any]]] = {
    "Client.digest_many": lambda client, requests: client.digest_many(requests),
    "DigestMany": lambda client, requests: polygist_pb2_grpc.PolygistStub(client.channel).DigestMany(requests),
    "Client.stream_digest": lambda client, requests: client.stream_digest(next(requests).digest),
}
MANY = ("Client.digest_many", "DigestMany")
_SECONDS = 30


class Streams:
    """Use as a context: writers wait until its end, whatever becomes of their calls."""

    def __init__(self, target: str) -> None:
        self._client = Client(target)
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._codes: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._client.close()

    def begin(self, states: Sequence[str], ways: Sequence[str]) -> None:
        """One for each state by each way; returns when they are in it."""
        for state in states:
            for way in ways:
                ready = threading.Event()
                self._threads.append(threading.Thread(target=self._call, args=(state, way, ready), daemon=True))
                self._threads[-1].start()
                assert ready.wait(_SECONDS), (state, way)

    def _requests(self, number: int) -> Iterator[pb.DigestManyRequest]:
        for i in range(number):
            yield pb.DigestManyRequest(id=str(i), digest=digest_request(f"Report {i}\n\nIt rained.", ["de"], "en"))
        self._over.wait()

    def _call(self, state: str, way: str, ready: threading.Event) -> None:
        number, answers = STATES[state]
        self._codes[state, way] = "no end"
        try:
            call = WAYS[way](self._client, self._requests(number))
            for had in count():
                if had == answers:
                    ready.set()
                next(call)
        except grpc.RpcError as error:
            self._codes[state, way] = error.code().name

    def codes(self) -> dict[tuple[str, str], str]:
        """What each has ended with, in time."""
        ends = time.monotonic() + _SECONDS
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        return dict(self._codes)
