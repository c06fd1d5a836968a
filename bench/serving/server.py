"""A server in a process of its own, and what it takes of the machine."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

POLYGIST = Path(sys.executable).with_name("polygist")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Server:
    """Where a server listens, for calls and for their metrics, and its process; its engines are its children."""

    address: str
    metrics: str
    process: psutil.Process

    @property
    def processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children()]

    def resident(self) -> tuple[int, int]:
        """Bytes in memory of the server and of its engines."""
        own, *engines = (p.memory_info().rss for p in self.processes)
        return own, sum(engines)

    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far of the server and of its engines."""
        own, *engines = (sum(p.cpu_times()[:2]) for p in self.processes)
        return own, sum(engines)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Meanwhile it takes no time of the cores."""
        for process in self.processes:
            process.suspend()
        try:
            yield
        finally:
            for process in reversed(self.processes):
                process.resume()


@contextmanager
def serving(command: Sequence[str | Path] = (POLYGIST, "serve"), **settings: object) -> Iterator[Server]:
    """A server that is ready, without cache and with room for many callers unless said otherwise."""
    changed = {
        "CACHE_MEMORY_BYTES": 0,
        "MAX_CONCURRENT_CALLS": 1000,
        "LOG_LEVEL": "ERROR",
        "PORT": 0,
        "METRICS_PORT": 0,
    }
    changed |= settings
    environment = os.environ | {f"POLYGIST_{name}": str(value) for name, value in changed.items()}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            if not (ready := re.search(r"grpc=(\d+) metrics=(\d+)", line)):
                raise SystemExit("the server did not start")
            yield Server(f"127.0.0.1:{ready[1]}", f"127.0.0.1:{ready[2]}", psutil.Process(server.pid))
        finally:
            server.terminate()
