"""The learning rate over a run."""

import pytest

from training.schedule import SHAPES, Schedule, progress


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_it_warms_up_holds_and_falls_to_zero(shape: str) -> None:
    schedule = Schedule(0.1, 10, shape, 0.4)
    assert schedule.rate(0, 0.0) == pytest.approx(0.01)
    assert schedule.rate(10, 0.0) == schedule.rate(500, 0.6) == pytest.approx(0.1)
    falling = [schedule.rate(500, 0.6 + i / 100) for i in range(41)]
    assert falling == sorted(falling, reverse=True)
    assert falling[-1] == pytest.approx(0, abs=1e-9)
    assert schedule.rate(500, 2.0) == pytest.approx(0, abs=1e-9)


def test_the_end_is_that_which_comes_first() -> None:
    assert progress(30, 60, 1, 4) == 0.5
    assert progress(30, 60, 3, 4) == 0.75
    assert progress(30, 0, 3, 4) == 0.75
    assert progress(30, 0, 3, 0) == 0.0


@pytest.mark.parametrize(("shape", "decay"), [("wavy", 0.5), ("linear", 0.0), ("linear", 1.5)])
def test_bad_schedules_are_refused(shape: str, decay: float) -> None:
    with pytest.raises(ValueError, match=r"schedule|decay"):
        Schedule(0.1, 10, shape, decay)
