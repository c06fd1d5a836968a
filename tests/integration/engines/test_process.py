"""An engine in a process of its own: what it says comes across, and nothing else goes down with it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from polygist.engines import process
from polygist.engines.base import GREEDY, Hypothesis, Row, generate
from polygist.engines.process import ProcessEngine
from polygist.errors import EngineDied, EngineFailed, OutOfMemory
from tests.conftest import ROOT
from tests.integration.engines.fakes import (
    BREAK_OFF,
    DROPS,
    FAIL,
    HANG,
    LIKELIHOOD,
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
    assert answers == [Hypothesis((5, 6, 7), True, 0.0), Hypothesis((8,), True, 0.0)]


def test_engine_without_a_process_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    before = psutil.Process().num_fds()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EngineFailed, match="No such file"):
        ProcessEngine(load)
    assert psutil.Process().num_fds() == before


def test_engine_that_can_t_be_told_what_to_load_leaves_nothing_open() -> None:
    before = psutil.Process().num_fds()
    with pytest.raises(AttributeError):
        ProcessEngine(lambda: SayingEngine())  # which pickle can't send
    assert psutil.Process().num_fds() == before


def test_each_row_is_answered_at_its_end(engine: ProcessEngine) -> None:
    short, long = row(5, 6), row(SLOW, *range(20))
    ends: dict[Row, float] = {}
    engine.run([long, short], lambda r, _: ends.setdefault(r, time.monotonic()), lambda: False)
    assert ends[long] - ends[short] > 0.5


def test_halted_rows_go_on_beside_others(engine: ProcessEngine) -> None:
    first, second = row(SLOW, *range(40)), row(7, 8)
    found: dict[Row, Hypothesis] = {}
    soon = time.monotonic() + 0.3
    engine.run([first], found.__setitem__, lambda: time.monotonic() > soon)
    assert found == {}
    assert 0 < len(first.generated) < 41
    so_far = list(first.generated)
    engine.run([second], found.__setitem__, lambda: False)
    assert list(found) == [second]
    assert first.generated == so_far
    assert first.log_probability == len(so_far) * LIKELIHOOD
    engine.run([first], found.__setitem__, lambda: False)
    assert found[first].tokens == (SLOW, *range(40))
    assert found[first].log_probability == 41 * LIKELIHOOD


def test_run_asks_when_it_is_told_to(engine: ProcessEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_ASK_SECONDS", 60)
    wanted = threading.Event()
    halted = row(SLOW, *range(100))

    def want() -> None:
        wanted.set()
        engine.ask()

    timer = threading.Timer(0.3, want)
    timer.start()
    begun = time.monotonic()
    engine.run([halted], lambda *_: None, wanted.is_set)
    timer.join()
    assert 0 < len(halted.generated) < 50  # of 5 s
    assert time.monotonic() - begun < 2.5


def test_asking_a_closed_engine_does_nothing() -> None:
    before = psutil.Process().num_fds()
    engine = ProcessEngine(load)
    engine.ask()
    engine.wait_until_loaded()
    engine.close()
    engine.ask()
    engine.close()
    assert psutil.Process().num_fds() == before


def test_dropped_rows_are_forgotten(engine: ProcessEngine) -> None:
    halted = row(SLOW, *range(40))
    engine.run([halted], lambda *_: None, lambda: True)
    assert generate(engine, [[DROPS]], [9], GREEDY) == [Hypothesis((0, 0), True, 0.0)]
    engine.drop([halted, row(1)])
    assert generate(engine, [[DROPS]], [9], GREEDY) == [Hypothesis((1, 0), True, 0.0)]
    assert engine._numbers == {}


@pytest.mark.parametrize(
    ("token", "error"), [(FAIL, EngineFailed), (NO_MEMORY, OutOfMemory), (UNFORESEEN, EngineFailed)]
)
def test_errors_come_across_and_quote_nothing(engine: ProcessEngine, token: int, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        generate(engine, [[token, 5]], [9], GREEDY)
    assert type(raised.value) is error
    assert TEXT not in str(raised.value)
    assert generate(engine, [[5]], [9], GREEDY) == [Hypothesis((5,), True, 0.0)]


def test_killed_process_is_a_dead_engine(engine: ProcessEngine) -> None:
    def kill() -> bool:
        os.kill(engine.pid, signal.SIGKILL)
        return False

    with pytest.raises(EngineDied):
        engine.run([row(SLOW, *range(100))], lambda *_: None, kill)
    with pytest.raises(EngineDied):
        engine.run([row(5)], lambda *_: None, lambda: False)
    engine.drop([row(5)])


@pytest.mark.parametrize("instruction", [HANG, BREAK_OFF])
def test_silent_engine_is_put_to_death(instruction: int) -> None:
    engine = ProcessEngine(load, silence_seconds=1)
    engine.wait_until_loaded()
    with pytest.raises(EngineDied, match="no sign of life"):
        engine.run([row(instruction)], lambda *_: None, lambda: False)
    assert engine._process.returncode == -signal.SIGKILL
    engine.close()


def test_engine_that_takes_no_message_is_put_to_death() -> None:
    engine = ProcessEngine(load, silence_seconds=1)
    engine.wait_until_loaded()
    os.kill(engine.pid, signal.SIGSTOP)
    with pytest.raises(EngineDied, match="no sign of life"):
        engine.run([row(*range(1_000_000))], lambda *_: None, lambda: False)  # more than a socket holds
    assert engine._process.returncode == -signal.SIGKILL
    engine.close()


def test_slow_engine_shows_signs_of_life() -> None:
    engine = ProcessEngine(load, silence_seconds=3)
    engine.wait_until_loaded()
    assert generate(engine, [[SLOW, *range(90)]], [100], GREEDY)[0].finished  # 4.5 s
    engine.close()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends by itself has the time to."""
    monkeypatch.setattr(process, "_END_SECONDS", 60)


@pytest.mark.usefixtures("patient")
def test_reason_of_a_failed_load() -> None:
    engine = ProcessEngine(load_in_vain)
    with pytest.raises(EngineFailed, match="there is no such model"):
        engine.wait_until_loaded()
    assert engine._process.returncode == 0


@pytest.mark.usefixtures("patient")
def test_process_ends_with_its_connection() -> None:
    engine = ProcessEngine(load)
    engine.wait_until_loaded()
    engine.close()
    assert engine._process.returncode == 0


def test_working_directory_holds_no_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pickle", "queue", "socket", "polygist"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    engine = ProcessEngine(load)
    engine.wait_until_loaded()
    engine.close()
    assert not (tmp_path / "imported").exists()


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
