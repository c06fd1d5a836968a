"""An engine in a process of its own: what it says comes across, and nothing else goes down with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from polygist.engines.base import GREEDY, Hypothesis, Row, generate
from polygist.engines.process import ProcessEngine
from polygist.errors import EngineDied, EngineFailed, OutOfMemory
from tests.conftest import ROOT
from tests.integration.engines.fakes import (
    FAIL,
    HANG,
    NO_MEMORY,
    SLOW,
    TEXT,
    UNFORESEEN,
    SayingEngine,
    load,
    load_in_vain,
)


@pytest.fixture
def engine() -> Iterator[ProcessEngine]:
    made = ProcessEngine(load)
    made.wait_until_loaded()
    yield made
    made.close()


def row(*prompt: int) -> Row:
    return Row(prompt, 100, GREEDY)


def gone(pid: int, seconds: float = 20) -> bool:
    """Whether the process ends within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_answers_and_facts_come_across(engine: ProcessEngine) -> None:
    assert engine.info == SayingEngine.info
    assert engine.joins
    assert engine.pid != os.getpid()
    answers = generate(engine, [[5, 6, 7], [8]], [100, 100], GREEDY)
    assert answers == [Hypothesis((5, 6, 7), True), Hypothesis((8,), True)]


def test_each_row_is_answered_at_its_end(engine: ProcessEngine) -> None:
    short, long = row(5, 6), row(SLOW, *range(20))
    ends: dict[Row, float] = {}
    engine.run([long, short], lambda r, _: ends.setdefault(r, time.monotonic()), lambda: False)
    assert ends[long] - ends[short] > 0.5


def test_halted_rows_go_on_beside_others(engine: ProcessEngine) -> None:
    first, second = row(SLOW, *range(40)), row(7, 8)
    found: dict[Row, Hypothesis] = {}
    asked = 0

    def soon() -> bool:
        nonlocal asked
        asked += 1
        return asked > 50

    engine.run([first], found.__setitem__, soon)
    assert found == {}
    assert 0 < len(first.generated) < 41
    so_far = list(first.generated)
    engine.run([second], found.__setitem__, lambda: False)
    assert list(found) == [second]
    assert first.generated == so_far
    engine.run([first], found.__setitem__, lambda: False)
    assert found[first].tokens == (SLOW, *range(40))


def test_dropped_rows_are_forgotten(engine: ProcessEngine) -> None:
    halted = row(SLOW, *range(40))
    engine.run([halted], lambda *_: None, lambda: True)
    engine.drop([halted, row(1)])
    assert generate(engine, [[5]], [9], GREEDY) == [Hypothesis((5,), True)]


@pytest.mark.parametrize(
    ("token", "error"), [(FAIL, EngineFailed), (NO_MEMORY, OutOfMemory), (UNFORESEEN, EngineFailed)]
)
def test_errors_come_across_and_quote_nothing(engine: ProcessEngine, token: int, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        generate(engine, [[token, 5]], [9], GREEDY)
    assert type(raised.value) is error
    assert TEXT not in str(raised.value)
    assert generate(engine, [[5]], [9], GREEDY) == [Hypothesis((5,), True)]


def test_killed_process_is_a_dead_engine(engine: ProcessEngine) -> None:
    def kill() -> bool:
        os.kill(engine.pid, signal.SIGKILL)
        return False

    with pytest.raises(EngineDied):
        engine.run([row(SLOW, *range(100))], lambda *_: None, kill)
    with pytest.raises(EngineDied):
        engine.run([row(5)], lambda *_: None, lambda: False)
    engine.drop([row(5)])


def test_silent_engine_is_put_to_death() -> None:
    engine = ProcessEngine(load, silence_seconds=1)
    engine.wait_until_loaded()
    with pytest.raises(EngineDied, match="no sign of life"):
        engine.run([row(HANG)], lambda *_: None, lambda: False)
    assert gone(engine.pid)
    engine.close()


def test_slow_engine_shows_signs_of_life() -> None:
    engine = ProcessEngine(load, silence_seconds=3)
    engine.wait_until_loaded()
    assert generate(engine, [[SLOW, *range(90)]], [100], GREEDY)[0].finished  # 4.5 s
    engine.close()


def test_reason_of_a_failed_load() -> None:
    engine = ProcessEngine(load_in_vain)
    with pytest.raises(EngineFailed, match="there is no such model"):
        engine.wait_until_loaded()
    assert gone(engine.pid)


def test_process_ends_with_its_connection() -> None:
    engine = ProcessEngine(load)
    engine.wait_until_loaded()
    engine.close()
    assert gone(engine.pid)


OWNER = """
import time
from polygist.engines.process import ProcessEngine
from tests.integration.engines.fakes import load
engine = ProcessEngine(load)
engine.wait_until_loaded()
print(engine.pid, flush=True)
time.sleep(600)
"""


def test_process_ends_when_its_owner_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    assert gone(pid)
