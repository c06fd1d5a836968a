"""Which jobs share a batch."""

from polygist.engines.base import GREEDY, Decoding
from polygist.engines.batching import choose, cost
from polygist.engines.work import Job


def job(length: int, room: int = 10, decoding: Decoding = GREEDY, tag: int = 0) -> Job:
    return Job((tag,) * length, room, decoding)


def test_cost_counts_padding_and_room() -> None:
    assert cost([job(5, 10), job(20, 30), job(1, 1)]) == 3 * (20 + 30)
    assert cost([]) == 0


def test_oldest_leads_and_makes_a_batch_alone_when_too_large() -> None:
    large, small = job(100, 100), job(99, 1)
    assert choose([large, small], 50, 8) == [large]


def test_only_one_decoding_in_a_batch() -> None:
    a, b, c = job(10, tag=1), job(10, decoding=Decoding(beam_size=4)), job(10, tag=2)
    assert choose([a, b, c], 1000, 8) == [a, c]


def test_lengths_are_similar_and_the_nearest_come_first() -> None:
    oldest, far, near, nearer = job(40), job(60), job(48), job(41)
    assert choose([oldest, far, near, nearer], 10_000, 8) == [oldest, nearer, near]


def test_token_budget_holds_with_padding() -> None:
    jobs = [job(20, 10, tag=t) for t in range(10)]
    batch = choose(jobs, 100, 8)
    assert batch == jobs[:3]
    assert cost(batch) <= 100


def test_item_bound_holds() -> None:
    assert len(choose([job(4, tag=t) for t in range(10)], 10_000, 4)) == 4


def test_one_that_is_too_wide_does_not_shut_out_those_after_it() -> None:
    oldest, wide, narrow = job(20, 10), job(21, 80), job(22, 10)
    assert choose([oldest, wide, narrow], 70, 8) == [oldest, narrow]
