"""Callers take turns in a line."""

import sys
import threading
from collections import Counter, defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from polygist.engines.base import GREEDY, Row
from polygist.engines.line import Line
from polygist.engines.waiting import Item
from polygist.engines.work import Job
from polygist.shares import Share
from polygist.types import Priority

A, B, C = Share("a"), Share("b"), Share("c", 3)
# (caller, tokens)
ITEMS = st.lists(st.tuples(st.sampled_from((A, B, C)), st.integers(2, 40)), min_size=1, max_size=60)


def item(share: Share, tokens: int, tag: int = 0) -> Item:
    job = Job((tag,), tokens - 1, GREEDY, share=share)
    return Item(job, [], Priority.INTERACTIVE, Row(job.prompt, job.max_new_tokens, GREEDY), share=share)


def line_of(*items: Item) -> Line:
    line = Line()
    for one in items:
        line.append(one)
    return line


def made(given: list[tuple[Share, int]]) -> list[Item]:
    return [item(share, tokens, tag) for tag, (share, tokens) in enumerate(given)]


def served(line: Line) -> list[Item]:
    """All of them, one after the other as their turns come."""
    order = []
    while len(line):
        order.append(next(iter(line)))
        line.take(order[-1])
    return order


def test_one_caller_goes_in_order_of_age() -> None:
    items = [item(A, n, n) for n in (30, 2, 9)]
    assert served(line_of(*items)) == items


def test_two_callers_take_turns_by_work() -> None:
    large, small = [item(A, 20, n) for n in range(3)], [item(B, 10, n) for n in range(10, 16)]
    order = served(line_of(*large, *small))
    assert [i.share.caller for i in order] == ["a", "b", "b", "a", "b", "b", "a", "b", "b"]


def test_who_comes_anew_waits_for_one_item_of_each_other_at_most() -> None:
    line = line_of(*(item(A, 10, n) for n in range(50)), *(item(B, 10, n) for n in range(100, 150)))
    for _ in range(20):
        line.take(next(iter(line)))
    new = item(C, 10, 1000)
    line.append(new)
    assert list(line).index(new) <= 2


def test_to_have_asked_for_nothing_earns_nothing() -> None:
    line = line_of(*(item(A, 10, n) for n in range(40)))
    for _ in range(20):
        line.take(next(iter(line)))
    for n in range(100, 110):
        line.append(item(B, 10, n))
    first = [i.share.caller for i in served(line)[:10]]
    assert Counter(first) == {"a": 5, "b": 5}


def test_what_was_removed_was_not_had() -> None:
    items = [item(A, 10, n) for n in range(4)]
    line = line_of(*items, *(item(B, 10, n) for n in range(10, 14)))
    for gone in items[:2]:
        line.remove(gone)
    assert [i.share.caller for i in served(line)] == ["a", "b", "a", "b", "b", "b"]


def test_those_put_first_go_before_all_and_cost_nothing_more() -> None:
    line = line_of(item(A, 10, 1), item(B, 10, 2))
    back = [item(A, 500, 3), item(A, 500, 4)]
    line.put_first(back)
    assert (len(line), line.tokens, line.callers) == (4, 1020, 2)
    assert [i.job.prompt[0] for i in served(line)] == [3, 4, 1, 2]


def test_what_goes_before_a_new_item() -> None:
    line = line_of(*(item(A, 10, n) for n in range(100)), item(B, 10, 1000))
    assert line.ahead(A, 10) == 1010
    assert line.ahead(B, 10) == 10 + 20
    assert line.ahead(C, 30) == 10 + 10
    line.put_first([item(A, 7, 2000)])
    assert line.ahead(C, 30) == 7 + 10 + 10


@given(ITEMS)
def test_nothing_is_lost_and_something_goes_whenever_something_waits(given: list[tuple[Share, int]]) -> None:
    items = made(given)
    line = line_of(*items)
    foreseen = list(line)
    order = served(line)
    assert order == foreseen
    assert sorted(i.job.prompt for i in order) == sorted(i.job.prompt for i in items)
    for share in (A, B, C):
        own = [i for i in order if i.share == share]
        assert own == [i for i in items if i.share == share]
    assert (len(line), line.tokens, line.callers) == (0, 0, 0)


@given(ITEMS)
def test_as_long_as_two_wait_their_work_differs_by_an_item_of_each(given: list[tuple[Share, int]]) -> None:
    """The bound of start-time fair queueing: the largest item of each, over their weights."""
    items = made(given)
    line, had = line_of(*items), defaultdict[str, float](float)
    largest: Any = {s.caller: max((i.row.work for i in items if i.share == s), default=0) / s.weight for s in (A, B, C)}
    while len(line):
        waiting = {i.share.caller for i in line}
        for one in waiting:
            for other in waiting:
                assert abs(had[one] - had[other]) <= largest[one] + largest[other]
        taken = next(iter(line))
        line.take(taken)
        had[taken.share.caller] += taken.row.work / taken.share.weight


@given(st.lists(st.tuples(st.sampled_from(("put", "take", "remove", "first")), st.sampled_from((A, B, C)))), ITEMS)
def test_counts_always_add_up(actions: list[tuple[str, Share]], given: list[tuple[Share, int]]) -> None:
    line, left = Line(), made(given)
    for what, share in actions:
        waiting = list(line)
        if what in ("put", "first") and left:
            line.append(left.pop()) if what == "put" else line.put_first([left.pop()])
        elif what == "take" and waiting:
            line.take(waiting[len(waiting) // 2])  # also out of turn, as batches of similar length are
        elif what == "remove" and (own := [i for i in waiting if i.share == share]):
            line.remove(own[0])
        waiting = list(line)
        assert len(waiting) == len(line)
        assert sum(i.job.tokens for i in waiting) == line.tokens
        assert len({i.share.caller for i in waiting}) == line.callers
        assert all(line.get(i.key) is i for i in waiting)


def test_it_is_counted_while_another_thread_changes_it() -> None:
    line, ended = Line(), threading.Event()

    def change() -> None:
        items = [item(Share(f"caller {n % 7}"), 2, n) for n in range(50)]
        for _ in range(200):
            for one in items:
                line.append(one)
            for one in items:
                line.remove(one)
        ended.set()

    switches = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=change)
    thread.start()
    try:
        while not ended.is_set():
            assert 0 <= len(line) <= 50
            assert 0 <= line.tokens <= 100
    finally:
        thread.join()
        sys.setswitchinterval(switches)
    assert (len(line), line.tokens) == (0, 0)
