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
from polygist.engines.base import Decoding, Hypothesis
from polygist.metrics import Metrics
from polygist.settings import Settings
from polygist.store.models import BuiltModel
from polygist.transport.server import Server
from polygist.types import ModelInfo


@pytest.fixture(scope="session")
def address(embedded_model: BuiltModel) -> Iterator[str]:
    """A server on the embedded model, shared by all tests that only call it."""
    with inprocess.running(Settings()) as target:
        yield target


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[Client]:
    with Client(address, timeout=120) as made:
        yield made


class HeldGenerator:
    """Says every prompt back, but not before it is let go. Counts what it computed."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.released.set()
        self.entered = threading.Event()
        self.computed = 0
        # A message: the engine breaks and quotes it, as libraries do.
        self.fails = ""

    info = ModelInfo("held", "1", "0" * 64, "Apache-2.0", ("de", "en", "uk"), "held", "none")

    def generate(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: Sequence[int], decoding: Decoding
    ) -> list[Hypothesis]:
        self.entered.set()
        if not self.released.wait(30):
            raise TimeoutError("a test forgot to release the generator")
        if self.fails:
            raise RuntimeError(self.fails)
        self.computed += len(prompts)
        return [Hypothesis(tuple(p[:n]), True) for p, n in zip(prompts, max_new_tokens, strict=True)]

    def close(self) -> None:
        self.released.set()


@dataclass
class Held:
    """A server on a held generator."""

    generator: HeldGenerator
    server: Server
    target: str
    metrics: Metrics

    def channel(self) -> grpc.aio.Channel:
        return grpc.aio.insecure_channel(self.target)


Serve = Callable[..., AbstractAsyncContextManager[Held]]


@pytest.fixture
def held(embedded_model: BuiltModel, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """`async with held(max_concurrent_calls=1) as server:` serves on a free port with those settings."""

    @asynccontextmanager
    async def serve(**changed: object) -> AsyncIterator[Held]:
        generator = HeldGenerator()
        monkeypatch.setattr(app, "load_generator", lambda *_: generator)
        metrics = Metrics(CollectorRegistry())
        settings = Settings(**{"shutdown_grace_seconds": 5, **changed})
        async with app.server(settings, "127.0.0.1:0", metrics, asyncio.Event()) as (port, server):
            generator.computed = 0
            generator.entered.clear()
            try:
                yield Held(generator, server, f"127.0.0.1:{port}", metrics)
            finally:
                generator.released.set()

    return serve


async def entered(generator: HeldGenerator) -> None:
    """Waits until a batch is inside the generator."""
    assert await asyncio.to_thread(generator.entered.wait, 10)
