"""What goes to actors, in blocks."""

import threading
import time
from collections.abc import Iterator

from polygist.batch.feeder import Feeder
from polygist.v1 import polygist_pb2 as pb

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


def test_blocks_hold_every_request_once_and_in_order() -> None:
    line = Line()
    Feeder(requests(23), 100, 4, line.put).start()
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
    feeder = Feeder(counted(), 5, 4, line.put)
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
    Feeder(two(), 100, 4, line.put).start()
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
    feeder = Feeder(broken(), 100, 4, line.put)
    feeder.start()
    assert line.ended.wait(30)
    assert line.items == [0, 1, 2]
    assert str(feeder.error) == "unreadable"
