import asyncio

import pytest

from polygist.errors import StreamIdle
from polygist.transport.patience import Patience


async def test_nothing_under_way_and_nothing_that_comes_is_the_end() -> None:
    with pytest.raises(StreamIdle, match=r"0\.01 seconds"):
        await Patience(0.01).wait_for(asyncio.Event().wait())


async def test_what_is_under_way_is_waited_for() -> None:
    patience, news = Patience(0.01), asyncio.Event()
    patience.more()
    waiting = asyncio.ensure_future(patience.wait_for(news.wait()))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    patience.less()
    with pytest.raises(StreamIdle):
        await waiting


async def test_what_comes_in_time_is_passed_on() -> None:
    patience = Patience(30)
    assert await patience.wait_for(asyncio.sleep(0, "news")) == "news"
    patience.more()
    patience.less()  # while nobody waits
    assert await patience.wait_for(asyncio.sleep(0, "more")) == "more"


async def test_without_an_end_there_is_none() -> None:
    waiting = asyncio.ensure_future(Patience(None).wait_for(asyncio.Event().wait()))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    waiting.cancel()


async def test_other_errors_of_time_are_not_the_stream_s() -> None:
    async def late() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await Patience(30).wait_for(late())
