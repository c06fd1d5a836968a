"""The manifests of deploy/kubernetes, by Kubernetes' own schema and by what they are for."""

import copy
import re
from typing import Any

import kubernetes_validate
import pytest
import typer
import yaml

from polygist import certificates
from polygist.cli import app, exits
from polygist.cli.batch import shard_of
from polygist.errors import ConfigurationError
from polygist.settings import Settings
from tests.conftest import ROOT
from tests.kustomized import containers, manifests
from tests.unit.deploy.test_labels import wrong

KUBERNETES = ROOT / "deploy" / "kubernetes"
BATCH = typer.main.get_command(app).commands["batch"]
VARIANTS = ("plain", "tls")
SERVER = {"app.kubernetes.io/name": "polygist", "app.kubernetes.io/component": "server"}
# What the image says of its own.
IMAGE = dict(re.findall(r"^ +(POLYGIST_\w+)=(\S+?)(?: \\)?$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))


def _validate(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def _named(folder: str, kind: str) -> dict[str, Any]:
    (found,) = [m for m in manifests(KUBERNETES / folder) if m["kind"] == kind]
    return found


def _job() -> dict[str, Any]:
    return yaml.safe_load((KUBERNETES / "batch-job.yaml").read_text(encoding="utf-8"))


def _all() -> dict[str, dict[str, Any]]:
    """Every manifest that is applied."""
    made = {f"{f}/{m['kind']}": m for f in (*VARIANTS, "prometheus") for m in manifests(KUBERNETES / f)}
    return made | {"batch-job": _job()}


def _pods() -> dict[str, dict[str, Any]]:
    return {name: m["spec"]["template"] for name, m in _all().items() if containers(m)}


def settings_of(variables: dict[str, str]) -> Settings:
    """What a process with these variables has. Those that are no settings are an error."""
    fields = {
        name.removeprefix("POLYGIST_").lower(): v for name, v in variables.items() if name.startswith("POLYGIST_")
    }
    return Settings(**fields)


@pytest.fixture
def job() -> dict[str, Any]:
    """The batch job."""
    return _job()


# The schema of a ServiceMonitor is the Prometheus operator's.
@pytest.mark.parametrize("name", [n for n, m in _all().items() if not m["apiVersion"].startswith("monitoring.")])
def test_manifests_fit_the_schema(name: str) -> None:
    _validate(_all()[name])


def test_every_file_is_part_of_something() -> None:
    named = {"batch-job.yaml"}
    for folder in ("base", *VARIANTS, "prometheus"):
        said = (KUBERNETES / folder / "kustomization.yaml").read_text(encoding="utf-8")
        named |= {f"{folder}/{name}" for name in re.findall(r"[\w-]+\.yaml", said)} | {f"{folder}/kustomization.yaml"}
    assert {f.relative_to(KUBERNETES).as_posix() for f in KUBERNETES.rglob("*.yaml")} == named


@pytest.mark.parametrize("name", _pods())
def test_variables_are_settings_and_have_values_that_they_take(name: str) -> None:
    for container in _pods()[name]["spec"]["containers"]:
        said = {e["name"]: e.get("value", "4") for e in container["env"]}
        assert settings_of(IMAGE | said)
        # The pod's cores, not those of the node: without a quota nothing else tells them.
        assert said["POLYGIST_REPLICAS"] == "1"
        (threads,) = [e["valueFrom"] for e in container["env"] if e["name"] == "POLYGIST_THREADS"]
        assert threads == {
            "resourceFieldRef": {"containerName": container["name"], "resource": "requests.cpu", "divisor": "1"}
        }
        assert "cpu" not in container["resources"]["limits"]


def _settings(folder: str) -> Settings:
    (container,) = containers(_named(folder, "Deployment"))
    return settings_of(IMAGE | {e["name"]: e.get("value", "4") for e in container["env"]})


def test_plain_text_is_said_aloud_or_there_is_none() -> None:
    base = _settings("base")
    for asked in (certificates.of_grpc, certificates.of_metrics):
        with pytest.raises(ConfigurationError, match="plain text"):
            asked(base)
        assert asked(_settings("plain")) is None
        assert asked(_settings("tls"))
    assert not _settings("tls").insecure


def test_files_of_settings_are_mounted() -> None:
    (container,) = containers(_named("tls", "Deployment"))
    said, mounted = _settings("tls"), [m["mountPath"] for m in container["volumeMounts"] if m.get("readOnly")]
    files = [said.tls_certificate, said.tls_key, said.metrics_tls_certificate, said.metrics_tls_key, said.callers_file]
    assert {str(file.parent) for file in files if file} == set(mounted)


@pytest.mark.parametrize("folder", VARIANTS)
def test_probes_and_services_ask_where_it_listens(folder: str) -> None:
    (container,) = containers(_named(folder, "Deployment"))
    said, ports = _settings(folder), {p["name"]: p["containerPort"] for p in container["ports"]}
    assert ports == {"grpc": said.port, "metrics": said.metrics_port}
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = container[name]
        if "grpc" in probe:
            # Kubernetes can't ask so by TLS.
            assert said.tls_certificate is None
            assert probe["grpc"] == {"port": said.port, "service": "polygist.v1.Polygist"}
        else:
            asked = probe["httpGet"]
            assert asked["port"] == "metrics"
            assert asked.get("scheme", "HTTP") == ("HTTPS" if said.metrics_tls_certificate else "HTTP")
            assert asked["path"] == ("/healthz" if name == "livenessProbe" else "/readyz")
    service = _named(folder, "Service")["spec"]
    assert service["clusterIP"] == "None"
    assert {p["name"]: (p["port"], p["targetPort"]) for p in service["ports"]} == {
        name: (port, name) for name, port in ports.items()
    }


def test_a_pod_has_time_to_drain() -> None:
    deployment = _named("plain", "Deployment")
    (container,) = containers(deployment)
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace == pause + _settings("plain").shutdown_grace_seconds + 10


@pytest.mark.parametrize("folder", VARIANTS)
def test_who_selects_pods_selects_those_of_the_server(folder: str) -> None:
    deployment = _named(folder, "Deployment")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert labels == SERVER
    assert deployment["selector"]["matchLabels"] == SERVER
    assert _named(folder, "Service")["spec"]["selector"] == SERVER
    assert _named(folder, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == SERVER
    assert _named(folder, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == SERVER
    for spread in deployment["template"]["spec"]["topologySpreadConstraints"]:
        assert spread["labelSelector"]["matchLabels"] == SERVER
    # A batch job's pods answer nobody.
    assert not SERVER.items() <= _job()["spec"]["template"]["metadata"]["labels"].items()


def test_prometheus_finds_the_service_under_the_name_that_rules_have() -> None:
    service, monitor = _named("plain", "Service"), _named("prometheus", "ServiceMonitor")["spec"]
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["metadata"]["labels"][monitor["jobLabel"]] == "polygist"
    assert {e["port"] for e in monitor["endpoints"]} <= {p["name"] for p in service["spec"]["ports"]}


def test_the_autoscaler_asks_for_what_the_adapter_makes_of_metrics_that_there_are() -> None:
    scaler = _named("prometheus", "HorizontalPodAutoscaler")["spec"]
    assert scaler["scaleTargetRef"]["name"] == _named("plain", "Deployment")["metadata"]["name"]
    values = yaml.safe_load((KUBERNETES / "prometheus" / "adapter-values.yml").read_text(encoding="utf-8"))
    made = {rule["name"]["as"]: rule for rule in values["rules"]["custom"]}
    assert {m["pods"]["metric"]["name"] for m in scaler["metrics"]} == set(made)
    for rule in made.values():
        query = rule["metricsQuery"].replace("<<.GroupBy>>", "instance").replace("<<.LabelMatchers>>", 'job="polygist"')
        assert list(wrong(query)) == []
        assert rule["seriesQuery"].split("{")[0] in query


def test_the_schema_refuses_what_is_unknown(job: dict[str, Any]) -> None:
    wrong = copy.deepcopy(job)
    wrong["spec"]["completion"] = 8
    with pytest.raises(kubernetes_validate.ValidationError):
        _validate(wrong)


def test_each_pod_has_its_shard_and_its_output(job: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    spec = job["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    command, *arguments = container["args"]
    assert (command, spec["completionMode"]) == ("batch", "Indexed")
    seen = set()
    for index in range(spec["completions"]):
        monkeypatch.setenv("JOB_COMPLETION_INDEX", str(index))
        given = [a.replace("$(JOB_COMPLETION_INDEX)", str(index)) for a in arguments]
        found = BATCH.make_context("batch", given).params
        seen.add((shard_of(found["shard"]), str(found["output"])))
    assert seen == {((i + 1, spec["completions"]), f"/output/{i}") for i in range(spec["completions"])}


@pytest.mark.parametrize("name", _pods())
def test_a_pod_has_no_privileges_and_writes_to_its_volumes_alone(name: str) -> None:
    pod = _pods()[name]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    own = container["securityContext"]
    assert own["readOnlyRootFilesystem"]
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert not own["allowPrivilegeEscalation"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    writable = {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
    assert writable == ({"/output", "/tmp"} if name == "batch-job" else {"/tmp"})  # noqa: S108  # in the pod
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}


def test_what_ends_a_shard_for_good_is_what_another_try_would_not_mend(job: dict[str, Any]) -> None:
    (values,) = [r["onExitCodes"]["values"] for r in job["spec"]["podFailurePolicy"]["rules"] if "onExitCodes" in r]
    assert values == sorted([exits.USAGE, exits.SETUP, exits.PARTLY])
