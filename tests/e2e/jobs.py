"""Batch jobs as processes of their own, started quickly, on a server whose engine says every prompt back."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.conftest import ROOT

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["polygist.cli", "pyarrow.parquet"])


def run(arguments: Sequence[str], log: str, prepare: Callable[[], None] = lambda: None) -> None:
    from polygist.cli import app

    prepare()
    with open(log, "a") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    app(["batch", *arguments])


@dataclass
class Batch:
    """A server's address and process, and jobs on it."""

    server: str
    process: subprocess.Popen[str]

    def start(self, log: Path, *arguments: object) -> ForkServerProcess:
        """`polygist batch` with those arguments; what it prints goes into a file."""
        given = [str(a) for a in (*arguments, "--targets", "de", "--source", "en", "--server", self.server)]
        process = PROCESSES.Process(target=run, args=(given, str(log)))
        process.start()
        return process

    def run(self, log: Path, *arguments: object) -> int | None:
        """Its exit code."""
        process = self.start(log, *arguments)
        process.join(120)
        return process.exitcode


@contextmanager
def echoing(**more: str) -> Iterator[Batch]:
    """A server in a process of its own, with such settings more."""
    settings = {"PORT": "0", "METRICS_PORT": "0", "CACHE_MEMORY_BYTES": "0", "LOG_LEVEL": "ERROR", "REPLICAS": "1"}
    environment = os.environ | {f"POLYGIST_{name}": value for name, value in (settings | more).items()}
    command = [sys.executable, ROOT / "bench" / "serving" / "echo.py"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            ports = re.match(r"serving grpc=(\d+)", server.stdout.readline())
            assert ports
            yield Batch(f"127.0.0.1:{ports[1]}", server)
        finally:
            server.send_signal(signal.SIGCONT)
            server.terminate()


def articles(path: Path, number: int) -> Path:
    """Short ones of different lengths, and rows that fail."""
    rows = [{"id": f"a{i}", "text": f"{i} people heard this. {'It rained. ' * (i * 7 % 5)}"} for i in range(number)]
    rows[number // 3], rows[number // 2] = {"id": "empty", "text": ""}, {"id": "long", "text": "a " * 60_000}
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows) + "no JSON\n", encoding="utf-8")
    return path


def output(folder: Path) -> dict[str, object]:
    """All that two runs of a job must have in common: every file, of the index all but its work."""
    found: dict[str, object] = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "checkpoint.jsonl"}
    index = json.loads((folder / "index.json").read_bytes())
    del index["work"]
    return found | {"index.json": index}
