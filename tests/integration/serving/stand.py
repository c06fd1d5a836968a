"""A service on an engine that a test scripts: it sees the texts in its batches, and answers them without doubts."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from prometheus_client import CollectorRegistry
from tokenizers import Tokenizer

from polygist import app
from polygist.engines import makers
from polygist.engines.base import Ended, Halt, Hypothesis, Row
from polygist.metrics import Metrics
from polygist.settings import Settings
from polygist.store.models import BuiltModel
from polygist.translate import guard
from polygist.types import ModelInfo
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

INFO = ModelInfo("scripted", "1", "0" * 64, "Apache-2.0", ("de", "en", "uk"), "scripted", "none")
BULK = pb.PRIORITY_BULK
# What an answer begins with: it must not be the text itself, which would be a doubt.
OPENING = "So "
_PATIENCE_SECONDS = 60


@cache
def _tokenizer(file: Path) -> Tokenizer:
    """Read once: each of these tests starts a service."""
    return Tokenizer.from_file(str(file))


class Scripted:
    """Answers every text with itself behind OPENING, batch by batch, or with `joins` token by token.

    While `released` is not set it stands still before a batch, or a step. `script` is called with the texts of each
    batch, or step, and may raise. `batches` are those texts.
    """

    def __init__(self, model: BuiltModel, info: ModelInfo = INFO, *, joins: bool = False) -> None:
        self._tokenizer = _tokenizer(model.tokenizer)
        self.info, self.joins, self.spare = info, joins, 0
        self.released, self.entered, self.closed = threading.Event(), threading.Event(), threading.Event()
        self.released.set()
        self.script: Callable[[list[str]], None] = lambda _: None
        self.batches: list[list[str]] = []
        self.dropped: list[str] = []

    def wait_until_loaded(self) -> None: ...

    def text(self, row: Row) -> str:
        prompt = self._tokenizer.decode(list(row.prompt), skip_special_tokens=True)
        return prompt.split("\n", 1)[0].partition(": ")[2]

    def _answer(self, row: Row) -> list[int]:
        ids: list[int] = self._tokenizer.encode(OPENING + self.text(row), add_special_tokens=False).ids
        return ids[: row.max_new_tokens]

    def _log_probability(self, row: Row) -> float:
        return 0.0

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        left = list(rows)
        while left:
            self._step([self.text(row) for row in left], halt)
            for row in list(left):
                answer = self._answer(row)
                row.generated[:] = answer[: len(row.generated) + 1] if self.joins else answer
                if row.generated == answer:
                    left.remove(row)
                    ended(row, Hypothesis(tuple(answer), True, self._log_probability(row)))
            if self.joins and halt():
                return

    def _step(self, texts: list[str], halt: Halt) -> None:
        self.batches.append(texts)
        self.entered.set()
        if not self.released.wait(_PATIENCE_SECONDS):
            raise TimeoutError("a test forgot to release the engine")
        self.script(texts)

    def drop(self, rows: Sequence[Row]) -> None:
        self.dropped += [self.text(row) for row in rows]

    def close(self) -> None:
        self.closed.set()

    @property
    def order(self) -> list[str]:
        """Texts in the order in which they were first worked on."""
        return list(dict.fromkeys(text for batch in self.batches for text in batch))


@dataclass
class Stand:
    """A running service, and how it is asked and measured."""

    service: app.Service
    metrics: Metrics
    target: str
    model: str = INFO.id

    def value(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0

    def samples(self, name: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Every value of a counter or gauge that is not 0, by its labels."""
        found = (s for m in self.metrics.registry.collect() for s in m.samples if s.name == name and s.value)
        return {tuple(sorted(s.labels.items())): s.value for s in found}

    def waiting(self, priority: str) -> float:
        return self.value("polygist_queue_items", model=self.model, priority=priority)

    def dropped(self, reason: str) -> float:
        found = self.samples("polygist_dropped_segments_total").items()
        return sum(n for labels, n in found if {("model", self.model), ("reason", reason)} <= set(labels))

    def channel(self) -> grpc.aio.Channel:
        return grpc.aio.insecure_channel(self.target, [("grpc.enable_retries", 0)])


@contextmanager
def engines_by(make: Callable[[], Scripted]) -> Iterator[None]:
    """Services start their engines with `make` meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(makers, "engine_maker", lambda *_: make)
        yield


@asynccontextmanager
async def serving(make: Callable[[], Scripted], *, guarded: bool = False, **changed: object) -> AsyncIterator[Stand]:
    """A service on a free port with those settings, its cache off unless they say otherwise.

    Unless it is `guarded` it believes what the engine says, which is no German.
    """
    metrics = Metrics(CollectorRegistry())
    settings = Settings(**{"shutdown_grace_seconds": 5, "replicas": 1, "cache_memory_bytes": 0, **changed})
    with engines_by(make), pytest.MonkeyPatch.context() as patch:
        if not guarded:
            patch.setattr(guard, "doubts", lambda *_, **__: frozenset())
        async with app.service(settings, "127.0.0.1:0", metrics, asyncio.Event()) as service:
            yield Stand(service, metrics, f"127.0.0.1:{service.port}")


def request(*texts: str, target: str = "de", priority: pb.Priority.ValueType = pb.PRIORITY_UNSPECIFIED) -> object:
    return pb.TranslateRequest(texts=texts, source_language="en", target_languages=[target], priority=priority)


def translate(channel: grpc.aio.Channel, *texts: str, timeout: float | None = None, **fields: object) -> grpc.aio.Call:
    return polygist_pb2_grpc.PolygistStub(channel).Translate(request(*texts, **fields), timeout=timeout)


def texts(answer: pb.TranslateResponse) -> list[str]:
    return list(answer.translations[0].texts)


def expected(*sources: str) -> list[str]:
    """What the engine makes of texts."""
    return [OPENING + source for source in sources]


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not true():  # noqa: ASYNC110  # counters and threads tell nobody
            await asyncio.sleep(0.005)


async def outcome(call: Awaitable[object]) -> grpc.StatusCode:
    """How a call ends."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def retry_seconds(error: grpc.aio.AioRpcError) -> float:
    """When the server wants the caller back."""
    packed = dict(error.trailing_metadata())["grpc-status-details-bin"]
    info = error_details_pb2.RetryInfo()
    (detail,) = [d for d in status_pb2.Status.FromString(packed).details if d.Is(info.DESCRIPTOR)]
    detail.Unpack(info)
    return info.retry_delay.ToTimedelta().total_seconds()


class Clockwork:
    """Gives an engine its steps one by one: use as its `script`."""

    def __init__(self) -> None:
        self._permits = threading.Semaphore(0)
        self.taken = 0

    def __call__(self, texts: list[str]) -> None:
        if not self._permits.acquire(timeout=_PATIENCE_SECONDS):
            raise TimeoutError("a test forgot to let the engine go on")
        self.taken += 1

    async def step(self) -> None:
        """One step, and until it has begun."""
        taken = self.taken
        self._permits.release()
        await until(lambda: self.taken > taken)

    def free(self) -> None:
        """As many steps as there may be."""
        self._permits.release(1_000_000)


def pause(seconds: float) -> Callable[[list[str]], None]:
    """A script for an engine that takes its time."""
    return lambda _: time.sleep(seconds)
