"""Waits and work of a real scheduler as spans."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from polygist import tracing
from polygist.engines.base import GREEDY
from polygist.engines.scheduler import Job, Limits, Scheduler
from polygist.errors import DeadlineExceeded, EngineFailed, InvalidRequest, Violation
from polygist.types import Priority
from tests.spans import Kept, kept
from tests.unit.engines.test_scheduler import BROKEN, EchoEngine, Log, busy, until

__all__ = ["kept"]


@pytest.fixture
async def echo() -> AsyncIterator[tuple[EchoEngine, Scheduler]]:
    engine = EchoEngine()
    scheduler = Scheduler([engine], [EchoEngine], Limits(8, 1000, 100, 10_000), Log())
    yield engine, scheduler
    engine.gate.set()
    await scheduler.close(5)


async def call(kept: Kept, scheduler: Scheduler, *prompts: int) -> None:
    """A call of its own that submits prompts."""
    span = kept.tracer.call("polygist.v1.Polygist/Translate", {})
    tracing.enter(span)
    with tracing.step("translate"):
        await asyncio.gather(*(scheduler.submit(Job((p, p), 5, GREEDY)) for p in prompts))
    span.end()


async def batches(kept: Kept, count: int) -> list[ReadableSpan]:
    """So many spans of batches by their starts. One ends after its rows are answered, so it may come after a call."""
    await until(lambda: len(kept.named("batch")) >= count)
    return sorted(kept.named("batch"), key=lambda span: span.start_time or 0)


async def test_callers_that_share_a_batch_are_linked_by_it(kept: Kept, echo: tuple[EchoEngine, Scheduler]) -> None:
    engine, scheduler = echo
    engine.gate.clear()
    first = asyncio.create_task(call(kept, scheduler, 1))
    assert await asyncio.to_thread(engine.entered.wait, 10)
    others = [asyncio.create_task(call(kept, scheduler, p)) for p in (2, 3)]
    await until(lambda: scheduler._queue.count(Priority.INTERACTIVE)[0] == 2)
    engine.gate.set()
    await asyncio.gather(first, *others)
    whole = ["polygist.v1.Polygist/Translate", "translate"]
    assert [kept.path(s) for s in kept.named("queue")] == [[*whole, "queue"]] * 3
    _, shared = await batches(kept, 2)
    assert dict(shared.attributes or {}) == {"polygist.model": "echo", "polygist.rows": 2}
    inside = [s for s in kept.named("inference") if s.links[0].context.span_id == shared.context.span_id]
    assert len({s.context.trace_id for s in inside}) == 2
    # The batch lies in the trace of one of them, and is linked to the other's.
    assert {shared.context.trace_id, shared.links[0].context.trace_id} == {s.context.trace_id for s in inside}
    facts = inside[0].attributes or {}
    assert [facts[f"polygist.{n}"] for n in ("input_tokens", "output_tokens", "max_new_tokens")] == [2, 2, 5]


async def test_spans_lie_where_the_time_went(kept: Kept, echo: tuple[EchoEngine, Scheduler]) -> None:
    _, scheduler = echo
    await call(kept, scheduler, 1)
    (queue,), (work,), (outer,) = (kept.named(n) for n in ("queue", "inference", "translate"))
    ends = [outer.start_time, queue.start_time, queue.end_time, work.start_time, work.end_time, outer.end_time]
    times = [end or 0 for end in ends]
    # Two clocks: they agree within a millisecond.
    assert all(b - a > -1_000_000 for a, b in pairwise(times))


async def test_work_in_vain_is_no_wait(kept: Kept, echo: tuple[EchoEngine, Scheduler]) -> None:
    engine, scheduler = echo
    engine.gate.clear()
    tracing.enter(kept.tracer.call("polygist.v1.Polygist/Translate", {}))
    asked = scheduler.submit(Job((1,), 5, GREEDY, deadline=scheduler.clock() + 0.3))
    task = asyncio.create_task(asked)
    assert await asyncio.to_thread(engine.entered.wait, 10)
    with pytest.raises(DeadlineExceeded):
        await task
    (queue,), (work,) = kept.named("queue"), kept.named("inference")
    assert "error.type" not in (queue.attributes or {})
    assert (work.attributes or {})["error.type"] == "DeadlineExceeded"
    # Two clocks: they agree within a millisecond.
    assert abs((queue.end_time or 0) - (work.start_time or 0)) < 1_000_000
    assert (work.end_time or 0) - (work.start_time or 0) > (queue.end_time or 0) - (queue.start_time or 0)
    engine.gate.set()
    (batch,) = await batches(kept, 1)
    assert work.links[0].context.span_id == batch.context.span_id


async def test_a_batch_that_fails_and_who_leaves(kept: Kept, echo: tuple[EchoEngine, Scheduler]) -> None:
    _, scheduler = echo
    tracing.enter(kept.tracer.call("polygist.v1.Polygist/Translate", {}))
    with pytest.raises(EngineFailed):
        await scheduler.submit(Job((BROKEN,), 5, GREEDY))
    (batch,), (work,) = await batches(kept, 1), kept.named("inference")
    assert (batch.attributes or {})["error.type"] == "ValueError"
    assert (work.attributes or {})["error.type"] == "EngineFailed"
    with pytest.raises(InvalidRequest), tracing.step("wrong"):
        raise InvalidRequest(Violation("a", "b"))
    with pytest.raises(asyncio.CancelledError), tracing.step("left"):
        raise asyncio.CancelledError
    assert [kept.named(n)[0].status.status_code for n in ("wrong", "left")] == [StatusCode.UNSET] * 2


async def test_a_wait_in_vain_says_why(kept: Kept, echo: tuple[EchoEngine, Scheduler]) -> None:
    engine, scheduler = echo
    first = await busy(engine, scheduler)
    tracing.enter(kept.tracer.call("polygist.v1.Polygist/Translate", {}))
    with pytest.raises(DeadlineExceeded):
        await scheduler.submit(Job((1,), 5, GREEDY, deadline=scheduler.clock() + 0.05))
    (queue,) = kept.named("queue")
    assert (queue.attributes or {})["error.type"] == "DeadlineExceeded"
    assert kept.named("inference") == []
    engine.gate.set()
    await first


async def test_conventions_for_generative_ai_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, echo: tuple[EchoEngine, Scheduler]
) -> None:
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http,gen_ai_latest_experimental")
    kept = Kept()
    await call(kept, echo[1], 1)
    (work,) = kept.named("text_completion echo")
    facts = work.attributes or {}
    assert facts["gen_ai.operation.name"] == "text_completion"
    assert facts["gen_ai.request.model"] == "echo"
    assert (facts["gen_ai.usage.input_tokens"], facts["gen_ai.usage.output_tokens"]) == (2, 2)
    kept.tracer.close()


async def test_without_a_span_nothing_is_kept(kept: Kept, echo: tuple[EchoEngine, Scheduler]) -> None:
    done = await echo[1].submit(Job((1,), 5, GREEDY))
    assert done.batches == ()
    assert kept.spans == ()
