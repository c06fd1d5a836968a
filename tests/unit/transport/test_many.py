"""The account of DigestMany's articles, whatever becomes of them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from polygist.metrics import Metrics
from polygist.transport.gate import Gate
from polygist.transport.many import Many
from polygist.v1 import polygist_pb2 as pb
from tests.unit.pipeline.test_limits import LIMITS


class Context:
    """A call that has so much time left."""

    def __init__(self, left: float | None) -> None:
        self._left = left

    def time_remaining(self) -> float | None:
        return self._left

    def add_done_callback(self, callback: Callable[[Any], None]) -> None: ...


async def never(*_: Any) -> Any:
    raise AssertionError("nobody is asked")


async def one_and_an_end() -> AsyncIterator[pb.DigestManyRequest]:
    yield pb.DigestManyRequest()
    raise ConnectionError  # before the task of the first one takes a step


@pytest.mark.parametrize(
    ("left", "cut", "outcome"), [(None, False, "cancelled"), (0.01, False, "deadline"), (60.0, True, "refused")]
)
async def test_an_article_that_is_given_up_before_its_first_step_counts(
    left: float | None, cut: bool, outcome: str
) -> None:
    metrics, gate = Metrics(CollectorRegistry()), Gate(1)
    gate.cut = cut
    many = Many(never, replace(LIMITS, max_articles_in_flight=2), metrics, gate, Context(left))  # type: ignore[arg-type]
    with pytest.raises(BaseExceptionGroup):
        async for _ in many.answers(one_and_an_end()):
            pass
    value = metrics.registry.get_sample_value
    assert value("polygist_articles_total", {"outcome": outcome}) == 1
    if outcome != "refused":
        assert value("polygist_unfinished_articles_total", {"outcome": outcome, "stage": "other"}) == 1
    assert value("polygist_unfinished_requests_total", {"outcome": "cancelled", "stage": "other"}) == 0
