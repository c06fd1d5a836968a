"""`polygist batch` as a real process: killed again and again, stopped by signals, failing."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import parquet

from polygist import client
from polygist.batch.files import expand
from polygist.batch.job import Job, Progress
from polygist.batch.options import Options, common
from polygist.batch.source import Source
from polygist.client import Client, digest_request
from polygist.v1 import polygist_pb2 as pb
from tests.e2e.conftest import Installed
from tests.e2e.jobs import Batch, articles, echoing, output

KILLS = 30
PARTLY, INTERRUPTED = 6, 130


@pytest.fixture(scope="module")
def batch() -> Iterator[Batch]:
    with echoing() as made:
        yield made


def test_killed_thirty_times_each_article_is_there_once_and_in_order(batch: Batch, tmp_path: Path) -> None:
    rows, chances = articles(tmp_path / "in.jsonl", 80), random.Random(7)
    options = ("--part-size", 7, "--window", 32)
    log, whole = tmp_path / "log", tmp_path / "undisturbed"
    begun = time.monotonic()
    assert batch.run(log, rows, whole, *options) == PARTLY, log.read_text()
    seconds = time.monotonic() - begun
    kills = jobs = 0
    while kills < KILLS:
        folder = tmp_path / f"out{jobs}"
        while True:
            process = batch.start(log, rows, folder, *options)
            process.join(chances.uniform(0, seconds / 2) if kills < KILLS else 120)
            if process.exitcode is not None:
                break
            process.kill()
            process.join()
            kills += 1
        assert process.exitcode == PARTLY, log.read_text()
        assert output(folder) == output(whole)
        jobs += 1
    parts = sorted(whole.glob("part-*"))
    found = [json.loads(line)["position"] for part in parts for line in part.read_text().splitlines()]
    failed = [json.loads(line)["position"] for line in (whole / "errors.jsonl").read_text().splitlines()]
    assert failed == [80 // 3, 80 // 2, 80]
    assert found == [i for i in range(81) if i not in failed]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_what_is_under_way_and_it_goes_on(batch: Batch, tmp_path: Path, number: int) -> None:
    rows, folder, log = articles(tmp_path / "in.jsonl", 300), tmp_path / "out", tmp_path / "log"
    process = batch.start(log, rows, folder, "--part-size", 20, "--window", 20)
    while not list(folder.glob("part-*.jsonl")):
        assert process.is_alive(), log.read_text()
        time.sleep(0.01)
    os.kill(process.pid, number)
    process.join(60)
    assert process.exitcode == INTERRUPTED, log.read_text()
    assert "the same command goes on from here" in log.read_text()
    before = json.loads((folder / "index.json").read_text())
    assert before["state"] == "unfinished"
    assert 0 < before["records"] < 298
    assert batch.run(log, rows, folder, "--part-size", 20) == PARTLY
    assert json.loads((folder / "index.json").read_text())["records"] == 298


def test_a_second_signal_ends_it_at_once_and_it_goes_on(batch: Batch, tmp_path: Path) -> None:
    rows, folder, log = articles(tmp_path / "in.jsonl", 300), tmp_path / "out", tmp_path / "log"
    process = batch.start(log, rows, folder, "--part-size", 20)
    while not list(folder.glob("part-*.spool")):
        assert process.is_alive(), log.read_text()
        time.sleep(0.01)
    for _ in range(2):
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.01)
    process.join(60)
    assert process.exitcode == INTERRUPTED, log.read_text()
    assert "Traceback" not in log.read_text()
    assert batch.run(log, rows, folder, "--part-size", 20) == PARTLY
    assert json.loads((folder / "index.json").read_text())["records"] == 298


def test_two_processes_are_kept_apart_and_a_dry_run_writes_nothing(batch: Batch, tmp_path: Path) -> None:
    rows, folder, log = articles(tmp_path / "in.jsonl", 300), tmp_path / "out", tmp_path / "log"
    process = batch.start(log, rows, folder)
    while not (folder / "checkpoint.jsonl").exists():
        assert process.is_alive(), log.read_text()
        time.sleep(0.01)
    assert batch.run(tmp_path / "other", rows, folder) == 2
    assert "another process works on it" in (tmp_path / "other").read_text()
    process.kill()
    process.join()
    assert batch.run(tmp_path / "dry", rows, tmp_path / "nothing", "--dry-run") == 0
    said = (tmp_path / "dry").read_text()
    assert "301" in said
    assert "about 0:" in said
    assert not (tmp_path / "nothing").exists()


def test_a_server_that_says_nothing_any_more_is_not_waited_for(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faster = {name: milliseconds // 10 for name, milliseconds in client._KEEPALIVE_MILLISECONDS.items()}
    monkeypatch.setattr(client, "_KEEPALIVE_MILLISECONDS", faster)
    rows, options = articles(tmp_path / "in.jsonl", 200), Options(digest_request(pb.Article(), ["de"], "en"))

    def watch(now: Progress) -> None:
        if now.done > 10:
            other.process.send_signal(signal.SIGSTOP)

    with (
        echoing() as other,
        Client(batch.server, None, retries=False) as first,
        Client(other.server, None, retries=False) as second,
    ):
        engines = {"first": first, "second": second}
        source = Source(expand(str(rows)), options.columns, options.selection)
        job = Job(source, tmp_path / "out", engines, replace(options, patience_seconds=1), common(engines, 10), watch)
        assert job.run().totals.records == 198


def test_pages_and_texts_with_the_real_model_as_parquet(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.txt").write_text("The museum opened on Friday. Many people came to see it.")
    (tmp_path / "in" / "two.html").write_text("<article><h1>Deal</h1><p>The deal was signed in Berlin.</p></article>")
    options = ("--source", "en", "--targets", "de,uk", "--output-format", "parquet", "--local")
    done = installed.run("batch", str(tmp_path / "in"), str(tmp_path / "out"), *options)
    assert "with a digest" in done.stdout
    rows = parquet.read_table(tmp_path / "out" / "part-00000.parquet").to_pylist()
    assert [r["id"] for r in rows] == ["one.txt", "two.html"]
    assert [[t["language"] for t in r["translations"]] for r in rows] == [["de", "uk"]] * 2
    index = json.loads((tmp_path / "out" / "index.json").read_text())
    assert index["job"]["models"][0].startswith("gemma3-270m-embedded ")
    assert index["work"]["tokens"]["output"] > 0


def test_wrong_usage_is_said(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    for arguments, said in [
        (("--shard", "3/2"), "--shard is i/n"),
        (("--where", "a"), "--where is column=value"),
        (("--input-format", "xml"), "no such format 'xml'"),
    ]:
        done = installed.run("batch", str(tmp_path / "in.csv"), str(tmp_path / "out"), *arguments, code=2)
        assert said in done.stderr
    inside = installed.run("batch", str(tmp_path), str(tmp_path / "out"), code=2)
    assert "OUTPUT lies in INPUT" in inside.stderr
    missing = installed.run("batch", str(tmp_path / "nothing"), str(tmp_path / "out"), code=2)
    assert "nothing" in missing.stderr
    refused = installed.run("batch", str(tmp_path / "in.csv"), str(tmp_path / "out"), "--server", "localhost:1", code=3)
    assert "UNAVAILABLE" in refused.stderr
