"""The two lines of waiting jobs."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from polygist.engines.base import GREEDY, Decoding
from polygist.engines.queue import PATIENCE, Queue
from polygist.engines.waiting import Item, Waiter
from polygist.engines.work import Job
from polygist.shares import EVERYBODY, Share
from polygist.types import Priority

BULK, URGENT = Priority.BULK, Priority.INTERACTIVE
NOBODY: Any = None


def job(tag: int, priority: Priority = URGENT, tokens: int = 11) -> Job:
    return Job((tag,), tokens - 1, GREEDY, None, priority)


def waiter(deadline: float | None = None, since: float = 0.0, priority: Priority = URGENT) -> Waiter:
    return Waiter(NOBODY, deadline, since, None, priority)


def tags(items: list[Item]) -> list[int]:
    return [i.job.prompt[0] for i in items]


def one(waiting: Any) -> list[Item]:
    return [next(iter(waiting))]


def test_interactive_before_bulk_each_in_order_of_age() -> None:
    queue = Queue(100, 10_000)
    for tag, priority in ((1, BULK), (2, URGENT), (3, BULK), (4, URGENT)):
        queue.put(job(tag, priority), waiter())
    assert tags(list(queue)) == [2, 4, 1, 3]
    assert tags(queue.take(list)) == [2, 4, 1, 3]
    assert (len(queue), queue.tokens) == (0, 0)


def test_bulk_ages_by_being_passed_over() -> None:
    queue = Queue(100, 10_000)
    queue.put(job(1, BULK), waiter())
    for tag in range(100, 100 + 2 * PATIENCE):
        queue.put(job(tag), waiter())
    order = [tags(queue.take(one))[0] for _ in range(2 * PATIENCE + 1)]
    assert order.index(1) == PATIENCE
    assert queue.take(one) == []


def test_bulk_that_costs_more_waits_for_more_to_pass() -> None:
    queue = Queue(1000, 100_000)
    queue.put(replace(job(1, BULK), decoding=Decoding(beam_size=4)), waiter())
    for tag in range(100, 100 + 5 * PATIENCE):
        queue.put(job(tag), waiter())
    order = [tags(queue.take(one))[0] for _ in range(5 * PATIENCE + 1)]
    assert order.index(1) == 4 * PATIENCE


def test_bulk_does_not_age_behind_bulk_that_is_under_way() -> None:
    queue = Queue(100, 10_000)
    queue.put(job(1, BULK), waiter())
    for tag in range(100, 100 + 2 * PATIENCE):
        queue.put(job(tag), waiter())
    order = [tags(queue.take(one, ages=False))[0] for _ in range(2 * PATIENCE)]
    assert 1 not in order


def test_bulk_that_is_served_does_not_age() -> None:
    queue = Queue(100, 10_000)
    for tag in range(3):
        queue.put(job(tag, BULK), waiter())
    for tag in range(100, 100 + 4 * PATIENCE):
        queue.put(job(tag), waiter())
        queue.take(one)
        if tag % 4 == 0 and queue.count(BULK)[0]:
            queue.take(lambda waiting: [i for i in waiting if i.priority is BULK][:1])
    assert queue.count(URGENT)[0] == 0


def test_the_same_job_is_one_item_and_moves_up() -> None:
    queue = Queue(100, 10_000)
    queue.put(job(1, BULK), waiter())
    second = queue.put(job(2, BULK), waiter())
    assert queue.join(job(3), waiter()) is None
    assert queue.join(job(2, BULK), waiter()) is second
    assert (second.priority, len(second.waiters)) == (BULK, 2)
    assert queue.join(job(2), waiter()) is second
    assert tags(list(queue)) == [2, 1]
    assert (queue.count(URGENT), queue.count(BULK)) == ((1, 11), (1, 11))


def test_bounds_in_items_and_tokens() -> None:
    queue = Queue(4, 100)
    assert queue.fits(job(1, tokens=1000))
    for tag in range(3):
        assert queue.fits(job(tag, BULK))
        queue.put(job(tag, BULK), waiter())
    assert not queue.fits(job(4, BULK))
    assert not queue.fits(job(4, URGENT, 68))
    assert queue.fits(job(4, URGENT, 67))
    queue.put(job(4), waiter())
    assert not queue.fits(job(5))


def test_what_goes_before_a_job() -> None:
    queue = Queue(100, 10_000)
    queue.put(job(1, BULK, 30), waiter())
    queue.put(job(2, URGENT, 20), waiter())
    assert (queue.ahead(job(3)), queue.ahead(job(3, BULK))) == (20, 50)


def test_expired_when_nobody_waits_any_more() -> None:
    queue = Queue(100, 10_000)
    item = queue.put(job(1), waiter(5.0))
    queue.join(job(1), waiter(7.0))
    queue.put(job(2), waiter())
    assert queue.expired(6.0) == []
    assert queue.expired(7.0) == [item]


def test_given_back_items_come_first() -> None:
    queue = Queue(100, 10_000)
    for tag in range(4):
        queue.put(job(tag), waiter())
    taken = queue.take(lambda waiting: list(waiting)[:2])
    queue.put_back(taken)
    assert tags(list(queue)) == [0, 1, 2, 3]
    assert queue.tokens == 44


def oldest(queue: Queue) -> tuple[float | None, float | None]:
    return queue.oldest(URGENT), queue.oldest(BULK)


def test_ages_are_those_of_callers_by_what_each_asked_for() -> None:
    queue = Queue(100, 10_000)
    queue.put(job(1, BULK), waiter(since=1.0, priority=BULK))
    queue.put(job(2), waiter(since=99.0))
    assert oldest(queue) == (99.0, 1.0)
    queue.join(job(1), waiter(since=100.0))  # the bulk item moves up with it
    assert oldest(queue) == (99.0, 1.0)
    queue.take(one)
    assert oldest(queue) == (100.0, 1.0)
    queue.take(one)
    assert oldest(queue) == (None, None)


def test_a_promoted_item_is_as_old_as_before() -> None:
    queue = Queue(100, 10_000)
    queue.put(job(1, BULK), waiter(since=1.0, priority=BULK))
    for tag in range(100, 100 + PATIENCE + 2):
        queue.put(job(tag), waiter(since=float(tag)))
    queue.take(lambda waiting: list(waiting)[:PATIENCE])
    assert (queue.count(URGENT)[0], queue.count(BULK)[0]) == (3, 0)
    assert oldest(queue) == (100.0 + PATIENCE, 1.0)


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 8), st.sampled_from(Priority)),
        st.tuples(st.just("take"), st.integers(0, 4), st.none()),
        st.tuples(st.just("leave"), st.integers(0, 8), st.none()),
    ),
    max_size=60,
)


@given(ACTIONS)
def test_counts_always_add_up(actions: list[tuple[str, int, Priority | None]]) -> None:
    queue = Queue(1000, 1_000_000)
    for what, n, priority in actions:
        if what == "put" and priority is not None:
            new = job(n, priority, tokens=n + 2)
            if not queue.join(new, waiter()):
                queue.put(new, waiter())
        elif what == "take":
            queue.take(lambda waiting, n=n: list(waiting)[:n])  # type: ignore[misc]
        else:
            for item in [i for i in queue if i.job.prompt[0] == n]:
                queue.remove(item)
                assert not queue.holds(item)
        items = list(queue)
        assert len({i.key for i in items}) == len(items) == len(queue)
        assert queue.tokens == sum(i.job.tokens for i in items)
        assert all(queue.holds(i) for i in items)


def test_a_job_with_another_beginning_of_its_answer_is_another_one() -> None:
    queue = Queue(100, 10_000)
    german, ukrainian = (Job((1, 2), 5, GREEDY, prefix=(language,)) for language in (7, 8))
    item = queue.put(german, waiter())
    assert item.row.prefix == (7,)
    assert queue.join(ukrainian, waiter()) is None
    assert queue.join(german, waiter()) is item


def of(share: Share, tag: int, tokens: int = 11, priority: Priority = URGENT) -> Job:
    return replace(job(tag, priority, tokens), share=share)


A, B = Share("a"), Share("b")


def test_nobody_fills_the_queue_for_all() -> None:
    queue, names = Queue(64, 10_000), [Share(name) for name in "abcdef"]
    for share in names:
        for tag in range(1000):
            new = of(share, len(queue) * 1000 + tag)
            if not (queue.fits(new) and queue.has_room(new)):
                break
            queue.put(new, waiter())
    held = [queue.of(share)[0] for share in names]
    assert held == [32, 16, 8, 4, 2, 1]
    assert queue.fits(of(Share("new"), -1))
    assert queue.has_room(of(Share("new"), -1))


def test_a_caller_with_more_weight_has_more_room_and_everybody_has_all() -> None:
    for share, most in ((A, 32), (Share("c", 3), 48), (EVERYBODY, 64)):
        queue = Queue(64, 10_000)
        while queue.fits(new := of(share, len(queue))) and queue.has_room(new):
            queue.put(new, waiter())
        assert len(queue) == most


def test_tokens_are_shared_as_items_are() -> None:
    queue = Queue(1000, 100)
    queue.put(of(A, 1, 50), waiter())
    assert not queue.has_room(of(A, 2, 1))
    assert queue.fits(of(B, 3, 50))
    assert queue.has_room(of(B, 3, 50))


def test_who_asks_for_what_waits_in_a_long_line_has_it_in_its_own() -> None:
    queue = Queue(100, 10_000)
    for tag in range(10):
        queue.put(of(A, tag), waiter())
    item = queue.join(of(B, 9), waiter())
    assert item
    assert (item.share, len(item.waiters)) == (B, 2)
    assert tags(list(queue))[:2] == [0, 9]
    assert queue.join(of(A, 9), waiter()) is item
    assert (item.share, queue.of(A)[0], queue.of(B)[0]) == (B, 9, 1)


def test_bulk_of_two_callers_ages_in_turn_and_none_of_it_starves() -> None:
    queue = Queue(10_000, 1_000_000)
    for tag in range(20):
        queue.put(of(A, tag, priority=BULK), waiter())
    queue.put(of(B, 50, priority=BULK), waiter())
    order = []
    for tag in range(100, 100 + 4 * PATIENCE):
        queue.put(of(A, tag), waiter())
        order += tags(queue.take(one))
    assert [tag for tag in order if tag < 100][:2] == [0, 50]
