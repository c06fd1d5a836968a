"""The stack for one machine, by the rules of compose files and by what it is for."""

from typing import Any

import compose_spec
import pytest
import yaml

from polygist import certificates
from tests.deployed import DEPLOY
from tests.unit.deploy.test_kubernetes import IMAGE, settings_of

FOLDER = DEPLOY / "compose"
TEXT = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]


def test_it_is_a_compose_file() -> None:
    compose_spec.PyCompose.from_yaml(TEXT).validate()
    with pytest.raises(ValueError, match="readonly"):
        compose_spec.PyCompose.from_yaml(TEXT.replace("read_only", "readonly"))


def test_what_is_mounted_is_there() -> None:
    files = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", []) if v.startswith(".")]
    assert len(files) == 5
    assert all((FOLDER / file).exists() for file in files)
    context = FOLDER / SERVICES["polygist"]["build"]["context"]
    assert (context / "Dockerfile").is_file()
    assert f" AS {SERVICES['polygist']['build']['target']}\n" in (context / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_has_privileges_or_is_reached_from_elsewhere(name: str) -> None:
    service = SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_service_has_settings_that_there_are_and_time_to_drain() -> None:
    service = SERVICES["polygist"]
    said = settings_of(IMAGE | service["environment"])
    assert certificates.of_grpc(said) is None
    assert service["ports"] == [f"127.0.0.1:{said.port}:{said.port}"]
    assert service["stop_grace_period"] == f"{said.shutdown_grace_seconds + 10:.0f}s"
    assert service["read_only"]


def test_prometheus_reads_it_under_the_name_that_rules_have() -> None:
    read = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = read["scrape_configs"]
    said = settings_of(IMAGE | SERVICES["polygist"]["environment"])
    assert job["job_name"] == "polygist"
    assert job["static_configs"] == [{"targets": [f"polygist:{said.metrics_port}"]}]
    (rules,) = read["rule_files"]
    assert f"../prometheus/rules:/etc/prometheus/{rules.split('/')[0]}:ro" in SERVICES["prometheus"]["volumes"]


def test_grafana_has_its_source_and_its_dashboard() -> None:
    (source,) = yaml.safe_load((FOLDER / "grafana" / "datasources.yml").read_text(encoding="utf-8"))["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert source["isDefault"]
    (provider,) = yaml.safe_load((FOLDER / "grafana" / "dashboards.yml").read_text(encoding="utf-8"))["providers"]
    mounted = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    shown = f"{provider['options']['path']}/polygist.json"
    assert shown in mounted
    assert SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == shown
