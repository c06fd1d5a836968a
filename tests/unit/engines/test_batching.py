"""Which jobs are computed together, and which rows go on."""

from polygist.engines.base import GREEDY, Decoding, Row
from polygist.engines.batching import Bounds, alike, joining, padded, places, turn
from polygist.engines.waiting import Item
from polygist.engines.work import Job
from polygist.types import Priority

WIDE = Bounds(8, 10_000)
BULK = Priority.BULK


def item(
    length: int, room: int = 10, decoding: Decoding = GREEDY, priority: Priority = Priority.INTERACTIVE, tag: int = 0
) -> Item:
    prompt = (tag,) * length
    return Item(Job(prompt, room, decoding), [], priority, Row(prompt, room, decoding))


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
    assert turn(bulk, 4) == bulk
    assert turn(bulk + urgent[:1], 4) == urgent[:1] + bulk[:3]
    assert turn(bulk + urgent, 4) == urgent + bulk[:1]
    assert turn(bulk + urgent, 2) == urgent
    assert turn([], 4) == []
    beams = item(5, decoding=Decoding(beam_size=4), priority=BULK)
    assert turn([beams, *urgent[:1]], 4) == urgent[:1]
    assert turn([beams, *urgent[:1]], 5) == [*urgent[:1], beams]
