"""When a failing tier is left alone."""

import logging

import pytest

from polygist.cache.breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pause(breaker: Breaker, clock: Clock) -> float:
    """Seconds until the breaker closes, by tenths; the clock stands there afterwards."""
    start = clock.now
    while breaker.open:
        clock.now += 0.1
    return clock.now - start


def test_opens_after_errors_in_a_row(clock: Clock) -> None:
    breaker = Breaker("it", 3, clock)
    for _ in range(2):
        breaker.failed(OSError())
    breaker.succeeded()
    for _ in range(2):
        breaker.failed(OSError())
    assert not breaker.open
    breaker.failed(OSError())
    assert breaker.open


def test_pauses_grow_to_a_bound_and_begin_anew(clock: Clock) -> None:
    breaker = Breaker("it", 1, clock)
    pauses = []
    for _ in range(40):
        breaker.failed(OSError())
        pauses.append(pause(breaker, clock))
    for n, length in enumerate(pauses):
        full = min(60, 2.0**n)
        assert full / 2 - 0.2 <= length <= full + 0.2
    assert len({round(length, 1) for length in pauses[10:]}) > 1, "no jitter"
    breaker.succeeded()
    breaker.failed(OSError())
    assert pause(breaker, clock) < 1.2


def test_errors_of_what_had_begun_before_do_not_count(clock: Clock) -> None:
    breaker = Breaker("it", 1, clock)
    for _ in range(100):
        breaker.failed(OSError())
    assert pause(breaker, clock) < 1.2


def test_an_outage_is_logged_once_and_without_its_message(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    breaker = Breaker("it", 1, clock)
    for _ in range(2):
        for _ in range(5):
            breaker.failed(ConnectionError("redis://:secret@host"))
            pause(breaker, clock)
        breaker.succeeded()
        breaker.succeeded()
    down, up = "it fails (ConnectionError): left alone, and tried again now and then", "it works again"
    assert [record.getMessage() for record in caplog.records] == [down, up, down, up]
