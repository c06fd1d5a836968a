"""What is counted, and under which labels."""

import math
import os
import re

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

from polygist.errors import DeadlineExceeded, InvalidRequest, NotReady, QueueFull, Violation
from polygist.metrics import EngineMetrics, GuardMetrics, Metrics, labels
from polygist.metrics.page import with_tables
from polygist.summarize import abstractive_check
from polygist.translate import guard
from polygist.types import ModelInfo, Priority, Warning, WarningType
from tests.conftest import ROOT

MODEL = ModelInfo("m", "1", "0" * 64, "", ("de", "en"), "torch", "none")


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


def value(metrics: Metrics, name: str, **of: str) -> float | None:
    return metrics.registry.get_sample_value(name, of)


def test_the_page_says_what_the_code_does() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert with_tables(page) == page, "run `make docs`"


def test_every_family_is_on_a_page_from_the_start_or_has_a_label_that_is_found_out(metrics: Metrics) -> None:
    page = generate_latest(metrics.registry).decode()
    for family in metrics.families:
        known = all(label.values for label in family.labels)
        assert known == (re.search(f"^{family.name}(_bucket)?[ {{]", page, re.MULTILINE) is not None), family.name


def test_values_of_labels_are_those_of_the_code() -> None:
    assert set(labels.DOUBTS) == {doubt.name.lower() for doubt, _ in guard.DETECTORS.values()}
    assert labels.FIELD.values == abstractive_check.FIELDS
    assert labels.REPLACED.values == tuple(reason.name.lower() for reason in abstractive_check.Reason)


def test_every_reason_of_a_violation_has_its_value() -> None:
    sources = [p.read_text(encoding="utf-8") for p in (ROOT / "service" / "polygist").rglob("*.py")]
    found = {
        r
        for s in sources
        for r in re.findall(r"(?:Violation|PageInvalid)\([^()]*(?:\([^()]*\)[^()]*)*?\"([A-Z_]{4,})\"\)", s)
    }
    assert len(found) > 10
    assert found - {"MODEL"} <= {name.upper() for name in labels.VIOLATIONS}


def test_pairs_that_are_not_served_are_one(metrics: Metrics) -> None:
    metrics.describe("1", [MODEL], [("en", "de")])
    assert value(metrics, "polygist_translated_texts_total", source_language="en", target_language="de") == 0
    assert value(metrics, "polygist_guard_left_total", detector="repetition", target_language="de") == 0
    metrics.answered({}, (), {("en", "de"): 3, ("tlh", "de"): 2, ("x" * 10_000, "de"): 1})
    assert value(metrics, "polygist_translated_texts_total", source_language="en", target_language="de") == 3
    assert value(metrics, "polygist_translated_texts_total", source_language="other", target_language="other") == 3


def test_refusals_and_violations_by_reason(metrics: Metrics) -> None:
    for error in (
        *(QueueFull("", 1, "calls"), QueueFull("", 1, "queue"), NotReady("", 1), DeadlineExceeded("")),
        InvalidRequest(Violation("a", "b", "TOO_LONG"), Violation("a", "b", "SOMETHING_NEW")),
    ):
        metrics.failed(error)
    for reason, n in (("calls", 1), ("queue", 1), ("engine", 1), ("draining", 0)):
        assert value(metrics, "polygist_refusals_total", reason=reason) == n
    assert value(metrics, "polygist_violations_total", reason="too_long") == 1
    assert value(metrics, "polygist_violations_total", reason="other") == 1


def test_a_refusal_at_the_queue_of_a_model_is_that_of_a_segment_there(metrics: Metrics) -> None:
    EngineMetrics(metrics, "m", lambda model, serves: None)
    for error in (QueueFull("", 1, "queue", "m"), QueueFull("", 1, "calls"), NotReady("", 1)):
        metrics.failed(error)
    of = {"model": "m", "reason": "refused", "stage": "queue"}
    assert value(metrics, "polygist_dropped_segments_total", **of) == 1


def test_only_what_was_given_up_has_a_place(metrics: Metrics) -> None:
    for outcome in labels.OUTCOMES:
        metrics.unanswered(outcome, "queue")
    for outcome in ("deadline", "cancelled"):
        assert value(metrics, "polygist_unfinished_requests_total", outcome=outcome, stage="queue") == 1
        assert value(metrics, "polygist_unfinished_articles_total", outcome=outcome, stage="queue") == 0


def test_the_age_of_a_queue_is_that_of_the_scrape(metrics: Metrics) -> None:
    now = 100.0
    engine = EngineMetrics(metrics, "m", lambda model, serves: None, clock=lambda: now)
    oldest: dict[Priority, float] = {Priority.BULK: 90.0}
    engine.ages(oldest.get)
    engine.publish()
    ages = [value(metrics, "polygist_queue_age_seconds", model="m", priority=p) for p in ("bulk", "interactive")]
    now = 101.5
    ages.append(value(metrics, "polygist_queue_age_seconds", model="m", priority="bulk"))
    oldest.clear()
    ages.append(value(metrics, "polygist_queue_age_seconds", model="m", priority="bulk"))
    assert ages == [10.0, 0.0, 11.5, 0.0]


