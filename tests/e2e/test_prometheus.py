"""A real Prometheus asks a real server: its rules and each query of the dashboard have something to say, and an alert
that fires reaches a real Alertmanager."""

import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.deployed import DEPLOY, queries
from tests.e2e.calls import calling
from tests.e2e.conftest import Running
from tests.e2e.monitoring import (
    ALERTMANAGER,
    PROMETHEUS,
    PROMTOOL,
    Prometheus,
    alertmanager,
    get,
    post,
    prometheus,
    until,
)

AMTOOL = shutil.which("amtool")
pytestmark = pytest.mark.skipif(
    not (PROMETHEUS and PROMTOOL and ALERTMANAGER), reason="needs Debian's prometheus and prometheus-alertmanager"
)

# A zero in the place of what never happened; and the queries of which this load makes nothing happen.
STAND_IN = " or on () label_replace(vector(0),"
SILENT = {"Ended early, and where/B"}


def promtool(*arguments: str | Path, given: bytes = b"") -> None:
    done = subprocess.run([str(PROMTOOL), *arguments], input=given, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def test_rules_and_configuration_are_valid() -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", *DEPLOY.glob("prometheus/rules/*.yml"))
    promtool("check", "config", "--lint=all", "--lint-fatal", DEPLOY / "prometheus" / "prometheus.yml")


@pytest.mark.skipif(not AMTOOL, reason="needs amtool, which comes with Debian's prometheus-alertmanager")
def test_the_example_for_alertmanager_is_valid() -> None:
    checked = [str(AMTOOL), "check-config", DEPLOY / "alertmanager" / "alertmanager.yml"]
    assert subprocess.run(checked, capture_output=True, check=False).returncode == 0


def test_only_what_follows_from_a_cause_is_silenced_by_it(tmp_path: Path) -> None:
    here = {"job": "polygist", "instance": "a", "model": "m"}
    told = [
        {"alertname": "PolygistModelNotServing"} | here,
        *({"alertname": name} | here for name in ("PolygistEngineDies", "PolygistQueueAges")),
        {"alertname": "PolygistQueueAges"} | here | {"instance": "b"},
        {"alertname": "PolygistQueueAges"} | here | {"model": "other"},
        {"alertname": "PolygistEngineDies"} | here | {"model": "weak"},
        {"alertname": "PolygistQueueAges"} | here | {"model": "weak"},
        {"alertname": "PolygistRefuses", "job": "polygist", "severity": "page"},
    ]
    with alertmanager(tmp_path) as manager:
        post(f"{manager}/api/v2/alerts", [{"labels": labels} for labels in told])

        def silenced() -> bool:
            seen = get(f"{manager}/api/v2/alerts")
            assert len(seen) == len(told)
            quiet = [alert["labels"] for alert in seen if alert["status"]["inhibitedBy"]]
            assert sorted(quiet, key=str) == sorted([told[1], told[2], told[6]], key=str)
            return True

        until(silenced, 20)


@pytest.mark.parametrize("file", sorted(DEPLOY.glob("prometheus/tests/*.yml")), ids=lambda file: file.stem)
def test_alerts_fire_when_they_should_and_only_then(file: Path) -> None:
    promtool("test", "rules", file)


def everything_answers(seen: Prometheus) -> bool:
    """Whether every rule was evaluated, and every recorded series and query of the dashboard has a number."""
    rules = seen.rules()
    assert [(r["name"], r["lastError"]) for r in rules if r["health"] == "err"] == []
    assert {r["health"] for r in rules} == {"ok"}
    asked = {r["name"]: r["name"] for r in rules if r["type"] == "recording"}
    asked |= {
        name: expr if name in SILENT else expr.partition(STAND_IN)[0]
        for name, expr in queries(job="polygist", instance=".*", __rate_interval="1m").items()
    }
    assert [name for name, expr in asked.items() if not numbers(seen.query(expr))] == []
    return True


def numbers(samples: list[Any]) -> list[float]:
    return [float(s["value"][1]) for s in samples if s["value"][1] != "NaN"]


@pytest.mark.alone
def test_a_server_under_load_is_seen_and_missed(fresh: Running, tmp_path: Path) -> None:
    target = f"127.0.0.1:{fresh.metrics_port}"
    with alertmanager(tmp_path) as manager, prometheus(tmp_path, target, manager, hasty=True) as seen:
        with calling(f"localhost:{fresh.port}"):
            until(lambda: [t for t in seen.get("targets")["activeTargets"] if t["health"] == "up"])
            until(lambda: everything_answers(seen), 120)
        with urllib.request.urlopen(f"http://{target}/metrics", timeout=30) as page:
            promtool("check", "metrics", given=page.read())

        missing = {"filter": ['alertname="PolygistScrapeMissing"', f'instance="{target}"']}
        assert get(f"{manager}/api/v2/alerts", **missing) == []
        fresh.process.terminate()
        (alert,) = until(lambda: get(f"{manager}/api/v2/alerts", **missing))
        assert alert["annotations"]["summary"] == f"no metrics from {target}"
        assert [receiver["name"] for receiver in alert["receivers"]] == ["pages"]
