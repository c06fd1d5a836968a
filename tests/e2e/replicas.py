"""Several servers on loopback, the ways to them, and a load that keeps count of every call."""

import json
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

import grpc

from polygist.client import Client

_START_SECONDS, _END_SECONDS = 120, 60
_NUMBERS = count()
_ANSWERED = re.compile(r'^polygist_requests_total\{method="(\w+)",outcome="ok"\} (\S+)', re.M)


def free_port() -> int:
    """A port that nobody has now, for servers that come back to where they were."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


class Replica:
    """`polygist serve`, always on the same ports. `answered` counts calls of all its lives, as they were looked at."""

    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        self.port, self.metrics_port = free_port(), free_port()
        self._command = [*command, "serve", "--port", str(self.port), "--metrics-port", str(self.metrics_port)]
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._before, self._now = Counter[str](), Counter[str]()

    def begin(self) -> None:
        """Start it."""
        with tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, stdout=subprocess.PIPE, stderr=log, text=True
            )

    def wait(self) -> None:
        """Until it serves."""
        assert self._process
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert re.fullmatch(rf"serving grpc={self.port} metrics={self.metrics_port}\n", line), line

    def look(self) -> Counter[str]:
        """Calls answered, by method."""
        address = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with suppress(OSError), urllib.request.urlopen(address, timeout=10) as answer:
            found = _ANSWERED.findall(answer.read().decode())
            self._now = Counter({method: round(float(n)) for method, n in found})
        return self._before + self._now

    def end(self, number: signal.Signals) -> int:
        """Send it a signal, and wait for its end; its exit code."""
        assert self._process
        self.look()
        self._before, self._now = self._before + self._now, Counter()
        self._process.send_signal(number)
        self._process.communicate(timeout=_END_SECONDS)
        return self._process.returncode

    def close(self) -> None:
        """End it in any case."""
        if self._process:
            self._process.kill()
            self._process.communicate()


@contextmanager
def replicas(n: int, command: Sequence[str | Path], folder: Path) -> Iterator[list[Replica]]:
    """So many that serve."""
    with ExitStack() as stack:
        made = [Replica(command, folder) for _ in range(n)]
        for replica in made:
            stack.callback(replica.close)
            replica.begin()
        for replica in made:
            replica.wait()
        yield made


@contextmanager
def haproxy(behind: Sequence[Replica]) -> Iterator[int]:
    """HAProxy before them, which asks each for its readiness; the port."""
    # In a default-server line HAProxy 2.6 does not heed check-proto.
    port, checked = free_port(), "proto h2 check check-proto h1 inter 500ms fall 2 rise 1"
    lines = [
        "defaults",
        "  mode http",
        "  timeout connect 2s",
        "  timeout check 10s",
        "  timeout client 120s",
        "  timeout server 120s",
        "  retries 3",
        "  option redispatch",
        "  retry-on all-retryable-errors",
        "frontend calls",
        f"  bind 127.0.0.1:{port} proto h2",
        "  default_backend servers",
        "backend servers",
        "  balance roundrobin",
        "  option httpchk",
        "  http-check send meth GET uri /readyz ver HTTP/1.1 hdr host localhost",
        *(f"  server s{i} 127.0.0.1:{r.port} {checked} port {r.metrics_port}" for i, r in enumerate(behind)),
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "haproxy.cfg")
        file.write_text("\n".join([*lines, ""]))
        process = subprocess.Popen(["haproxy", "-db", "-f", file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _until_listening(port, process)
            yield port
        finally:
            process.kill()
            process.wait()


def _until_listening(port: int, process: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the proxy does not listen")


class Load:
    """Callers who ask one thing after the other by one way. `outcomes` are the codes that they got, each call one.

    `rest` is how many seconds each waits between two calls.
    """

    def __init__(self, target: str, ask: Callable[[Client, int], object], callers: int) -> None:
        self.outcomes = Counter[str]()
        self.rest = 0.0
        self._target, self._ask = target, ask
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(callers)]

    def _call(self) -> None:
        with Client(self._target, timeout=60) as client:
            while not self._stopping.wait(self.rest):
                try:
                    self._ask(client, next(_NUMBERS))
                    outcome = "OK"
                except grpc.RpcError as error:
                    outcome = error.code().name
                with self._lock:
                    self.outcomes[outcome] += 1

    def begin(self) -> None:
        """Callers begin."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """They end with the call that each is in."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in self._threads), "a call has no end"

    def more(self, n: int, seconds: float = 60) -> None:
        """Until so many more calls were answered."""
        wanted, ends = self.outcomes.total() + n, time.monotonic() + seconds
        while self.outcomes.total() < wanted:
            assert time.monotonic() < ends, "calls stand still"
            time.sleep(0.02)


def translate(client: Client, number: int) -> object:
    """What no cache knows."""
    return client.translate([f"{number} visitors came."], ["de"], source="en")


def digest(client: Client, number: int) -> object:
    """The same of an article."""
    return client.digest(f"Report {number}\n\n{number} visitors came to the museum.", ["uk"], source="en")


@contextmanager
def loads(behind: Sequence[Replica], proxy: int, callers: int) -> Iterator[dict[str, Load]]:
    """Meanwhile some callers translate, in turn through all servers, and as many ask for digests through the proxy."""
    addresses = ",".join(f"127.0.0.1:{replica.port}" for replica in behind)
    made = {
        "Translate": Load(f"ipv4:{addresses}", translate, callers),
        "Digest": Load(f"127.0.0.1:{proxy}", digest, callers),
    }
    for load in made.values():
        load.begin()
    try:
        yield made
    finally:
        for load in made.values():
            load.end()


@contextmanager
def lighter(made: Mapping[str, Load]) -> Iterator[None]:
    """Meanwhile callers rest, so that a server that starts has the cores."""
    for load in made.values():
        load.rest = 1.0
    try:
        yield
    finally:
        for load in made.values():
            load.rest = 0.0


def told(made: dict[str, Load], behind: Sequence[Replica]) -> str:
    """All counts, as a line."""
    looked = [replica.look() for replica in behind]
    counts = {m: {"calls": dict(load.outcomes), "by replica": [n[m] for n in looked]} for m, load in made.items()}
    return json.dumps(counts)
