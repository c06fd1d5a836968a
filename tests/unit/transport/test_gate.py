import asyncio
from contextlib import ExitStack

import pytest

from polygist import shares
from polygist.errors import NotReady, QueueFull
from polygist.shares import EVERYBODY, Share
from polygist.transport.gate import Gate, State


def test_nobody_gets_in_before_the_models_are_warm_or_while_draining() -> None:
    gate = Gate(1)
    with pytest.raises(NotReady, match="loading"), gate.passage():
        pass
    gate.state = State.DRAINING
    with pytest.raises(NotReady, match="draining"), gate.passage():
        pass


def test_one_more_than_the_permits_is_refused_and_a_permit_comes_back_after_an_error() -> None:
    gate = Gate(1)
    gate.state = State.SERVING
    with gate.passage(), pytest.raises(QueueFull), gate.passage():
        pass
    with pytest.raises(ZeroDivisionError), gate.passage():
        raise ZeroDivisionError
    with gate.passage():
        pass


async def test_a_read_is_given_up_when_draining_begins_and_none_begins_after_it() -> None:
    gate, never, reads = Gate(1), asyncio.Event(), []

    async def read(answer: int) -> int:
        reads.append(answer)
        if not answer:
            await never.wait()
        return answer

    gate.state = State.SERVING
    assert await gate.unless_draining(lambda: read(1)) == 1
    waiting = asyncio.create_task(gate.unless_draining(lambda: read(0)))
    await asyncio.sleep(0)
    gate.state = State.DRAINING
    with pytest.raises(NotReady, match="shutting down"):
        await waiting
    with pytest.raises(NotReady, match="shutting down"):
        await gate.unless_draining(lambda: read(2))
    assert reads == [1, 0]


async def test_an_error_of_a_read_is_raised_as_it_is() -> None:
    async def read() -> None:
        raise StopAsyncIteration

    with pytest.raises(StopAsyncIteration):
        await Gate(1).unless_draining(read)


def test_no_caller_has_all_permits() -> None:
    gate, inside = Gate(8), []
    gate.state = State.SERVING
    with ExitStack() as stack:
        for share in (Share("a"), Share("b"), Share("c"), EVERYBODY):
            shares.begin(share)
            n = 0
            try:
                while True:
                    stack.enter_context(gate.passage())
                    n += 1
            except QueueFull as refused:
                inside.append((n, refused.cause))
    shares.begin(EVERYBODY)
    assert inside == [(4, "share"), (2, "share"), (1, "share"), (1, "calls")]
    with gate.passage():
        assert gate.inside == 1