def test_the_memory_of_a_model_is_that_of_its_processes(metrics: Metrics) -> None:
    engine = EngineMetrics(metrics, "m", lambda model, serves: None)
    engine.publish()
    assert value(metrics, "polygist_model_memory_bytes", model="m") == 0
    engine.processes([os.getpid()])
    one = value(metrics, "polygist_model_memory_bytes", model="m")
    assert one is not None
    assert one > 10_000_000
    engine.processes([os.getpid(), os.getpid(), 2**22 + 1])  # the last is no process: the kernel has fewer numbers
    both = value(metrics, "polygist_model_memory_bytes", model="m")
    assert both is not None
    assert math.isclose(both, 2 * one, rel_tol=0.2)


def test_a_model_that_is_forgotten_has_no_present(metrics: Metrics) -> None:
    metrics.describe("1", [MODEL], [])
    EngineMetrics(metrics, "m", lambda model, serves: None).publish()
    metrics.forget("m")
    page = generate_latest(metrics.registry).decode()
    for name in ("queue_items", "queue_tokens", "queue_age_seconds", "engine_up", "model_memory_bytes", "model_info"):
        assert f"polygist_{name}{{" not in page
    assert 'polygist_input_tokens_total{model="m"}' in page


def test_what_can_happen_to_a_model_is_there_before_it_happens(metrics: Metrics) -> None:
    EngineMetrics(metrics, "m", lambda model, serves: None)
    for kind in labels.FAILURE.values:
        assert value(metrics, "polygist_engine_failures_total", model="m", kind=kind) == 0
    for reason in labels.DROPPED.values:
        assert value(metrics, "polygist_dropped_segments_total", model="m", reason=reason, stage="queue") == 0
    for reason, stage in labels.ENDS:
        assert reason in labels.DROPPED.values
        assert stage in labels.WAITS.values


def test_a_rehearsal_is_no_work(metrics: Metrics) -> None:
    engine = EngineMetrics(metrics, "m", lambda model, serves: None)

    def work() -> None:
        engine.batch(2, 46, 12, 0.1)
        engine.passed(20, 20)
        engine.coalesced()

    with engine.rehearsal():
        work()
    names = ("input_tokens_total", "output_tokens_total", "padding_tokens_total", "coalesced_segments_total")
    assert [value(metrics, f"polygist_{name}", model="m") for name in names] == [0] * 4
    assert not value(metrics, "polygist_batch_items_count", model="m")
    work()
    assert value(metrics, "polygist_batch_items_count", model="m") == 1


def test_doubts_that_are_left_are_counted_whatever_the_quality(metrics: Metrics) -> None:
    told = GuardMetrics(metrics)
    told.translated("de", 0.5, {WarningType.REPETITION, WarningType.UNBALANCED})
    told.translated("de", 0.7, ())
    of = {"detector": "repetition", "target_language": "de"}
    assert value(metrics, "polygist_guard_left_total", **of) == 1
    assert value(metrics, "polygist_estimated_quality_count", target_language="de") == 2


def test_padding_and_tokens(metrics: Metrics) -> None:
    engine = EngineMetrics(metrics, "m", lambda model, serves: None)
    engine.batch(2, 46, 12, 0.1)
    assert value(metrics, "polygist_padding_tokens_total", model="m") == 12
    assert value(metrics, "polygist_batch_tokens_sum", model="m") == 46


def test_a_second_try_recovers_from_each_doubt_or_not(metrics: Metrics) -> None:
    told = GuardMetrics(metrics)
    told.retried("de", {WarningType.REPETITION, WarningType.UNBALANCED}, {WarningType.UNBALANCED})
    for detector, recovered in (("repetition", 1), ("unbalanced", None)):
        of = {"detector": detector, "target_language": "de"}
        assert value(metrics, "polygist_guard_retries_total", **of) == 1
        assert value(metrics, "polygist_guard_recoveries_total", **of) == recovered


def test_durations_lead_to_traces_where_there_are_some() -> None:
    trace: dict[str, str] | None = {"trace_id": "0af7651916cd43dd8448eb211c80319c"}
    metrics = Metrics(CollectorRegistry(), exemplar=lambda: trace)
    metrics.answered({"parse": 0.003}, [Warning(WarningType.REPETITION, "")], {})
    metrics.handled(("unary", "s", "m"), "OK", 0.2)
    found = [line for line in openmetrics(metrics.registry).decode().splitlines() if "# {trace_id=" in line]
    assert [line.split("{")[0] for line in found] == [
        "grpc_server_handling_seconds_bucket",
        "polygist_stage_duration_seconds_bucket",
    ]
    assert "trace_id" not in generate_latest(metrics.registry).decode()
    trace = None
    metrics.answered({"detect": 0.003}, [], {})
    assert len(re.findall("# {trace_id=", openmetrics(metrics.registry).decode())) == 2
