"""What the speed so far says about the future."""

import pytest

from polygist.engines.base import GREEDY
from polygist.engines.rate import Rate
from polygist.engines.work import Job


def job(deadline: float | None) -> Job:
    return Job((1,) * 40, 60, GREEDY, deadline)


@pytest.fixture
def rate() -> Rate:
    """100 tokens a second, as seen at the time 0."""
    made = Rate()
    made.add(1000, 10, 0)
    return made


def test_nothing_is_known_before_anything_is_done() -> None:
    rate = Rate()
    assert rate.tokens_per_second(0) is None
    assert rate.meets(job(1.0), 10**9, 1, now=0.5)
    assert rate.retry_seconds(10**9, 1, 0) == 1.0


def test_rate_follows_the_last_work(rate: Rate) -> None:
    assert rate.tokens_per_second(0) == pytest.approx(100)
    for n in range(20):
        rate.add(4000, 10, 10 * n)
    assert rate.tokens_per_second(190) == pytest.approx(400, rel=0.01)


def test_work_without_an_end_slows_the_rate(rate: Rate) -> None:
    rate.add(0, 10, 10)
    slower = rate.tokens_per_second(10)
    assert slower is not None
    assert slower < 50


def test_what_is_long_past_is_forgotten(rate: Rate) -> None:
    """One slow run must not refuse all callers for ever, who then could not show that it is fast again."""
    assert not rate.meets(job(60.5), 10**4, 1, now=59)
    assert rate.meets(job(62), 10**4, 1, now=61)
    assert rate.retry_seconds(10**9, 1, 61) == 1.0
    rate.add(1000, 1, 61)
    assert rate.tokens_per_second(61) == pytest.approx(1000)


def test_deadlines_are_met_or_not_at_twice_the_speed(rate: Rate) -> None:
    assert rate.meets(job(None), 10**9, 1, now=0)
    assert rate.meets(job(1.6), 200, 1, now=0)
    assert not rate.meets(job(1.4), 200, 1, now=0)
    assert rate.meets(job(1.4), 200, 2, now=0)


def test_with_nothing_ahead_it_is_tried(rate: Rate) -> None:
    assert rate.meets(job(0.01), 0, 1, now=0)


def test_a_retry_has_bounds(rate: Rate) -> None:
    assert rate.retry_seconds(0, 1, 0) == 0.1
    assert rate.retry_seconds(500, 1, 0) == pytest.approx(5)
    assert rate.retry_seconds(10**9, 1, 0) == 60
