"""Fixtures of the cache's tests."""

from collections.abc import Iterator

import pytest

from polygist.cache import breaker, disk, files
from tests.integration.cache.server import RedisServer
from tests.unit.cache.tally import Tally


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A noisy machine must not break these tests: nothing gives up early."""
    monkeypatch.setattr(disk, "_LOOKUP_SECONDS", 60)
    monkeypatch.setattr(disk, "_CLOSE_SECONDS", 60)
    monkeypatch.setattr(files, "_BUSY_SECONDS", 60)


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "_PAUSES", (0.02, 0.05))


@pytest.fixture
def endless_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "_PAUSES", (10_000.0, 10_000.0))
