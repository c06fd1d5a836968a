"""A small HTTP server for pages that are made in memory.

Its threads are its own: nothing here waits on the event loop. The server that comes with prometheus_client shakes hands
with TLS clients in the thread that accepts, so that one who is silent locks out all others, and waits for ever for the
rest of a request, in as many threads as there are connections.
"""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from polygist.errors import ConfigurationError
from polygist.places import place
from polygist.web.pages import Page, Request

_log = logging.getLogger(__name__)

Answer = Callable[[Request], Page]
# What a connection that begins is secured with.
Contexts = Callable[[], ssl.SSLContext]

# One more connection, and the oldest one has to go.
MOST_CONNECTIONS = 32
# A connection without a byte for so long is at its end, and any that is so old.
SILENCE_SECONDS = 5.0
LIFE_SECONDS = 30.0
# Where no connection can be taken, as without a free descriptor, it waits on, and so is asked for again at once.
_PAUSE_SECONDS = 0.5


class WebServer:
    """Listens from its making to `close`. `port` is where.

    Raises ConfigurationError where the address can't be had.
    """

    def __init__(self, host: str, port: int, answer: Answer, contexts: Contexts | None = None) -> None:
        """Without `contexts` there is no TLS."""
        try:
            self._server = _Server(host, port, partial(_Handler, answer), contexts)
        except OSError as error:
            raise ConfigurationError(f"can't listen on {host}:{port} for metrics: {error.strerror}") from error
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="web", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening. Blocks for half a second at most."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """A thread for each of a bounded number of connections."""

    daemon_threads = True
    # As many as are let in may knock at once.
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, host: str, port: int, handler: Any, contexts: Contexts | None) -> None:
        self._contexts = contexts
        self._lock = threading.Lock()
        # Oldest first.
        self._open: dict[socket.socket, float] = {}
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), handler)

    def server_bind(self) -> None:
        # That of HTTPServer asks the name service for the host's name, which may take long.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def get_request(self) -> tuple[Any, Any]:
        try:
            return super().get_request()
        except OSError as error:
            _log.warning("a connection to the HTTP port can't be taken: %s", type(error).__name__)
            with self._lock:
                for oldest in list(self._open)[:1]:
                    self._end(oldest)
            time.sleep(_PAUSE_SECONDS)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            oldest = next(iter(self._open)) if len(self._open) >= MOST_CONNECTIONS else None
            if oldest:
                self._end(oldest)
            self._open[request] = time.monotonic()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        request.settimeout(SILENCE_SECONDS)
        try:
            with self._secured(request) as connection:
                self.finish_request(connection, client_address)
        except OSError as error:  # the client's doing, or the end that it was put to
            _log.debug("a connection to the HTTP port broke: %s", type(error).__name__)
        except Exception as error:
            _log.error("a request to the HTTP port failed\n%s", place(error))
        finally:
            with self._lock:
                self._open.pop(request, None)
            self.shutdown_request(request)

    def _secured(self, request: socket.socket) -> socket.socket:
        """The connection itself, or TLS over it. Either has a descriptor of its own, so that `_end` reaches both."""
        if self._contexts is None:
            return request.dup()
        return self._contexts().wrap_socket(request.dup(), server_side=True)

    def service_actions(self) -> None:
        """Every half second: those go that have been there for too long."""
        with self._lock:
            born = time.monotonic() - LIFE_SECONDS
            for old in [connection for connection, since in self._open.items() if since < born]:
                self._end(old)

    def _end(self, connection: socket.socket) -> None:
        """Its thread, wherever it waits, finds the connection closed."""
        self._open.pop(connection, None)
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            _log.debug("a connection that was to be closed had closed itself")


class _Handler(BaseHTTPRequestHandler):
    """One request for each connection: scrapes and probes come every few seconds."""

    server_version, sys_version = "polygist", ""

    def __init__(self, answer: Answer, *arguments: Any) -> None:
        self._answer = answer
        super().__init__(*arguments)

    def do_GET(self) -> None:
        try:
            url = urlsplit(self.path)
        except ValueError:
            self._send(Page(HTTPStatus.BAD_REQUEST, b"the address can't be read\n"))
            return
        certified = isinstance(self.connection, ssl.SSLSocket) and bool(self.connection.getpeercert())
        self._send(self._answer(Request(url.path, url.query, self.headers, certified)))

    do_HEAD = do_GET

    def _refuse(self) -> None:
        self._send(Page(HTTPStatus.METHOD_NOT_ALLOWED, b"only GET and HEAD\n", {"Allow": "GET, HEAD"}))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse

    def _send(self, page: Page) -> None:
        self.send_response(page.status)
        for name, value in {**page.headers, "Content-Length": str(len(page.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes and probes are no news."""
