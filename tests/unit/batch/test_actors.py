"""What goes to actors and what comes back, without a cluster; jobs on one are in tests/e2e/test_ray.py."""

import threading
import time
from collections.abc import Iterator

import pytest

from polygist.v1 import polygist_pb2 as pb

pytest.importorskip("ray", reason="the extra ray is not installed")

from polygist.batch.actors import Broken, Pool, _Feeder

END: list[bytes] = []


class Line:
    """In the place of Ray's queue."""

    def __init__(self) -> None:
        self.blocks: list[list[int]] = []
        self.ended = threading.Event()

    def put(self, block: list[bytes]) -> None:
        if block == END:
            self.ended.set()
        else:
            self.blocks.append([int(pb.DigestManyRequest.FromString(item).id) for item in block])

    @property
    def items(self) -> list[int]:
        return [item for block in self.blocks for item in block]


def requests(number: int) -> Iterator[pb.DigestManyRequest]:
    return (pb.DigestManyRequest(id=str(i)) for i in range(number))


@pytest.mark.parametrize(
    ("pool", "resources", "most"),
    [
        (Pool(), {"CPU": 8}, 8),
        (Pool(cpus=3), {"CPU": 8}, 2),
        (Pool(cpus=2, gpus=1), {"CPU": 64, "GPU": 4}, 4),
        (Pool(gpus=0.5), {"CPU": 3, "GPU": 4}, 3),
        (Pool(least=4), {"CPU": 2}, 4),
        (Pool(least=2, most=3), {"CPU": 100}, 3),
        (Pool(gpus=1), {"CPU": 100}, 1),
    ],
)
def test_a_pool_has_as_many_actors_as_there_is_room_for(pool: Pool, resources: dict[str, float], most: int) -> None:
    assert pool.within(resources).most == most


@pytest.mark.parametrize("articles", [1, 2, 3, 7, 16, 100])
def test_an_actor_never_has_less_than_its_engine_works_on(articles: int) -> None:
    pool = Pool(most=3, articles=articles)
    assert (pool.calls - 1) * pool.block >= articles
    assert pool.in_flight >= 2 * 3 * articles


def test_blocks_hold_every_request_once_and_in_order() -> None:
    line = Line()
    _Feeder(requests(23), 100, 4, line).start()
    assert line.ended.wait(30)
    assert line.items == list(range(23))
    assert max(map(len, line.blocks)) == 4


def test_no_more_is_taken_than_has_a_place() -> None:
    taken: list[int] = []

    def counted() -> Iterator[pb.DigestManyRequest]:
        for request in requests(20):
            taken.append(int(request.id))
            yield request

    line = Line()
    feeder = _Feeder(counted(), 5, 4, line)
    feeder.start()
    while len(line.items) < 5:
        time.sleep(0.001)
    assert taken == list(range(5))
    for _ in range(20):
        feeder.answered()
    assert line.ended.wait(30)
    assert line.items == list(range(20))


def test_what_waits_for_an_answer_is_not_held_back_for_a_full_block() -> None:
    answered = threading.Event()

    def two() -> Iterator[pb.DigestManyRequest]:
        yield from requests(2)
        answered.wait(30)

    line = Line()
    _Feeder(two(), 100, 4, line).start()
    while len(line.items) < 2:
        time.sleep(0.001)
    assert not line.ended.is_set()
    answered.set()
    assert line.ended.wait(30)


def test_an_error_of_the_requests_ends_them_and_is_kept() -> None:
    def broken() -> Iterator[pb.DigestManyRequest]:
        yield from requests(3)
        raise ValueError("unreadable")

    line = Line()
    feeder = _Feeder(broken(), 100, 4, line)
    feeder.start()
    assert line.ended.wait(30)
    assert line.items == [0, 1, 2]
    assert str(feeder.error) == "unreadable"


def test_of_what_ray_says_the_last_line_is_kept() -> None:
    assert (
        str(Broken(ValueError("Traceback\n  at line 1\nModelMissing: not built\n\n"))) == "Ray: ModelMissing: not built"
    )
    assert str(Broken(ValueError())) == "Ray: ValueError"
