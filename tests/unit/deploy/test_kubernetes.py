"""The manifests of deploy/kubernetes, by Kubernetes' own schema and by what they are for."""

import copy
from typing import Any

import kubernetes_validate
import pytest
import typer
import yaml

from polygist.cli import app, exits
from polygist.cli.batch import shard_of
from tests.conftest import ROOT

MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
BATCH = typer.main.get_command(app).commands["batch"]


def _validate(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


@pytest.fixture
def job() -> dict[str, Any]:
    """The batch job."""
    return yaml.safe_load((ROOT / "deploy" / "kubernetes" / "batch-job.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_manifests_fit_the_schema(path: Any) -> None:
    for manifest in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        _validate(manifest)


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


def test_a_pod_has_no_privileges_and_writes_to_its_volumes_alone(job: dict[str, Any]) -> None:
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    own = container["securityContext"]
    assert own["readOnlyRootFilesystem"]
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert not own["allowPrivilegeEscalation"]
    assert {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")} == {"/output", "/tmp"}  # noqa: S108  # in the pod
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}


def test_what_ends_a_shard_for_good_is_what_another_try_would_not_mend(job: dict[str, Any]) -> None:
    (values,) = [r["onExitCodes"]["values"] for r in job["spec"]["podFailurePolicy"]["rules"] if "onExitCodes" in r]
    assert values == sorted([exits.USAGE, exits.SETUP, exits.PARTLY])
