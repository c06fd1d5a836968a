from hypothesis import given
from hypothesis import strategies as st

from polygist.transport.accounts import Bucket


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_so_much_may_come_at_once_and_the_rest_evenly() -> None:
    clock = Clock()
    bucket = Bucket(clock)
    assert bucket.take(60, 60) == 0
    assert bucket.take(1, 60) == 1
    clock.now = 1
    assert bucket.take(1, 60) == 0
    assert bucket.take(30, 60) == 30
    clock.now = 1_000_000
    assert bucket.take(60, 60) == 0
    assert bucket.take(60, 60) == 60


def test_what_is_larger_than_a_minute_s_worth_goes_through_once_and_is_owed() -> None:
    clock = Clock()
    bucket = Bucket(clock)
    assert bucket.take(180, 60) == 0
    assert bucket.take(1, 60) == 121
    clock.now = 121
    assert bucket.take(1, 60) == 0


def test_a_new_limit_holds_at_once() -> None:
    clock = Clock()
    bucket = Bucket(clock)
    assert bucket.take(60, 60) == 0
    assert bucket.take(40, 120) == 0
    assert bucket.take(40, 60) > 0


@given(st.integers(1, 1000), st.lists(st.tuples(st.integers(1, 2000), st.floats(0, 30)), max_size=40))
def test_no_more_than_a_minute_s_worth_beyond_the_rate_and_who_waits_gets_it(
    a_minute: int, asked: list[tuple[int, float]]
) -> None:
    clock = Clock()
    bucket = Bucket(clock)
    taken = largest = 0
    for amount, pause in asked:
        clock.now += pause
        if wait := bucket.take(amount, a_minute):
            clock.now += wait * (1 + 1e-9) + 1e-9
            assert bucket.take(amount, a_minute) == 0
        taken += amount
        largest = max(largest, amount)
        assert taken <= a_minute * (1 + clock.now / 60) + largest + 1e-3
