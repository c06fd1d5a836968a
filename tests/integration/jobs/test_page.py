"""What docs/jobs.md shows works."""

import asyncio
import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
import typer

from polygist.cli import app
from polygist.jobs.records import State
from polygist.store.models import BuiltModel
from tests.conftest import ROOT
from tests.integration.jobs.conftest import deals, positions, taking_jobs, written
from tests.integration.serving.stand import Scripted

PAGE = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("embedded_model")
async def test_the_call_on_the_page_is_right(embedded_model: BuiltModel, tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        (jobs.root / "2025").mkdir()
        written(jobs.root / "2025" / "in.jsonl", deals(5))
        code = block.replace("localhost:50051", jobs.stand.target).replace("/data/news", str(jobs.root))
        assert code.count(str(jobs.root)) == 2
        said = io.StringIO()

        def run() -> None:
            with contextlib.redirect_stdout(said):
                exec(code, {})  # noqa: S102  # our own page

        await asyncio.to_thread(run)
        assert "done: 5" in said.getvalue()
        assert positions(jobs.root / "digests") == list(range(5))


def test_the_commands_on_the_page_are_right() -> None:
    commands = re.findall(r"^polygist jobs (.*)", PAGE, re.MULTILINE)
    group = typer.main.get_command(app).commands["jobs"]
    assert {command.split()[0] for command in commands} == set(group.commands)
    for command in commands:
        name, *arguments = shlex.split(command)
        assert group.commands[name].make_context(name, arguments)


def test_every_state_is_on_the_page() -> None:
    assert [state.name for state in State if f"| {state.name} |" not in PAGE] == []
