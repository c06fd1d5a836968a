"""Rules and dashboard ask for what the server has, and the docs say what each alert means."""

import re

import pytest
import yaml
from prometheus_client import CollectorRegistry

from polygist.metrics import Metrics
from tests.conftest import ROOT
from tests.deployed import DEPLOY, metrics, queries, rules

ALERTS = [rule for rule in rules() if "alert" in rule]
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",), "gauge": ("",)}


@pytest.fixture(scope="module")
def served() -> set[str]:
    """The name of every sample that a server can have."""
    made = Metrics(CollectorRegistry())
    return {f.name + suffix for f in made.registry.collect() for suffix in _SUFFIXES[f.type]}


def expressions() -> dict[str, str]:
    dashboard = queries(job=".*", instance=".*", __rate_interval="1m")
    return {rule.get("record") or rule["alert"]: rule["expr"] for rule in rules()} | dashboard


@pytest.mark.parametrize("expression", expressions().values(), ids=expressions().keys())
def test_a_server_has_what_is_asked_for(expression: str, served: set[str]) -> None:
    assert metrics(expression) <= served


def test_what_is_recorded_is_asked_for_by_its_name() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    used = {word for text in expressions().values() for word in re.findall(r"[\w]+:[\w:]+", text)}
    assert used <= recorded


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_is_told_apart_described_and_tried(alert: dict) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket")
    page, anchor = alert["annotations"]["runbook"].split("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor == alert["alert"].lower()
    assert alert["alert"] in headings
    files = [yaml.safe_load(f.read_text(encoding="utf-8")) for f in (DEPLOY / "prometheus" / "tests").glob("*.yml")]
    tests = [test for file in files for test in file["tests"]]
    tried = [c for t in tests for c in t.get("alert_rule_test", ()) if c["alertname"] == alert["alert"]]
    assert any(case["exp_alerts"] for case in tried)
