"""What callers get from a server to which everything happens: its model's files are deleted, its disk fills, its memory
is limited, the clock jumps, callers vanish, processes stand still or are killed.

    python bench/chaos.py [--only "engine killed,disk full"] [--seconds 15]

As root on Linux, with a C compiler (for bench/wallclock.c) and the embedded model, which is copied to a tmpfs. Every
call must have one outcome, an answer or a status with its reason, and the server must answer again after each; exit
code 1 otherwise. Prints the counts and writes them to bench/results/chaos.json; a part alone replaces its own.
"""

import argparse
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import grpc
import psutil
from google.rpc import error_details_pb2
from grpc_status import rpc_status

sys.path.insert(0, str(Path(__file__).parent / "serving"))
import results

from polygist.client import Client
from polygist.settings import Settings

POLYGIST = Path(sys.executable).with_name("polygist")
WALLCLOCK = Path(__file__).with_name("wallclock.c")
CALLERS, TIMEOUT_SECONDS, LATE_SECONDS, BACK_SECONDS = 4, 20, 5, 90
# Beyond the model's files, for caches, jobs and logs.
SPARE_BYTES = 24 * 2**20
# Said by grpc itself where there is no server to say why.
OF_THE_CONNECTION = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
_NUMBERS = count(int(time.time()) % 10**6)


