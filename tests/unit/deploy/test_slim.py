"""The slim image: what it leaves out is what serving does not need."""

import importlib.util
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest

from polygist.store import builders, manifest, models
from polygist.store.manifest import Manifest
from tests.deployed import DEPLOY

# Everything that a server, its engines and a batch job import, and a call of `need_builders`.
SERVES = """
import sys
for module in {gone!r}:
    sys.modules[module] = None
import pkgutil, polygist.app, polygist.cli.main, polygist.inprocess, polygist.batch, polygist.jobs, polygist.engines
import polygist.engines.host, polygist.engines.openvino, polygist.engines.ct2, polygist.engines.ct2_seq2seq
for package in (polygist.batch, polygist.jobs, polygist.cli, polygist.assembly):
    for found in pkgutil.iter_modules(package.__path__):
        if found.name != "actors":  # of Ray
            __import__(f"{{package.__name__}}.{{found.name}}")
"""


@pytest.fixture(scope="module")
def slim() -> ModuleType:
    spec = importlib.util.spec_from_file_location("slim", DEPLOY / "image" / "slim.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def gone(slim: ModuleType) -> set[str]:
    return set(slim.superfluous())


def test_what_builds_goes_with_what_it_alone_needs(slim: ModuleType, gone: set[str]) -> None:
    assert gone >= slim.BUILDERS
    assert {"sympy", "networkx"} <= gone


def test_what_serves_stays(gone: set[str]) -> None:
    assert not gone & {"polygist", "openvino", "ctranslate2", "tokenizers", "numpy", "grpcio", "huggingface-hub", "pip"}


def test_a_server_imports_nothing_of_what_is_gone(gone: set[str]) -> None:
    modules = sorted(m for m, packages in packages_distributions().items() if gone & {p.lower() for p in packages})
    assert "torch" in modules
    code = SERVES.format(gone=modules)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_model_without_the_weights_of_torch_is_whole(slim: ModuleType, tmp_path: Path) -> None:
    for name in (models.HF_WEIGHTS, models.TOKENIZER, models.OV_WEIGHTS, models.CT2_WEIGHTS):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    Manifest("a", "b", "", {}, manifest.record(tmp_path)).write(tmp_path)
    slim.lighten(tmp_path)
    built = models.BuiltModel(tmp_path, manifest.verify(tmp_path))
    assert built.engines == ("openvino", "ct2")
    assert built.tokenizer.read_text() == models.TOKENIZER


def test_who_needs_torch_is_told_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    builders.need_builders("all")
    monkeypatch.setattr(builders, "find_spec", lambda name: None if name == "torch" else True)
    with pytest.raises(builders.ConfigurationError, match=r"on torch needs torch, not installed.*slim image"):
        builders.need_builders("running a on torch")
