"""Batch jobs on the command line: what a person sees."""

import io
from collections import Counter
from pathlib import Path

import pytest
import typer
from rich.console import Console, RenderableType

from polygist.batch.columns import Columns
from polygist.batch.estimate import Estimate, estimate
from polygist.batch.files import expand
from polygist.batch.index import Totals
from polygist.batch.job import Progress
from polygist.batch.source import Selection, Source
from polygist.cli import jobs, meter, runners
from polygist.cli.batch import shard_of
from tests.unit.batch.stand import Broken, Fake, lines, options


def shown(view: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(view)
    return console.file.getvalue()  # type: ignore[attr-defined]


def source(path: Path) -> Source:
    return Source(expand(str(path)), Columns(), Selection())


def test_a_line_says_how_far_a_job_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(meter, "_SECONDS_BETWEEN_LINES", 0)
    read = source(lines(tmp_path / "in.jsonl", ["a", "b"]))
    now = Progress(passed=1000, records=230, failed=4, with_warnings=12, lost={"host-b:1": "gone"})
    with jobs.Watch(read) as watch:
        watch(now)
        list(read.items())
        watch(now)
        now.stopping = True
        watch(now)
    first, second, third = capsys.readouterr().err.splitlines()
    assert first.startswith("1,234 done, 4 failed, 12 with warnings, ")
    assert first.endswith("/s, lost host-b:1")
    assert "left" not in first
    assert ", 0:00:00 left" in second
    assert third.endswith("stopping: waits for what is under way")


def test_the_end_of_a_job_is_a_table() -> None:
    totals = Totals(3, 2500, 4, 12, Counter(number_mismatch=11), Counter(NO_TEXT=3, MALFORMED=1), Counter(), 61.2)
    said = shown(jobs.result(totals, Progress(lost={"host-b:1": "gone"})))
    for part in ("2,500", "number_mismatch", "NO_TEXT", "! lost host-b:1: gone", "61"):
        assert part in said


def test_an_estimate_counts_and_times_a_sample(tmp_path: Path) -> None:
    engine, texts = Fake(), [f"Text {i} " * 20 for i in range(50)]
    path = lines(tmp_path / "in.jsonl", [*texts, "bad", "", 17])
    found = estimate(source(path), {"fake": engine}, options(), 30)
    assert (found.rows, found.filtered, found.articles) == (53, 0, 51)
    assert found.faults == {"NO_TEXT": 1, "MALFORMED": 1}
    assert found.code_points == sum(map(len, texts)) + 3
    assert (len(engine.asked), len(set(engine.asked))) == (32, 32)
    assert found.seconds is not None
    assert found.seconds == pytest.approx(found.sampled_seconds * found.code_points / found.sampled_code_points)
    assert found.output_bytes is not None
    assert "MALFORMED" in shown(jobs.estimated(found))


def test_an_estimate_without_a_server_counts_all_the_same(tmp_path: Path) -> None:
    engine = Fake()
    engine.down = True
    found = estimate(source(lines(tmp_path / "in.jsonl", ["a"])), {"fake": engine}, options(), 0.2)
    assert (found.articles, found.seconds) == (1, None)
    assert "no answer" in shown(jobs.estimated(found))


def test_an_estimate_ends_when_its_time_is_up(tmp_path: Path) -> None:
    def slow(_: str) -> None:
        raise Broken

    found = estimate(source(lines(tmp_path / "in.jsonl", ["a"])), {"fake": Fake(slow)}, options(attempts=100), 0.2)
    assert found.seconds is None


def test_an_estimate_of_nothing() -> None:
    assert "no answer" in shown(jobs.estimated(Estimate()))


@pytest.mark.parametrize(
    ("index", "shard", "found"), [("0", "job/8", (1, 8)), ("7", "job/8", (8, 8)), ("", "3/8", (3, 8))]
)
def test_a_pod_of_an_indexed_job_takes_its_shard(
    monkeypatch: pytest.MonkeyPatch, index: str, shard: str, found: tuple[int, int]
) -> None:
    monkeypatch.setenv("JOB_COMPLETION_INDEX", index)
    assert shard_of(shard) == found


@pytest.mark.parametrize(
    ("index", "shard"), [("8", "job/8"), ("", "job/8"), ("-1", "job/8"), ("0", "0/8"), ("1", "job")]
)
def test_a_shard_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch, index: str, shard: str) -> None:
    monkeypatch.setenv("JOB_COMPLETION_INDEX", index)
    with pytest.raises(typer.Exit):
        shard_of(shard)


@pytest.mark.parametrize("bounds", ["", "0:2", "3:2", "a:b", ":", "1:-2"])
def test_bounds_of_actors_that_make_no_sense_are_refused(bounds: str) -> None:
    with pytest.raises(typer.Exit), runners.engines(runners.Runner.RAY, "", False, bounds, 1, None):
        pass


@pytest.mark.parametrize(("server", "local"), [("host:1", False), ("", True)])
def test_ray_is_not_for_servers(server: str, local: bool) -> None:
    with pytest.raises(typer.Exit), runners.engines(runners.Runner.RAY, server, local, "1:", 1, None):
        pass
