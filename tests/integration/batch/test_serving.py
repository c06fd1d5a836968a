"""Jobs on real servers whose engine a test scripts, through the real client."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from polygist.batch import servers
from polygist.batch.columns import Columns
from polygist.batch.files import expand
from polygist.batch.job import Job, Result
from polygist.batch.options import Options, common
from polygist.batch.source import Selection, Source
from polygist.client import Client
from polygist.errors import ConfigurationError
from polygist.store.models import BuiltModel
from polygist.types import ModelInfo
from polygist.v1 import polygist_pb2 as pb
from tests.integration.serving.stand import OPENING, Scripted, Stand, pause, serving, until

pytestmark = pytest.mark.usefixtures("embedded_model")
ARTICLES = 40
OTHER = ModelInfo("scripted", "2", "0" * 64, "Apache-2.0", ("de", "en", "uk"), "scripted", "none")


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_LONGEST_SECONDS", 0.5)


def articles(path: Path) -> Path:
    rows = [
        {"id": f"a{i}", "text": f"Deal {i} was signed on Friday. {'It rained. ' * (i % 4)}"} for i in range(ARTICLES)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def work(rows: Path, folder: Path, *targets: str, **changed: object) -> Result:
    """A whole job, as the command makes it."""
    request = pb.DigestRequest(target_languages=["de"], source_language="en", priority=pb.PRIORITY_BULK)
    options = Options(request, **{"part_size": 9, "window": 12, **changed})
    with ExitStack() as stack:
        clients = {t: stack.enter_context(Client(t, None, retries=False)) for t in targets}
        source = Source(expand(str(rows)), Columns(), Selection())
        return Job(source, folder, clients, options, common(clients, 10)).run()


def headlines(folder: Path) -> list[str]:
    """Of the translations, in the order of the output."""
    lines = [line for part in sorted(folder.glob("part-*")) for line in part.read_text(encoding="utf-8").splitlines()]
    records = [json.loads(line) for line in lines]
    assert [r["position"] for r in records] == list(range(ARTICLES))
    return [r["digest"]["translations"][0]["summary"]["headline"] for r in records]


EXPECTED = [f"{OPENING}Deal {i} was signed on Friday." for i in range(ARTICLES)]


async def together(number: int, body: Callable[[list[Stand]], Awaitable[None]], engines: list[Scripted]) -> None:
    made = iter(engines)
    async with AsyncExitStack() as stack:
        await body([await stack.enter_async_context(serving(lambda: next(made))) for _ in range(number)])


async def test_two_servers_share_a_job(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engines = [Scripted(embedded_model, joins=True) for _ in range(2)]
    for engine in engines:
        engine.script = pause(0.005)

    async def body(stands: list[Stand]) -> None:
        rows = articles(tmp_path / "in.jsonl")
        result = await asyncio.to_thread(work, rows, tmp_path / "out", *(s.target for s in stands))
        assert (result.complete, result.totals.records, result.totals.failed) == (True, ARTICLES, 0)
        assert headlines(tmp_path / "out") == EXPECTED
        assert all(s.samples("polygist_articles_total") for s in stands), "both have worked"

    await together(2, body, engines)


async def test_a_server_that_drains_loses_nothing(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engines = [Scripted(embedded_model, joins=True) for _ in range(2)]
    engines[0].script = engines[1].script = pause(0.01)

    async def body(stands: list[Stand]) -> None:
        rows, targets = articles(tmp_path / "in.jsonl"), [s.target for s in stands]
        job = asyncio.create_task(asyncio.to_thread(work, rows, tmp_path / "out", *targets, patience_seconds=1))
        await until(lambda: stands[0].samples("polygist_articles_total"))
        await stands[0].service.server.drain(5)
        result = await job
        assert (result.totals.records, result.totals.failed) == (ARTICLES, 0)
        assert headlines(tmp_path / "out") == EXPECTED

    await together(2, body, engines)


async def test_an_engine_that_fails_now_and_then_fails_articles_that_are_tried_again(
    embedded_model: BuiltModel, tmp_path: Path
) -> None:
    engine = Scripted(embedded_model)
    broken = True

    def breaks(texts: list[str]) -> None:
        if broken and any("Deal 13 " in t for t in texts):
            raise RuntimeError("broken")

    engine.script = breaks

    async def body(stands: list[Stand]) -> None:
        nonlocal broken
        rows, folder = articles(tmp_path / "in.jsonl"), tmp_path / "out"
        first = await asyncio.to_thread(work, rows, folder, stands[0].target)
        errors = [json.loads(line) for line in (folder / "errors.jsonl").read_text().splitlines()]
        assert first.totals.failed == len(errors) >= 1
        assert 13 in {e["position"] for e in errors}
        assert {e["status"] for e in errors} == {"INTERNAL"}
        broken = False
        again = await asyncio.to_thread(work, rows, folder, stands[0].target, retry_failed=True)
        assert again.totals.failed == 0
        assert headlines(folder) == EXPECTED

    await together(1, body, [engine])


async def test_servers_with_different_models_are_refused(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engines = [Scripted(embedded_model), Scripted(embedded_model, OTHER)]

    async def body(stands: list[Stand]) -> None:
        rows = articles(tmp_path / "in.jsonl")
        with pytest.raises(ConfigurationError, match=r"scripted 1, .* scripted 2"):
            await asyncio.to_thread(work, rows, tmp_path / "out", *(s.target for s in stands))
        assert not (tmp_path / "out").exists()

    await together(2, body, engines)
