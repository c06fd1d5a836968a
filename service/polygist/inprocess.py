"""A whole server inside this process, reached over a private socket: the same path as any other call, no network."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry

from polygist import app
from polygist.metrics import Metrics
from polygist.settings import Settings

# Jobs, sockets, certificates and callers are those of a server; here nobody else can call.
_ALONE = {
    "jobs_dir": None,
    "host": "",
    "unix_socket": None,
    "tls_certificate": None,
    "tls_key": None,
    "tls_client_ca": None,
    "callers_file": None,
}


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Yields a target for `Client`. Raises what `app.serve` raises when it can't start."""
    with tempfile.TemporaryDirectory(prefix="polygist-") as folder:
        address = f"unix:{Path(folder, 'socket')}"
        server = _Thread(settings, address)
        server.start()
        try:
            server.wait_until_ready()
            yield address
        finally:
            server.stop()


class _Thread(threading.Thread):
    """Runs the server's event loop."""

    def __init__(self, settings: Settings, address: str) -> None:
        super().__init__(name="polygist-server", daemon=True)
        self._settings, self._address = settings, address
        self._known = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # handed to the thread that waits
            self._error = error
        finally:
            self._known.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        settings = self._settings.model_copy(update=_ALONE)
        async with app.service(settings, self._address, Metrics(CollectorRegistry()), self._stopping):
            self._known.set()
            await self._stopping.wait()

    def wait_until_ready(self) -> None:
        self._known.wait()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        if self._loop is not None and self._stopping is not None and self.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self.join()