class Server:
    """`polygist serve` on a disk of its own."""

    def __init__(self, disk: Path) -> None:
        self.disk, self.clock = disk, disk.parent / "clock"
        self.set_clock(0)
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def set_clock(self, seconds: int) -> None:
        """How far a clock that is `wrong` is from the right one."""
        with self.clock.open("r+b" if self.clock.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))

    def start(self, *, wrong: bool = False) -> None:
        """`wrong`: with a wall clock of its own, and all other clocks as they are."""
        names = {"CACHE_DIR": self.disk, "JOBS_DIR": self.disk / "jobs", "CACHE_DISK_BYTES": 2**22, "PORT": self.port}
        names |= {"METRICS_PORT": 0, "LOG_LEVEL": "WARNING", "CACHE_MEMORY_BYTES": 0}
        clock = {"LD_PRELOAD": self._library(), "WALLCLOCK": self.clock} if wrong else {}
        given = {f"POLYGIST_{name}": value for name, value in names.items()} | clock
        environment = os.environ | {name: str(value) for name, value in given.items()}
        log = (self.disk.parent / "log").open("a")
        self.process = subprocess.Popen(
            [POLYGIST, "serve"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        said = self.process.stdout.readline() if self.process.stdout else ""
        if not (ready := re.match(r"serving grpc=(\d+)", said)):
            raise SystemExit("the server did not start")
        self.port = int(ready[1])

    def _library(self) -> Path:
        made = self.disk.parent / "wallclock.so"
        subprocess.run(["/usr/bin/cc", "-O2", "-shared", "-fPIC", "-o", made, WALLCLOCK, "-ldl"], check=True)
        return made

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def tree(self) -> list[psutil.Process]:
        """The server and its engines."""
        own = psutil.Process(self.process.pid if self.process else 0)
        return [own, *own.children(recursive=True)]

    @property
    def engine(self) -> psutil.Process:
        """Its first; one that was killed is replaced within seconds."""
        ends = time.monotonic() + BACK_SECONDS
        while time.monotonic() < ends:
            if len(found := self.tree) > 1:
                return found[1]
            time.sleep(0.1)
        raise SystemExit("there is no engine")

    def end(self, number: signal.Signals) -> None:
        if self.process:
            self.process.send_signal(number)
            self.process.wait(60)


class Load:
    """Callers who ask for everything, one thing after the other, and what each call came to."""

    def __init__(self, port: int, *, retries: bool) -> None:
        self.begun, self.outcomes, self.faults = 0, Counter[str](), Counter[str]()
        self._port, self._retries = port, retries
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(i,), daemon=True) for i in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _call(self, i: int) -> None:
        with Client(f"127.0.0.1:{self._port}", timeout=TIMEOUT_SECONDS, retries=self._retries) as client:
            while not self._stopping.is_set():
                with self._lock:
                    self.begun += 1
                begun = time.monotonic()
                outcome, fault = _outcome(client, ASKED[next(_NUMBERS) % len(ASKED)])
                late = time.monotonic() - begun > TIMEOUT_SECONDS + LATE_SECONDS
                with self._lock:
                    self.outcomes[outcome] += 1
                    if fault or late:
                        self.faults["late" if late else fault] += 1
                if outcome != "OK":
                    time.sleep(0.1)

    def end(self) -> None:
        self._stopping.set()
        ends = time.monotonic() + TIMEOUT_SECONDS + 2 * LATE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        if lost := self.begun - self.outcomes.total():
            self.faults["no outcome"] += lost


def _translate(client: Client) -> object:
    return client.translate([f"{next(_NUMBERS)} visitors came to the museum on Sunday."], ["de", "uk"], source="en")


def _digest(client: Client) -> object:
    n = next(_NUMBERS)
    return client.digest(f"Report {n}\n\n{n} visitors came to the museum. It will open again on day {n}.", ["uk"])


def _many(client: Client) -> object:
    articles = [(str(i), f"Report {next(_NUMBERS)}\n\nIt has rained since Monday.") for i in range(3)]
    answers = list(client.digest_many(articles, ["de"], source="en", timeout=TIMEOUT_SECONDS))
    if sorted(answer.id for answer in answers) != ["0", "1", "2"]:
        raise LookupError("not one answer for each article")
    return answers


def _detect(client: Client) -> object:
    return client.detect(["Somebody waits for this."])


ASKED: list[Callable[[Client], object]] = [_translate, _digest, _many, _detect]


def _outcome(client: Client, ask: Callable[[Client], object]) -> tuple[str, str]:
    """The code that a call ended with, and what is wrong with that: a status of our own without its reason."""
    try:
        ask(client)
    except grpc.RpcError as error:
        code = error.code()
        return code.name, "" if _reason(error) or code in OF_THE_CONNECTION else f"{code.name} without a reason"
    except LookupError as error:
        return "OK", str(error)
    return "OK", ""


def _reason(error: Any) -> str:
    status, info = rpc_status.from_call(error), error_details_pb2.ErrorInfo()
    for detail in status.details if status else ():
        if detail.Unpack(info):
            return info.reason
    return ""


def _answers(port: int) -> float:
    """Seconds until calls of all kinds are answered again."""
    begun = time.monotonic()
    while time.monotonic() - begun < BACK_SECONDS:
        with Client(f"127.0.0.1:{port}", timeout=TIMEOUT_SECONDS, retries=False) as client:
            if all(_outcome(client, ask) == ("OK", "") for ask in ASKED):
                return time.monotonic() - begun
        time.sleep(0.2)
    return float("inf")


# What happens: each a generator that does it, waits while it is so, and undoes it.

Chaos = Callable[[Server, float], Iterator[None]]


def engine_killed(server: Server, seconds: float) -> Iterator[None]:
    """kill -9 of the engine, twice."""
    for _ in range(2):
        server.engine.kill()
        yield from _wait(seconds / 2)


def files_deleted(server: Server, seconds: float) -> Iterator[None]:
    """The model's files are deleted, and then its engine is killed and a reload asked for; then they come back."""
    models, aside = server.disk / "models", server.disk / "elsewhere"
    models.rename(aside)
    yield from _wait(seconds / 3)
    server.engine.kill()
    if server.process:
        server.process.send_signal(signal.SIGHUP)
    yield from _wait(seconds / 3)
    aside.rename(models)
    yield from _wait(seconds / 3)


def disk_full(server: Server, seconds: float) -> Iterator[None]:
    """No byte is left for caches and batch jobs, one of which is ordered meanwhile."""
    file = server.disk / "fills"
    with suppress(OSError), file.open("wb") as filling:
        while True:
            filling.write(b"\0" * 2**16)
            filling.flush()
    yield from _wait(seconds)
    file.unlink()


def memory_limited(server: Server, seconds: float) -> Iterator[None]:
    """The next engine may have half the memory that one has, by cgroup; the kernel kills it. Then it may have all."""
    group, limit = _memory_group()
    half = server.engine.memory_info().rss // 2
    own = str(server.process.pid if server.process else 0)
    try:
        (group / limit).write_text(str(half))
        (group / "cgroup.procs").write_text(own)
        server.engine.kill()
        yield from _wait(seconds)
    finally:
        (group / limit).write_text("max" if limit == "memory.max" else "-1")
        for process in server.tree:
            (group.parent / "cgroup.procs").write_text(str(process.pid))
        with suppress(OSError):
            group.rmdir()


def _memory_group() -> tuple[Path, str]:
    """A group of cgroup v2 or v1, and the name of its limit."""
    root = Path("/sys/fs/cgroup")
    old = (root / "memory" / "memory.limit_in_bytes").exists()
    group = (root / "memory" if old else root) / f"polygist-chaos-{os.getpid()}"
    group.mkdir()
    return group, "memory.limit_in_bytes" if old else "memory.max"


def clock_jumps(server: Server, seconds: float) -> Iterator[None]:
    """The wall clock goes a day ahead, then two back, then right again."""
    for seconds_off in (86_400, -86_400, 0):
        server.set_clock(seconds_off)
        yield from _wait(seconds / 3)


def callers_vanish(server: Server, seconds: float) -> Iterator[None]:
    """Processes with calls under way are killed."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        command = [sys.executable, __file__, "--vanish", str(server.port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as caller:
            if caller.stdout:
                caller.stdout.readline()
            time.sleep(0.3)
            caller.kill()
        yield


def stand_still(server: Server, seconds: float) -> Iterator[None]:
    """SIGSTOP and SIGCONT: the engine, then the server with it."""
    for some in (server.tree[1:], server.tree):
        for process in some:
            process.suspend()
        yield from _wait(seconds / 4)
        for process in reversed(some):
            process.resume()
        yield from _wait(seconds / 4)


def killed(server: Server, seconds: float) -> Iterator[None]:
    """kill -9 of the server, and another start; callers try again as the client does."""
    engines = server.tree[1:]
    server.end(signal.SIGKILL)
    _, left = psutil.wait_procs(engines, timeout=15)
    if left:
        raise SystemExit("engines live on without their server")
    server.start()
    yield from _wait(seconds)


def _wait(seconds: float) -> Iterator[None]:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(0.1)
        yield


PARTS: dict[str, Chaos] = {
    "engine killed": engine_killed,
    "model's files deleted": files_deleted,
    "disk full": disk_full,
    "memory limited": memory_limited,
    "clock jumps": clock_jumps,
    "callers vanish": callers_vanish,
    "stopped and continued": stand_still,
    "killed and started": killed,
}


@contextmanager
def a_disk() -> Iterator[Path]:
    """A small tmpfs with the model and the dictionaries on it."""
    own = [Settings().cache_dir / name for name in ("models", "dictionaries")]
    size = sum(f.stat().st_size for folder in own for f in folder.rglob("*") if f.is_file())
    with tempfile.TemporaryDirectory() as folder:
        disk = Path(folder, "disk")
        disk.mkdir()
        subprocess.run(["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={size + SPARE_BYTES}", "tmpfs", disk], check=True)
        try:
            for folder in own:
                shutil.copytree(folder, disk / folder.name)
            yield disk
        finally:
            subprocess.run(["/usr/bin/umount", "-l", disk], check=True)


def run(parts: list[str], seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with ExitStack() as stack:
        server = Server(stack.enter_context(a_disk()))
        server.start()
        stack.callback(lambda: server.end(signal.SIGKILL))
        for name in parts:
            if name == "clock jumps":
                server.end(signal.SIGTERM)
                server.start(wrong=True)
            _answers(server.port)
            load = Load(server.port, retries=name == "killed and started")
            time.sleep(2)
            for _ in PARTS[name](server, seconds):
                pass
            back = _answers(server.port) if server.alive else float("inf")
            load.end()
            found[name] = {"outcomes": dict(load.outcomes), "faults": dict(load.faults), "back_seconds": round(back, 1)}
            sys.stdout.write(f"{name}: {found[name]}\n")
            sys.stdout.flush()
            if name == "clock jumps":
                server.end(signal.SIGTERM)
                server.start()
        if server.alive:
            server.end(signal.SIGTERM)
            found["end"] = {"exit": server.process.returncode if server.process else None}
        log = (server.disk.parent / "log").read_text(encoding="utf-8", errors="replace")
        found["end"] |= {"log_lines": log.count("\n"), "tracebacks": log.count("Traceback")}
        if found["end"]["tracebacks"]:
            sys.stdout.write(log)
    return found


def vanish(port: str) -> None:
    """Begin many calls, say so, and wait for the end."""
    with Client(f"127.0.0.1:{port}", timeout=60) as client:
        for _ in range(8):
            threading.Thread(target=_outcome, args=(client, _translate), daemon=True).start()
        threading.Thread(target=_outcome, args=(client, _many), daemon=True).start()
        time.sleep(0.2)
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        time.sleep(60)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    arguments.add_argument("--seconds", type=float, default=15)
    arguments.add_argument("--vanish", default="", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.vanish:
        vanish(options.vanish)
        return
    found = run(options.only.split(","), options.seconds)
    file = results.FOLDER / "chaos.json"
    before = results.load(file).get("chaos", {"found": {}})["found"]
    whole = found.keys() >= PARTS.keys()
    results.keep("chaos", before | {name: part for name, part in found.items() if whole or name in PARTS}, file)
    bad = [name for name, part in found.items() if part.get("faults") or part.get("back_seconds", 0) > BACK_SECONDS]
    sys.stdout.write(f"{found['end']}\nfaults: {', '.join(bad) or 'none'}\n")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
