"""Engines that begin to load before there is a service for them."""

import signal
from pathlib import Path

import pytest

from polygist.engines import makers
from polygist.engines.base import GREEDY, generate
from polygist.engines.fleet import Maker
from polygist.engines.process import ProcessEngine
from polygist.errors import ModelMissing
from polygist.settings import Settings
from tests.integration.engines.fakes import load
from tests.integration.engines.test_process import gone


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[ProcessEngine]:
    """The engines that are made, in order."""
    engines: list[ProcessEngine] = []

    def make() -> ProcessEngine:
        engines.append(ProcessEngine(load))
        return engines[-1]

    made: Maker = make
    monkeypatch.setattr(makers, "engine_maker", lambda *_: made)
    return engines


def test_the_first_engine_of_a_maker_is_the_one_that_loads_already(started: list[ProcessEngine]) -> None:
    with makers.early(Settings(replicas=2)) as early:
        assert len(started) == 2
        [[one, other]] = early.makers
        assert [one(), other()] == started
        started[0].wait_until_loaded()
        assert generate(started[0], [[5]], [100], GREEDY)
        again = one()  # as after the death of the first
        assert again is started[2]
        assert len(started) == 3
    assert all(engine._process.poll() is None for engine in started), "who took an engine ends it"
    for engine in started:
        engine.close()


def test_an_engine_that_nobody_took_ends(started: list[ProcessEngine]) -> None:
    taken = []

    def fail() -> None:
        with makers.early(Settings(replicas=2)) as early:
            taken.append(early.makers[0][1]())
            raise OSError("no port")

    with pytest.raises(OSError, match="no port"):
        fail()
    assert started[0]._process.returncode == -signal.SIGKILL, "an error is not kept waiting for what loads"
    assert gone(started[0].pid)
    assert taken[0]._process.poll() is None
    taken[0].close()


def test_a_missing_model_starts_nothing(started: list[ProcessEngine], tmp_path: Path) -> None:
    with pytest.raises(ModelMissing), makers.early(Settings(cache_dir=tmp_path)):
        pass
    assert not started
