"""Rules and dashboard ask for what the server has, and the docs say what each alert means."""

import re

import pytest
import yaml
from prometheus_client import CollectorRegistry

from polygist.metrics import Metrics
from tests.conftest import ROOT
from tests.deployed import DEPLOY, metrics, queries, rules

ALERTS = [rule for rule in rules() if "alert" in rule]
PAGE = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
BASE = "https://example.com/polygist"
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",), "gauge": ("",)}


@pytest.fixture(scope="module")
def served() -> set[str]:
    """The name of every sample that a server can have."""
    made = Metrics(CollectorRegistry())
    return {f.name + suffix for f in made.registry.collect() for suffix in _SUFFIXES[f.type]}


def expressions() -> dict[str, str]:
    dashboard = queries(job=".*", instance=".*", __rate_interval="1m")
    page = {f"{name} in the docs": expr for name, expr in re.findall(r"### (\w+)\n\n```promql\n(.+)\n```", PAGE)}
    return {rule.get("record") or rule["alert"]: rule["expr"] for rule in rules()} | dashboard | page


@pytest.mark.parametrize("expression", expressions().values(), ids=expressions().keys())
def test_a_server_has_what_is_asked_for(expression: str, served: set[str]) -> None:
    assert metrics(expression) <= served


def test_what_is_recorded_is_asked_for_by_its_name() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    used = {word for text in expressions().values() for word in re.findall(r"\b[a-z]\w*:[\w:]+", text)}
    assert used <= recorded


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_is_told_apart_described_and_tried(alert: dict) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert alert["annotations"]["runbook_url"] == f"{BASE}/docs/alerts.md#{alert['alert'].lower()}"
    # A query or a command comes first.
    assert f"\n### {alert['alert']}\n\n```" in PAGE
    files = [yaml.safe_load(f.read_text(encoding="utf-8")) for f in (DEPLOY / "prometheus" / "tests").glob("*.yml")]
    tests = [test for file in files for test in file["tests"]]
    tried = [c for t in tests for c in t.get("alert_rule_test", ()) if c["alertname"] == alert["alert"]]
    assert {bool(case["exp_alerts"]) for case in tried} == {True, False}


def test_the_page_says_how_the_addresses_are_changed() -> None:
    assert f"sed -i 's#{BASE}#" in PAGE


def test_the_example_for_alertmanager_names_alerts_that_there_are() -> None:
    example = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"Polygist\w+", example)) <= {alert["alert"] for alert in ALERTS}
