"""Where the time of a request goes."""

import pytest

from polygist.pipeline import watch
from polygist.types import Usage


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(watch.time, "monotonic", lambda: now[0])
    return now


def test_who_takes_an_answer_slowly_is_no_stage(clock: list[float]) -> None:
    made = watch.Watch()
    with made.stage("parse"):
        clock[0] += 1
    with made.stage("translate"):
        clock[0] += 2
        for _ in range(2):
            with made.aside():
                clock[0] += 30
        clock[0] += 3
    with made.stage("translate"):
        clock[0] += 4
    assert made.timings(Usage()).stages == {"parse": 1, "translate": 9, "total": 70}


def test_a_caller_who_leaves_in_between_has_used_its_time(clock: list[float]) -> None:
    made = watch.Watch()

    def left() -> None:
        with made.stage("translate"):
            clock[0] += 2
            with made.aside():
                clock[0] += 30
                raise GeneratorExit

    with pytest.raises(GeneratorExit):
        left()
    assert made.timings(Usage()).stages["translate"] == 2
