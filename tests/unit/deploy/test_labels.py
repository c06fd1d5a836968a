"""Rules, dashboard and legends name labels and values that there are."""

import re
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from polygist.metrics import Metrics
from polygist.metrics.families import Label
from tests.deployed import panels, queries, rules
from tests.unit.deploy.test_rules import ALERTS, expressions

# What Prometheus itself adds, and what the client library says of the process.
TARGET = {"job", "instance"}
LIBRARY = {"python_gc_collections_total": {"generation"}}
RECORDED = [rule for rule in rules() if "record" in rule]
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_CLAUSE = re.compile(r"\b(by|on|ignoring|without|group_left|group_right) ?\(([^)]*)\)")
_BARE = re.compile(r"\b(?:sum|avg|min|max|count)\(")
_NAME = re.compile(r"[a-zA-Z_:][\w:]*")


def families() -> dict[str, tuple[Label, ...]]:
    """The labels of every sample that is polygist's own."""
    made = dict[str, tuple[Label, ...]]()
    for family in Metrics(CollectorRegistry()).families:
        bounds = Label("le", tuple(map(str, family.buckets)))
        made |= {family.name + suffix: family.labels for suffix in ("", "_sum", "_count")}
        made[family.name + "_bucket"] = (*family.labels, bounds)
    # Facts about models and the build are labels, too.
    facts = ("id", "revision", "sha256", "engine", "quantization", "version", "python")
    return made | {f"polygist_{name}_info": tuple(map(Label, facts)) for name in ("model", "build")}


FAMILIES = families()


def labels_of(name: str) -> set[str]:
    """The labels that the samples of a name have."""
    recorded = [rule for rule in RECORDED if rule["record"] == name]
    if recorded:
        return set[str]().union(*(result(rule["expr"]) | set(rule.get("labels", {})) for rule in recorded))
    return TARGET | LIBRARY.get(name, set()) | {label.name for label in FAMILIES.get(name, ())}


def names(expression: str) -> set[str]:
    """The names of samples in an expression."""
    known = {*FAMILIES, *LIBRARY, "up", *(rule["record"] for rule in RECORDED)}
    return {n for n in _NAME.findall(expression) if n in known or n.startswith("process_")}


def result(expression: str) -> set[str]:
    """The labels that its result can have: those it is grouped by, else those of what it asks for."""
    clauses = [(kind, set(_NAME.findall(found))) for kind, found in _CLAUSE.findall(expression)]
    grouped = [found for kind, found in clauses if kind in ("by", "group_left")]
    if any(kind == "by" for kind, _ in clauses):
        return set[str]().union(*grouped)
    return set() if _BARE.search(expression) else set[str]().union(*map(labels_of, names(expression)), *grouped)


def wrong(expression: str) -> Iterator[str]:
    """What an expression asks for that there is not."""
    for name, matchers in _SELECTOR.findall(expression):
        for label, relation, value in _MATCHER.findall(matchers):
            if label not in labels_of(name):
                yield f"{name}{{{label}}}"
            values = next((known.values for known in FAMILIES.get(name, ()) if known.name == label), ())
            for one in value.split("|") if "~" in relation else [re.escape(value)]:
                if values and not any(re.fullmatch(one, v) for v in values):
                    yield f"{name}{{{label}={one}}}"
    # No clause names a label that nothing in it has.
    there = set[str]().union(*map(labels_of, names(expression)))
    yield from {label for _, found in _CLAUSE.findall(expression) for label in _NAME.findall(found)} - there


@pytest.mark.parametrize("expression", expressions().values(), ids=expressions().keys())
def test_labels_and_their_values_are_those_that_a_server_has(expression: str) -> None:
    assert list(wrong(expression)) == []


@pytest.mark.parametrize(
    "expression",
    [
        'polygist_requests_total{outcom="ok"}',
        'polygist_requests_total{outcome="okay"}',
        'polygist_requests_total{outcome=~"ok|okay"}',
        'grpc_server_handling_seconds_bucket{le="1.5"}',
        "sum by (methode) (polygist_requests_total)",
        'job_slo:polygist_burn:rate1h{instance="a"}',
        'job:polygist_requests:rate5m{job="a"} / on (outcome) up',
    ],
)
def test_a_slip_is_seen(expression: str) -> None:
    assert list(wrong(expression)) != []


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_tells_labels_that_it_has(alert: dict) -> None:
    told = re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"])
    assert set(told) <= result(alert["expr"])


@pytest.mark.parametrize("rule", RECORDED, ids=lambda rule: rule["record"])
def test_a_recorded_name_begins_with_its_labels(rule: dict) -> None:
    said = rule["record"].split(":")[0]
    given = (result(rule["expr"]) | set(rule.get("labels", {}))) - {"le"}
    for label in sorted(given, key=len, reverse=True):
        assert label in said
        said = said.replace(label, "", 1)
    assert said.strip("_") == ""


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_a_legend_names_labels_that_the_series_have(panel: dict) -> None:
    asked = queries(job=".*", instance=".*", __rate_interval="1m")
    for target in panel["targets"]:
        legend = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert legend <= result(asked[f"{panel['title']}/{target['refId']}"])
