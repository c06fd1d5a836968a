"""`polygist batch --runner ray` on a real cluster of two workers: these are killed, and so is the job."""

import json
import re
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import psutil
import pytest

from polygist.batch.servers import Engine
from polygist.cli import runners
from tests.e2e.conftest import Installed
from tests.e2e.jobs import PROCESSES, articles, output, run
from tests.unit.batch.stand import Fake, job, options

pytest.importorskip("ray", reason="the extra ray is not installed")
PARTLY, ARTICLES, PART = 6, 400, 20
OBJECT_STORE = 80 * 2**20


@contextmanager
def deterministic(chosen: Mapping[str, object], cpus: int) -> Iterator[Engine]:
    """The engine of an actor here: it says every text back, a little later."""
    yield Fake(lambda _: time.sleep(0.05))


def _prepare() -> None:
    from polygist.batch.actors import ray

    here = {"address": "local", "num_cpus": 2, "object_store_memory": OBJECT_STORE, "_node_ip_address": "127.0.0.1"}
    ray.init = partial(ray.init, **here)
    runners.in_process = deterministic


def start(log: Path, *arguments: object) -> ForkServerProcess:
    """A job with a cluster of two CPUs for itself."""
    given = [*map(str, arguments), "--targets", "uk", "--runner", "ray", "--part-size", str(PART), "--window", "64"]
    process = PROCESSES.Process(target=run, args=(given, str(log), _prepare))
    process.start()
    return process


def workers(process: ForkServerProcess, name: str) -> list[psutil.Process]:
    """The processes of a job's cluster that do what has this name."""
    found = []
    for below in psutil.Process(process.pid).children(recursive=True):
        try:
            found += [below] if re.match(f"ray::.*{name}", " ".join(below.cmdline())) else []
        except psutil.NoSuchProcess:
            continue
    return found


def until(parts: int, process: ForkServerProcess, folder: Path, log: Path) -> None:
    """So many parts are there, and more are to come."""
    while len(list(folder.glob("part-*.jsonl"))) < parts:
        assert process.is_alive(), log.read_text()
        time.sleep(0.01)
    assert not (folder / "index.json").exists()


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return articles(tmp_path_factory.mktemp("input") / "in.jsonl", ARTICLES)


@pytest.fixture(scope="module")
def undisturbed(rows: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a job without Ray writes."""
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    job(rows, folder, chosen=options(part_size=PART)).run()
    return output(folder)


def same(folder: Path, undisturbed: dict[str, object]) -> bool:
    """Two outputs; what was asked of them differs in words that have no influence here."""
    found = output(folder)
    for index in (found["index.json"], undisturbed["index.json"]):
        index["job"].pop("request", None)
    return found == undisturbed


def test_a_job_whose_workers_are_killed_writes_what_a_job_without_ray_does(
    rows: Path, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    folder, log = tmp_path / "out", tmp_path / "log"
    process = start(log, rows, folder, "--actors", "2:2")
    until(2, process, folder, log)
    while len(actors := workers(process, "MapWorker")) < 2:
        assert process.is_alive(), log.read_text()
    first, second = actors
    first.send_signal(signal.SIGKILL)
    while {a.pid for a in workers(process, "MapWorker")} <= {first.pid, second.pid}:
        assert process.is_alive(), "what was under way has to wait for an actor in the place of the lost one"
    second.send_signal(signal.SIGKILL)
    process.join(120)
    assert process.exitcode == PARTLY, log.read_text()
    assert same(folder, undisturbed)


def test_a_job_that_is_killed_goes_on_and_so_does_one_whose_stream_breaks(
    rows: Path, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    folder, log = tmp_path / "out", tmp_path / "log"
    process = start(log, rows, folder)
    until(3, process, folder, log)
    process.kill()
    process.join()
    process = start(log, rows, folder)
    until(8, process, folder, log)
    (reader,) = workers(process, "_read")
    reader.send_signal(signal.SIGKILL)
    process.join(120)
    assert process.exitcode == PARTLY, log.read_text()
    assert same(folder, undisturbed)
    parts = sorted(folder.glob("part-*"))
    found = [json.loads(line)["position"] for part in parts for line in part.read_text().splitlines()]
    assert found == [i for i in range(ARTICLES) if i not in (ARTICLES // 3, ARTICLES // 2)]


def test_actors_have_the_real_model(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("The museum opened on Friday. Many people came to see it.")
    asked = ("--targets", "de", "--runner", "ray", "--actors", "1:1")
    done = installed.run("batch", str(tmp_path / "in.txt"), str(tmp_path / "out"), *asked)
    assert "with a digest" in done.stdout
    (part,) = (tmp_path / "out").glob("part-*")
    assert json.loads(part.read_text())["digest"]["translations"][0]["summary"]["headline"]
