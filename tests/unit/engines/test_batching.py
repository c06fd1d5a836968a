"""Which jobs are computed together, and which rows go on."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from polygist.engines.base import GREEDY, Decoding, Row
from polygist.engines.batching import Bounds, alike, fair, joining, padded, places, turn
from polygist.engines.waiting import Item
from polygist.engines.work import Job
from polygist.shares import EVERYBODY, Share
from polygist.types import Priority

WIDE = Bounds(8, 10_000)
BULK = Priority.BULK


def item(
    length: int,
    room: int = 10,
    decoding: Decoding = GREEDY,
    priority: Priority = Priority.INTERACTIVE,
    tag: int = 0,
    share: Share = EVERYBODY,
) -> Item:
    prompt = (tag,) * length
    return Item(Job(prompt, room, decoding), [], priority, Row(prompt, room, decoding), share=share)


def test_padding_and_room_count() -> None:
    assert padded([item(5, 10).row, item(20, 30).row, item(1, 1).row]) == 3 * (20 + 30)
    assert padded([item(5, 10, Decoding(beam_size=4)).row]) == 4 * 15
    assert padded([]) == 0
    assert places([item(1).row, item(1, decoding=Decoding(beam_size=4)).row]) == 5


def test_first_leads_and_makes_a_batch_alone_when_too_large() -> None:
    large, small = item(100, 100), item(99, 1)
    assert alike([large, small], Bounds(8, 50)) == [large]


def test_only_one_decoding_in_a_batch() -> None:
    a, b, c = item(10), item(10, decoding=Decoding(beam_size=4)), item(10)
    assert alike([a, b, c], WIDE) == [a, c]


def test_samples_share_a_batch_whatever_their_seeds() -> None:
    some = [item(10, decoding=Decoding(temperature=0.5, seed=seed)) for seed in (1, 2, 3)]
    cooler = item(10, decoding=Decoding(temperature=0.3, seed=1))
    assert alike([some[0], cooler, *some[1:]], WIDE) == some
    assert len({(i.key) for i in some}) == 3


def test_lengths_are_similar_and_the_nearest_come_first() -> None:
    first, far, near, nearer = item(40), item(60), item(48), item(41)
    assert alike([first, far, near, nearer], WIDE) == [first, nearer, near]


def test_interactive_comes_before_bulk_that_is_more_alike() -> None:
    first, bulk, near = item(40), item(40, priority=BULK), item(44)
    assert alike([first, bulk, near], Bounds(2, 10_000)) == [first, near]


def test_token_budget_holds_with_padding() -> None:
    items = [item(20, 10) for _ in range(10)]
    batch = alike(items, Bounds(8, 100))
    assert batch == items[:3]


def test_beams_fill_the_cache_of_keys_and_values_each() -> None:
    items = [item(40, 10, Decoding(beam_size=4)) for _ in range(3)]
    assert joining(items, [], Bounds(16, 450)) == items[:2]


def test_suspects_are_computed_alone() -> None:
    items = [item(10, tag=n) for n in range(4)]
    items[2].deaths = 1
    assert joining(items, [], WIDE) == items[:2]
    assert joining(items[2:], [], WIDE) == alike(items[2:], WIDE) == items[2:3]
    assert joining(items[3:], items[2:3], WIDE) == []
    assert alike(items, WIDE) == [items[0], items[1], items[3]]


def test_beams_count_as_rows() -> None:
    items = [item(4, decoding=Decoding(beam_size=4)) for _ in range(10)]
    assert len(alike(items, WIDE)) == 2
    assert len(joining(items, [], WIDE)) == 2


def test_one_that_is_too_wide_does_not_shut_out_those_after_it() -> None:
    first, wide, narrow = item(20, 10), item(21, 80), item(22, 10)
    assert alike([first, wide, narrow], Bounds(8, 70)) == [first, narrow]


def test_joining_keeps_the_order_and_any_lengths() -> None:
    items = [item(n) for n in (5, 90, 7)]
    assert joining(items, [], WIDE) == items
    assert joining(items, [], Bounds(8, 20)) == items[:1]
    assert joining(items, [], Bounds(2, 10_000)) == items[:2]


def test_an_engine_with_nothing_to_do_gets_an_item_of_any_size() -> None:
    large = item(1000, 1000)
    assert joining([large, item(1)], [], Bounds(8, 50)) == [large]
    assert joining([large], [item(1)], Bounds(8, 50)) == []


def test_bulk_leaves_interactive_room() -> None:
    bulk = [item(5, priority=BULK) for _ in range(8)]
    urgent = [item(5) for _ in range(8)]
    assert joining(urgent, bulk, WIDE) == urgent
    assert joining([item(5)], bulk + urgent, WIDE) == []
    assert joining(bulk, urgent, WIDE) == []


def test_no_bulk_joins_beside_interactive_rows() -> None:
    assert joining([item(5, priority=BULK)], [item(5)], WIDE) == []
    assert joining([item(5), item(5, priority=BULK)], [], WIDE)[1:] == []


def test_bulk_goes_on_beside_interactive_rows_as_company_only() -> None:
    bulk, urgent = [item(5, priority=BULK) for _ in range(8)], [item(5) for _ in range(3)]
    assert turn(bulk, 4, 16) == bulk
    assert turn(bulk + urgent[:1], 4, 16) == urgent[:1] + bulk[:3]
    assert turn(bulk + urgent, 4, 16) == urgent + bulk[:1]
    assert turn(bulk + urgent, 2, 16) == urgent
    assert turn([], 4, 16) == []
    beams = item(5, decoding=Decoding(beam_size=4), priority=BULK)
    assert turn([beams, *urgent[:1]], 4, 16) == urgent[:1]
    assert turn([beams, *urgent[:1]], 5, 16) == [*urgent[:1], beams]


A, B, C = Share("a"), Share("b"), Share("c")


def rows(n: int, share: Share, decoding: Decoding = GREEDY) -> list[Item]:
    return [item(5, share=share, decoding=decoding) for _ in range(n)]


def counts(items: list[Item]) -> dict[str, int]:
    return dict(Counter(i.share.caller for i in items))


def test_one_caller_s_rows_all_go() -> None:
    many = rows(20, A)
    assert fair(many, 4, 16) == many
    assert fair([], 4, 16) == []


def test_beside_a_few_rows_another_caller_s_go_as_company() -> None:
    many, few = rows(16, A), rows(1, B)
    assert counts(fair(many + few, 4, 16)) == {"a": 3, "b": 1}
    assert fair(many + few, 4, 16)[0] in (few[0], many[0])
    assert [i for i in fair(many + few, 4, 16) if i.share == A] == many[:3]


def test_callers_with_many_rows_each_fill_the_engine() -> None:
    assert counts(fair(rows(16, A) + rows(8, B), 4, 16)) == {"a": 8, "b": 8}
    assert counts(fair(rows(16, A) + rows(3, B), 4, 16)) == {"a": 3, "b": 3}
    assert counts(fair(rows(16, A) + rows(1, B) + rows(1, C), 4, 16)) == {"a": 6, "b": 1, "c": 1}


def test_weights_part_the_engine() -> None:
    heavy = Share("h", 3)
    assert counts(fair(rows(16, heavy) + rows(16, A), 4, 16)) == {"h": 12, "a": 4}
    assert counts(fair(rows(16, A) + rows(1, heavy), 4, 16)) == {"a": 3, "h": 1}


def test_the_oldest_of_each_goes_on_however_wide_it_is() -> None:
    wide = rows(2, A, Decoding(beam_size=5))
    going = fair(wide + rows(2, B), 4, 16)
    assert wide[0] in going
    assert wide[1] not in going


@given(st.lists(st.tuples(st.sampled_from((A, B, C, Share("h", 3))), st.sampled_from((1, 4))), max_size=30))
def test_fairness_never_stops_a_caller_or_doubles_a_row(some: list[tuple[Share, int]]) -> None:
    urgent = [item(5, share=share, decoding=Decoding(beam_size=beams)) for share, beams in some]
    going = fair(urgent, 4, 16)
    assert {i.share for i in going} == {i.share for i in urgent}
    assert len({id(i) for i in going}) == len(going)
    for share in {i.share for i in urgent}:
        assert next(i for i in going if i.share == share) is next(i for i in urgent if i.share == share)


def test_another_caller_s_rows_leave_room() -> None:
    full = rows(8, A)
    assert joining(rows(3, A), full, WIDE) == []
    new = rows(6, B)
    assert joining(new, full, WIDE, callers=1) == new[:4]


def test_who_finds_no_room_holds_back_no_other_caller() -> None:
    full, more, new = rows(8, A), rows(3, A), rows(1, B)
    assert joining([*more, *new], full, WIDE, callers=2) == new
    assert joining([*more, *new], full, WIDE, callers=1) == []


def test_at_most_twice_the_bounds_are_under_way() -> None:
    bulk = [item(5, priority=BULK) for _ in range(8)]
    assert joining(rows(4, B), bulk + rows(8, A), WIDE, callers=2) == []
