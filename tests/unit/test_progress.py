"""Where requests end."""

import asyncio
from contextlib import suppress

import pytest

from polygist import progress
from polygist.progress import Way


class Gone(Exception): ...


def begin(seconds: float | None = None) -> Way:
    way = Way(seconds)
    progress.begin(way)
    return way


@pytest.mark.parametrize(("seconds", "late"), [(None, False), (60.0, False), (0.0, True), (0.015, True), (-1.0, True)])
def test_with_hardly_any_time_left_it_is_late(seconds: float | None, late: bool) -> None:
    assert begin(seconds).late is late
    assert progress.is_late() is late


def test_time_can_become_less() -> None:
    way = begin()
    way.within(0.0)
    assert progress.is_late()


def test_who_waits_for_the_caller_is_between_stages() -> None:
    way = begin()
    with progress.stage("translate"):
        with progress.aside():
            assert way.ended_in == progress.OTHER
        assert way.ended_in == "translate"
    with pytest.raises(Gone), progress.stage("translate"), progress.aside():
        raise Gone
    assert way.ended_in == progress.OTHER


def test_between_stages_it_is_nowhere_in_particular() -> None:
    way = begin()
    with progress.stage("parse"):
        pass
    assert way.ended_in == progress.OTHER


def test_the_stage_that_broke() -> None:
    way = begin()
    with progress.stage("parse"):
        pass
    with pytest.raises(Gone), progress.stage("summarize"):
        raise Gone
    assert way.ended_in == "summarize"


async def test_the_segment_that_came_furthest_says_it() -> None:
    way = begin()

    async def segment(stage: str) -> None:
        with progress.segment_stage(stage):
            await asyncio.sleep(60)

    async def work() -> None:
        with progress.stage("translate"):
            await asyncio.gather(*map(segment, ("queue", "inference", "guard", "queue")))

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert way.ended_in == "inference"


async def test_what_was_given_up_on_the_way_is_forgotten() -> None:
    way = begin()
    with progress.stage("summarize"):
        progress.segment_ended("inference")
    with pytest.raises(Gone), progress.stage("translate"):
        raise Gone
    assert way.ended_in == "translate"


async def test_requests_side_by_side_keep_apart() -> None:
    async def request(name: str) -> str:
        way = begin()
        with suppress(Gone), progress.stage(name):
            await asyncio.sleep(0)
            raise Gone
        return way.ended_in

    assert await asyncio.gather(request("parse"), request("translate")) == ["parse", "translate"]


def test_without_a_request_nothing_is_kept() -> None:
    with progress.stage("parse"):
        progress.segment_ended("queue")
    assert begin().ended_in == progress.OTHER
