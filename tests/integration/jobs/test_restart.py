"""Servers that end, start again and change their model while jobs run, and callers who do not want to notice jobs."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from polygist.errors import ConfigurationError
from polygist.settings import Settings
from polygist.store import installed
from polygist.store.cards import Card
from polygist.store.models import BuiltModel
from tests.integration.jobs.conftest import (
    State,
    deals,
    files,
    inline,
    metadata,
    positions,
    taking_jobs,
    written,
)
from tests.integration.serving.stand import (
    INFO,
    Clockwork,
    Scripted,
    engines_by,
    expected,
    pause,
    texts,
    translate,
    until,
)

pytestmark = pytest.mark.usefixtures("embedded_model")


async def test_a_job_goes_on_where_a_server_that_drains_has_left_it(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine, number = Scripted(embedded_model), 150
    going = Clockwork()
    async with taking_jobs(engine, tmp_path, max_batch_items=1, shutdown_grace_seconds=60) as jobs:
        engine.script = going
        rows, out = written(jobs.root / "in.jsonl", deals(number)), jobs.root / "out"
        job = await jobs.create(files(rows, out))
        with_results = await jobs.create(inline(*deals(3)))
        await jobs.some_done(job, going)
        asyncio.get_running_loop().call_later(0.3, going.free)
    engine = Scripted(embedded_model)
    before = len(positions(out)) + sum(len(p.read_bytes().splitlines()) for p in out.glob("*.spool"))
    async with taking_jobs(engine, tmp_path) as jobs:
        for found, done in ((await jobs.wait(job), number), (await jobs.wait(with_results), 3)):
            assert metadata(found).state == State.STATE_SUCCEEDED
            assert metadata(found).counts.done == metadata(found).counts.total == done
        assert positions(out) == list(range(number))
        worked = {text for text in engine.order if text.startswith("Deal ")}
        assert before >= 3
        assert len(worked) <= number - before + 3, "nothing that was kept is done again"


async def test_what_takes_longer_than_the_grace_period_is_given_up_and_done_again(
    embedded_model: BuiltModel, tmp_path: Path
) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path, shutdown_grace_seconds=0.1) as jobs:
        engine.released.clear()
        engine.entered.clear()
        job = await jobs.create(inline(*deals(3)))
        await asyncio.to_thread(engine.entered.wait, 60)
        asyncio.get_running_loop().call_later(1, engine.released.set)
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        assert metadata(await jobs.wait(job)).counts.done == 3


async def test_a_job_that_was_to_be_cancelled_does_not_go_on(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path) as jobs:
        job = await jobs.create(inline("The deal was signed."))
        await jobs.wait(job)
        keeper = jobs.stand.service._jobs
        # As a process leaves it that is killed before the job has ended.
        keeper._store._connection.execute("UPDATE jobs SET state = 'cancelling', ended = NULL, expires = NULL")
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        assert metadata(await jobs.wait(job)).state == State.STATE_CANCELLED


async def test_two_servers_do_not_share_a_folder(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        with pytest.raises(ConfigurationError, match="another server has"):
            async with taking_jobs(Scripted(embedded_model), tmp_path):
                pass
        assert (await jobs.done(inline("The deal was signed."))).counts.done == 1


async def test_a_job_goes_on_with_a_model_that_takes_over(
    embedded_model: BuiltModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Scripted(embedded_model), Scripted(embedded_model, replace(INFO, revision="2"))
    found = installed.translation

    def leads_to(settings: Settings) -> tuple[tuple[Card, BuiltModel], ...]:
        ((card, built),) = found(settings)
        return ((replace(card, max_length_ratio=card.max_length_ratio + 1), built),)

    going = Clockwork()
    async with taking_jobs(first, tmp_path, max_batch_items=1) as jobs:
        first.script = going
        rows, out = written(jobs.root / "in.jsonl", deals(150)), jobs.root / "out"
        job = await jobs.create(files(rows, out))
        await jobs.some_done(job, going)
        monkeypatch.setattr(installed, "translation", leads_to)
        with engines_by(lambda: second):
            await jobs.stand.service.reload()
        going.free()
        assert metadata(await jobs.wait(job)).counts.done == 150
        assert positions(out) == list(range(150))
        records = [json.loads(line) for part in sorted(out.glob("part-*")) for line in part.read_text().splitlines()]
        revisions = [m["revision"] for r in records for m in r["digest"]["models"] if m["part"] == "translations"]
        assert set(revisions) == {"1", "2"}
        await until(first.closed.is_set)


async def test_who_waits_for_an_answer_goes_before_jobs(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    going = Clockwork()
    async with taking_jobs(engine, tmp_path, max_batch_items=1) as jobs:
        engine.script = going
        job = await jobs.create(inline(*deals(40)))
        await going.step()
        await until(lambda: jobs.stand.waiting("bulk") > 4)
        call = asyncio.ensure_future(translate(jobs.channel, "Somebody waits for this."))
        await until(lambda: jobs.stand.waiting("interactive") == 1)
        taken = going.taken
        while not call.done():
            await going.step()
            await asyncio.sleep(0.01)
        assert texts(await call) == expected("Somebody waits for this.")
        assert going.taken - taken <= 3
        assert not (await jobs.wait(job, 0)).done
        going.free()
        assert metadata(await jobs.wait(job)).counts.done == 40


async def test_jobs_do_not_take_the_places_of_calls(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path, max_concurrent_calls=1) as jobs:
        engine.script = pause(0.02)
        job = await jobs.create(inline(*deals(30)))
        waiting = asyncio.create_task(jobs.wait(job))
        for i in range(5):
            assert texts(await translate(jobs.channel, f"Call {i} is answered.")) == expected(f"Call {i} is answered.")
        assert metadata(await waiting).counts.done == 30
