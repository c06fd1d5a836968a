"""The process of an engine from within: what it does with rows of several runs, and with trouble at any moment."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from polygist.engines import process
from polygist.engines.base import GREEDY, Engine, Halt, Hypothesis, Row, generate
from polygist.engines.process import ProcessEngine
from polygist.errors import EngineDied, EngineFailed
from tests.conftest import ROOT
from tests.integration.engines.fakes import DROPS, HANG, LIKELIHOOD, SLOW, TEXT, UNFORESEEN, SayingEngine, load
from tests.integration.engines.test_process import gone, row

LONG = (SLOW, *range(100))


class Rows:
    """Hears the ends of rows, and halts a run after one of them, or as soon as may be."""

    def __init__(self) -> None:
        self.ends: dict[Row, Hypothesis] = {}

    def ended(self, row: Row, hypothesis: Hypothesis) -> None:
        assert row not in self.ends
        self.ends[row] = hypothesis

    def after(self, row: Row) -> Halt:
        return lambda: row in self.ends


@pytest.fixture
def engine() -> Iterator[ProcessEngine]:
    made = ProcessEngine(load)
    made.wait_until_loaded()
    yield made
    made.close()


def begun(engine: ProcessEngine, rows: Rows) -> Row:
    """A row that has begun and was halted."""
    long = row(*LONG)
    engine.run([long], rows.ended, lambda: True)
    assert 0 < len(long.generated) < 100
    return long


def test_rows_join_and_leave_between_runs(engine: ProcessEngine) -> None:
    rows = Rows()
    long, other = begun(engine, rows), row(*LONG)
    for length in (2, 3, 4):
        before = len(long.generated)
        short = row(*range(length))
        engine.run([long, other, short], rows.ended, rows.after(short))
        assert rows.ends.pop(short).tokens == tuple(range(length))
        assert rows.ends == {}
        assert len(long.generated) >= before + length
        assert long.generated == list(LONG[: len(long.generated)])
    engine.drop([other])
    last = row(8, 9)
    engine.run([last, long], rows.ended, rows.after(last))
    assert list(rows.ends) == [last]


def test_another_process_goes_on_where_the_first_one_died(engine: ProcessEngine) -> None:
    rows = Rows()
    halted = row(SLOW, 5, 6, 7)
    engine.run([halted], rows.ended, lambda: True)
    so_far = list(halted.generated)
    assert 0 < len(so_far) < 4
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(EngineDied):
        engine.run([halted], rows.ended, lambda: False)
    assert halted.generated == so_far
    second = ProcessEngine(load)
    second.wait_until_loaded()
    second.run([halted], rows.ended, lambda: False)
    second.close()
    assert rows.ends[halted] == Hypothesis((SLOW, 5, 6, 7), True, 0.0)
    assert rows.ends[halted].log_probability == 4 * LIKELIHOOD


def test_what_fails_beside_a_row_does_not_end_it_and_nothing_is_logged(
    engine: ProcessEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = Rows()
    good, bad = row(5, 6), row(UNFORESEEN)
    with pytest.raises(EngineFailed, match="ValueError") as error:
        engine.run([bad, good], rows.ended, lambda: False)
    engine.drop([bad])
    engine.run([good], rows.ended, lambda: False)
    assert list(rows.ends) == [good]
    assert TEXT not in f"{error.value!r} {error.value.__cause__!r}" + "".join(capfd.readouterr())


class Leave(Exception): ...


@pytest.mark.parametrize("callback", ["ended", "halt"])
def test_what_a_callback_raises_halts_its_run_alone(engine: ProcessEngine, callback: str) -> None:
    rows = Rows()
    short, long, other = row(5), row(*LONG), row(7, 8)

    def leave(*_: object) -> bool:
        raise Leave

    given: dict[str, Any] = {"ended": rows.ended, "halt": lambda: False} | {callback: leave}
    with pytest.raises(Leave):
        engine.run([short, long], **given)
    for once in (other, row(9)):  # the first comes while the one that was left still ends
        engine.run([once, long], rows.ended, rows.after(once))
        assert rows.ends.pop(once).tokens == tuple(once.prompt)
        assert rows.ends == {}
        assert long.generated == list(LONG[: len(long.generated)])
    # It had not ended, and nobody keeps what it had.
    assert generate(engine, [[DROPS]], [9], GREEDY) == [Hypothesis((1, 0), True, 0.0)]


def no_memory() -> SayingEngine:
    raise MemoryError


def abrupt_end() -> SayingEngine:
    os._exit(3)


@pytest.mark.parametrize(
    ("make", "error", "reason"), [(no_memory, EngineFailed, "MemoryError"), (abrupt_end, EngineDied, "gone")]
)
def test_a_load_that_ends_in_any_way_leaves_nothing_behind(
    make: Callable[[], Engine], error: type[Exception], reason: str
) -> None:
    engine = ProcessEngine(make)
    with pytest.raises(error, match=reason) as raised:
        engine.wait_until_loaded()
    assert type(raised.value) is error
    assert engine._process.returncode is not None
    assert engine._connection.closed
    engine.close()


def test_closing_ends_an_engine_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_END_SECONDS", 0.2)
    engine = ProcessEngine(load, silence_seconds=600)
    engine.wait_until_loaded()

    def leave() -> bool:
        raise Leave

    with pytest.raises(Leave):
        engine.run([row(HANG)], lambda *_: None, leave)
    engine.close()
    assert engine._process.returncode == -signal.SIGKILL


OWNER = """
from polygist.engines.process import ProcessEngine
from tests.integration.engines.fakes import load
from tests.integration.engines.test_process import row
engine = ProcessEngine(load)
engine.wait_until_loaded()
asked = 0
def halt():
    global asked
    asked += 1
    if asked == 2:
        print(engine.pid, flush=True)
    return False
engine.run([row(1005, *range(99)) for _ in range(100)], lambda *_: None, halt)
"""


def test_a_run_ends_with_its_owner() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    # By itself it would take more than eight minutes.
    assert gone(pid, 120)
