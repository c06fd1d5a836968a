"""`polygist jobs` against a real server."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from polygist.cli import app
from polygist.store.models import BuiltModel
from tests.integration.jobs.conftest import Jobs, deals, files, inline, taking_jobs, written
from tests.integration.serving.stand import Scripted

pytestmark = pytest.mark.usefixtures("embedded_model")


async def command(jobs: Jobs, *arguments: str) -> Result:
    given = ["jobs", *arguments, "--server", jobs.stand.target]
    return await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, app, given)


async def test_jobs_are_seen_waited_for_cancelled_and_deleted(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path) as jobs:
        rows = written(jobs.root / "in.jsonl", deals(5))
        engine.released.clear()
        names = [
            o.name.removeprefix("operations/")
            for o in [
                await jobs.create(files(rows, jobs.root / "out")),
                await jobs.create(inline("The deal was signed.")),
            ]
        ]
        listed = await command(jobs, "list", "--filter", "done=false")
        assert listed.exit_code == 0, listed.output
        assert [name in listed.output for name in names] == [True, True]
        late = await command(jobs, "wait", names[0], "--timeout", "0.1")
        assert (late.exit_code, "the job goes on" in late.output) == (4, True)
        assert (await command(jobs, "delete", names[1])).exit_code == 5
        assert (await command(jobs, "cancel", names[1])).exit_code == 0
        engine.released.set()
        waited = await command(jobs, "wait", names[0])
        assert waited.exit_code == 0, waited.output
        assert "succeeded" in waited.output
        assert str(jobs.root / "out") in waited.output
        cancelled = await command(jobs, "wait", names[1])
        assert (cancelled.exit_code, "CANCELLED" in cancelled.output) == (1, True)
        shown = json.loads((await command(jobs, "show", names[0], "--json")).output)
        assert shown["response"]["counts"]["done"] == "5"
        assert (await command(jobs, "delete", f"operations/{names[0]}")).exit_code == 0
        missing = await command(jobs, "show", names[0])
        assert (missing.exit_code, "no such batch job" in missing.output) == (1, True)
        wrong = await command(jobs, "list", "--filter", "color=red")
        assert (wrong.exit_code, "filter" in wrong.output) == (2, True)


async def test_a_job_with_failures_says_so(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        operation = await jobs.create(inline("The deal was signed.", ""))
        waited = await command(jobs, "wait", operation.name)
        assert waited.exit_code == 6
        assert "failed with: NO_TEXT" in waited.output
        assert "1 articles failed" in waited.output
