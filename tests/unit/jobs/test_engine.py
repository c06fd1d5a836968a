"""A batch job over the event loop: in any order, so many at once, given up at any moment."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from google.rpc import status_pb2

from polygist.errors import PolygistError
from polygist.jobs.engine import Inside, Stopped
from polygist.v1 import polygist_pb2 as pb

MOST = 4


class Service:
    """Answers an article when it is let go."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.under_way = self.most = self.given_up = 0

    def limits(self) -> pb.Limits:
        return pb.Limits(max_articles_in_flight=MOST)

    def check(self, digest: pb.DigestRequest, path: str) -> None: ...

    def status(self, error: PolygistError) -> status_pb2.Status:
        return status_pb2.Status()

    async def article(self, request: pb.DigestManyRequest, caller: str) -> pb.DigestManyResponse:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.free.wait()
            await asyncio.sleep(0.001 * (int(request.id) % 3))
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        finally:
            self.under_way -= 1
        return pb.DigestManyResponse(id=request.id)


@pytest.fixture
def service() -> Service:
    return Service()


def items(n: int) -> Iterator[pb.DigestManyRequest]:
    return (pb.DigestManyRequest(id=str(i)) for i in range(n))


async def test_every_item_has_its_answer_and_only_so_many_are_under_way(service: Service) -> None:
    service.free.set()
    engine = Inside(asyncio.get_running_loop(), service, "somebody")
    answers = await asyncio.to_thread(lambda: list(engine.digest_many(items(50), ahead=9)))
    assert sorted(int(answer.id) for answer in answers) == list(range(50))
    assert 1 < service.most <= MOST
    assert await asyncio.to_thread(lambda: list(engine.digest_many(items(0), ahead=9))) == []


async def test_what_is_under_way_is_given_up_when_it_stops(service: Service) -> None:
    engine = Inside(asyncio.get_running_loop(), service, "somebody")
    reading = asyncio.create_task(asyncio.to_thread(lambda: list(engine.digest_many(items(50), ahead=9))))
    while service.under_way < MOST:  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0.001)
    engine.stop()
    with pytest.raises(Stopped):
        await reading
    assert service.given_up == MOST
    with pytest.raises(Stopped):
        await asyncio.to_thread(lambda: list(engine.digest_many(items(1), ahead=9)))


async def test_an_error_of_who_hands_out_is_raised(service: Service) -> None:
    def broken() -> Iterator[pb.DigestManyRequest]:
        yield pb.DigestManyRequest(id="1")
        raise RuntimeError("broken")

    service.free.set()
    engine = Inside(asyncio.get_running_loop(), service, "somebody")
    with pytest.raises(RuntimeError, match="broken"):
        await asyncio.to_thread(lambda: list(engine.digest_many(broken(), ahead=9)))


async def test_no_thread_is_left_when_the_answers_are_not_wanted_any_more(service: Service) -> None:
    service.free.set()
    engine = Inside(asyncio.get_running_loop(), service, "somebody")

    def some() -> Any:
        answers = engine.digest_many(items(50), ahead=9)
        found = next(answers)
        answers.close()
        return found

    assert (await asyncio.to_thread(some)).id
    for thread in threading.enumerate():
        if thread.name == "feed":
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()
    with suppress(Stopped):
        engine.stop()
