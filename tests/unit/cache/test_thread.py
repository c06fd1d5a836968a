"""A thread for calls that may hang: in order, with their results and errors."""

import threading
from concurrent.futures import Future

import pytest

from polygist.cache.thread import Thread
from tests.unit.cache.tally import eventually


async def test_calls_are_made_one_after_the_other_until_it_is_closed() -> None:
    before, thread, gate, made = threading.active_count(), Thread("calls"), threading.Event(), list[int]()

    def call(n: int) -> tuple[int, str]:
        assert gate.wait(20)
        made.append(n)
        return n, threading.current_thread().name

    futures: list[Future[tuple[int, str]]] = [thread.submit(call, n) for n in range(10)]
    thread.close()
    assert made == []
    gate.set()
    assert [future.result(20) for future in futures] == [(n, "calls") for n in range(10)]
    assert made == list(range(10))
    await eventually(lambda: threading.active_count() == before)


def test_an_error_is_the_callers_and_the_next_call_is_made() -> None:
    thread = Thread("calls")
    wrong, right = thread.submit(int, "x"), thread.submit(int, "5")
    thread.close()
    with pytest.raises(ValueError, match="invalid literal"):
        wrong.result(20)
    assert right.result(20) == 5


def test_a_call_cancelled_before_its_turn_is_not_made() -> None:
    thread, gate, made = Thread("calls"), threading.Event(), list[int]()
    first = thread.submit(gate.wait, 20)
    cancelled, last = thread.submit(made.append, 1), thread.submit(made.append, 2)
    assert cancelled.cancel()
    gate.set()
    assert first.result(20)
    last.result(20)
    thread.close()
    assert made == [2]
