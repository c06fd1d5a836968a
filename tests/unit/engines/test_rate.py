"""What the speed so far says about the future."""

import pytest

from polygist.engines.base import GREEDY
from polygist.engines.rate import Rate
from polygist.engines.work import Job


def job(deadline: float | None) -> Job:
    return Job((1,) * 40, 60, GREEDY, deadline)


def test_nothing_is_known_before_anything_is_done() -> None:
    rate = Rate()
    assert rate.tokens_per_second is None
    assert rate.meets(job(1.0), 10**9, 1, now=0.5)
    assert rate.retry_seconds(10**9, 1) == 1.0


def test_rate_follows_the_last_work() -> None:
    rate = Rate()
    rate.add(1000, 10)
    assert rate.tokens_per_second == pytest.approx(100)
    for _ in range(20):
        rate.add(4000, 10)
    assert rate.tokens_per_second == pytest.approx(400, rel=0.01)


def test_work_without_an_end_slows_the_rate() -> None:
    rate = Rate()
    rate.add(1000, 10)
    rate.add(0, 10)
    assert rate.tokens_per_second is not None
    assert rate.tokens_per_second < 50


def test_deadlines_are_met_or_not() -> None:
    rate = Rate()
    rate.add(1000, 10)  # 100 tokens a second
    assert rate.meets(job(None), 10**9, 1, now=0)
    assert rate.meets(job(3.1), 200, 1, now=0)
    assert not rate.meets(job(2.9), 200, 1, now=0)
    assert rate.meets(job(2.9), 200, 2, now=0)
    assert not rate.meets(job(0.0), 0, 1, now=0.1)


def test_a_retry_has_bounds() -> None:
    rate = Rate()
    rate.add(1000, 10)
    assert rate.retry_seconds(0, 1) == 0.1
    assert rate.retry_seconds(500, 1) == pytest.approx(5)
    assert rate.retry_seconds(10**9, 1) == 60
