"""What GetStatus tells, without a server."""

import pytest
from prometheus_client import CollectorRegistry

from polygist.metrics import CacheMetrics, Metrics
from polygist.transport import state
from polygist.transport.gate import Gate
from polygist.transport.state import ServerState


def test_a_tier_that_nobody_asked_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "_KEPT_SECONDS", 0)
    metrics = Metrics(CollectorRegistry())
    told, cache = ServerState(Gate(1), metrics, "0"), CacheMetrics(metrics)
    assert list(told.now().cache) == []
    cache.miss("disk")
    cache.error("redis")
    cache.size("memory", 5)
    assert [(t.tier, t.bytes, t.misses, t.errors) for t in told.now().cache] == [
        ("disk", 0, 1, 0),
        ("memory", 5, 0, 0),
        ("redis", 0, 0, 1),
    ]


def test_an_answer_is_kept_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics(CollectorRegistry())
    told = ServerState(Gate(1), metrics, "0")
    clock = [told.now().uptime.ToTimedelta().total_seconds() + 1e6]
    monkeypatch.setattr(state.time, "monotonic", lambda: clock[0])
    first = told.now()
    metrics.requests.labels("Digest", "ok").inc()
    clock[0] += 0.19
    assert told.now() is first
    clock[0] += 0.02
    assert [method.method for method in told.now().methods] == ["Digest"]


def test_a_process_is_told_from_another() -> None:
    one, other = (ServerState(Gate(1), Metrics(CollectorRegistry()), "0").now() for _ in range(2))
    assert one.process != other.process
    assert len(one.process) == 32
