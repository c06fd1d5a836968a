"""Real servers on the real embedded model, or on the same pipeline with an engine that a test controls."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import grpc
import pytest
from prometheus_client import CollectorRegistry

from polygist import app, inprocess
from polygist.client import Client
from polygist.engines import makers
from polygist.engines.base import Ended, Halt, Hypothesis, Row
from polygist.metrics import Metrics
from polygist.settings import Settings
from polygist.store.models import BuiltModel
from polygist.types import ModelInfo


@pytest.fixture(autouse=True)
def makers_are_put_back() -> Iterator[None]:
    """A test that left its engines behind would answer for the next one."""
    before = makers.engine_maker
    yield
    assert makers.engine_maker is before


@pytest.fixture(scope="session")
def address(embedded_model: BuiltModel) -> Iterator[str]:
    """A server on the embedded model, shared by all tests that only call it."""
    with inprocess.running(Settings()) as target:
        yield target


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[Client]:
    with Client(address, timeout=120) as made:
        yield made


class HeldEngine:
    """Says every prompt back, but not before it is let go. Counts what it computed."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.released.set()
        self.entered = threading.Event()
        self.computed = 0
        # A message: the engine breaks and quotes it, as libraries do.
        self.fails = ""
        self.loads = threading.Event()
        self.loads.set()
        self.closed = False

    info = ModelInfo("held", "1", "0" * 64, "Apache-2.0", ("de", "en", "uk"), "held", "none")
    joins = False
    spare = 0

    def wait_until_loaded(self) -> None:
        if not self.loads.wait(30):
            raise TimeoutError("a test forgot to let the engine load")

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        self.entered.set()
        if not self.released.wait(30):
            raise TimeoutError("a test forgot to release the engine")
        if self.fails:
            raise RuntimeError(self.fails)
        self.computed += len(rows)
        for row in rows:
            ended(row, Hypothesis(tuple(row.prompt[: row.max_new_tokens]), True, 0.0))

    def drop(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None:
        self.closed = True


@dataclass
class Held:
    """A server on a held generator."""

    generator: HeldEngine
    service: app.Service
    target: str
    metrics: Metrics
    settings: Settings

    def channel(self) -> grpc.aio.Channel:
        return grpc.aio.insecure_channel(self.target)


Serve = Callable[..., AbstractAsyncContextManager[Held]]


@pytest.fixture
def held(embedded_model: BuiltModel, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """`async with held(max_concurrent_calls=1) as server:` serves on a free port with those settings."""

    @asynccontextmanager
    async def serve(
        address: str = "127.0.0.1:0", engine: HeldEngine | None = None, **changed: object
    ) -> AsyncIterator[Held]:
        generator = engine or HeldEngine()
        monkeypatch.setattr(makers, "engine_maker", lambda *_: lambda: generator)
        metrics = Metrics(CollectorRegistry())
        settings = Settings(**{"shutdown_grace_seconds": 5, "replicas": 1, **changed})
        async with app.service(settings, address, metrics, asyncio.Event()) as service:
            generator.computed = 0
            generator.entered.clear()
            try:
                yield Held(generator, service, f"127.0.0.1:{service.port}", metrics, settings)
            finally:
                generator.released.set()

    return serve


async def entered(generator: HeldEngine) -> None:
    """Waits until a batch is inside the generator."""
    assert await asyncio.to_thread(generator.entered.wait, 60)
