"""A real Redis server on a Unix socket in a folder of its own."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import redis

PASSWORD = "hunter2-secret"  # noqa: S105


class RedisServer:
    """Use as a context; `kill` and `start` may follow each other. Fails where redis-server is not installed."""

    def __init__(self, *options: str) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            raise RuntimeError("these tests need redis-server: apt-get install redis-server")
        self._command = [binary, *options]
        # A socket's path must be short.
        self._folder = Path(tempfile.mkdtemp(prefix="polygist-"))
        self._socket = self._folder / "socket"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://:{PASSWORD}@{self._socket}"

    def start(self) -> None:
        settings = {"port": "0", "unixsocket": str(self._socket), "save": "", "dir": str(self._folder)}
        settings["requirepass"] = PASSWORD
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        self._process = subprocess.Popen([*self._command, *arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        with self.client() as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.exceptions.ConnectionError:
                    if self._process.poll() is not None or time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> redis.Redis:
        """A client of the test's own."""
        return redis.Redis.from_url(self.url)

    def __enter__(self) -> "RedisServer":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self._folder)
