"""The HTTP port, asked as its clients do."""

import asyncio
import base64
import errno
import gzip
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as families

from polygist.errors import ConfigurationError
from polygist.metrics import Metrics
from polygist.settings import Settings
from polygist.web import server, users
from polygist.web.opening import open_web
from polygist.web.pages import Page
from polygist.web.server import WebServer
from tests.conftest import ROOT

# A certificate for localhost and 127.0.0.1 that signs itself, good for a hundred years, and its key: for tests alone.
TLS = ROOT / "tests" / "data" / "tls"
SECURED = {"metrics_tls_certificate": TLS / "certificate.pem", "metrics_tls_key": TLS / "key.pem"}
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
Open = Callable[..., WebServer]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One that runs in a thread of its own."""
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever)
    thread.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    thread.join()
    made.close()


@pytest.fixture
def ready() -> threading.Event:
    return threading.Event()


@pytest.fixture
def opened(loop: asyncio.AbstractEventLoop, ready: threading.Event) -> Iterator[Open]:
    with ExitStack() as stack:

        def make(**changed: object) -> WebServer:
            settings = Settings(metrics_port=0, **changed)  # type: ignore[arg-type]
            made = open_web(settings, Metrics(CollectorRegistry()).registry, loop, ready.is_set)
            stack.callback(made.close)
            return made

        yield make


def get(
    web: WebServer, path: str, method: str = "GET", context: ssl.SSLContext | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    of = {name.replace("_", "-"): value for name, value in headers.items()}
    if context:
        connection: http.client.HTTPConnection = http.client.HTTPSConnection("127.0.0.1", web.port, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    try:
        connection.request(method, path, headers=of)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_metrics_in_the_form_that_is_asked_for(opened: Open) -> None:
    web = opened()
    status, headers, body = get(web, "/metrics")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert {f.name for f in families(body.decode())} >= {"polygist_requests", "process_resident_memory_bytes"}
    status, headers, body = get(web, "/metrics", Accept=OPENMETRICS)
    assert headers["Content-Type"].startswith(OPENMETRICS)
    assert body.endswith(b"# EOF\n")
    assert {f.name for f in openmetrics_families(body.decode())} >= {"polygist_requests", "polygist_build"}


def test_metrics_come_compressed_where_that_is_understood(opened: Open) -> None:
    web = opened()
    _, headers, body = get(web, "/metrics", Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert b"polygist_requests_total" in gzip.decompress(body)
    assert "Content-Encoding" not in get(web, "/metrics", Accept_Encoding="identity")[1]


def test_some_of_the_metrics(opened: Open) -> None:
    _, _, body = get(opened(), "/metrics?name[]=polygist_glossary_terms")
    assert [f.name for f in families(body.decode())] == ["polygist_glossary_terms"]


def test_probes(opened: Open, ready: threading.Event, loop: asyncio.AbstractEventLoop) -> None:
    web = opened()
    assert [get(web, path)[0] for path in ("/healthz", "/readyz")] == [200, 503]
    ready.set()
    assert [get(web, path)[0] for path in ("/healthz", "/readyz")] == [200, 200]


def test_a_loop_that_does_not_come_round_is_no_life(
    opened: Open, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polygist.web.opening._ANSWER_SECONDS", 0.2)
    web, stuck = opened(), threading.Event()
    loop.call_soon_threadsafe(stuck.wait)
    try:
        assert get(web, "/healthz")[0] == 503
    finally:
        stuck.set()
    assert get(web, "/metrics")[0] == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        *(("/", "GET", 404), ("/metrics/", "GET", 404), ("/%6detrics", "GET", 404)),
        *(("/metrics", "POST", 405), ("/metrics", "DELETE", 405), ("/healthz", "HEAD", 200)),
        ("/metrics", "BREW", 501),
        ("/" + "a" * 70_000, "GET", 414),
    ],
)
def test_what_there_is_not(opened: Open, path: str, method: str, status: int) -> None:
    assert get(opened(), path, method)[0] == status


def test_an_address_that_is_none(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_connection(("127.0.0.1", opened().port), timeout=30) as connection:
        connection.sendall(b"GET http://[ HTTP/1.1\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.0 400 ")
    assert caplog.records == []


def test_without_a_descriptor_it_waits_for_one(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    web, tries, pauses = opened(), threading.Event(), []
    usual = socket.socket.accept

    def accept(listening: socket.socket) -> tuple[socket.socket, object]:
        if not tries.is_set():
            raise OSError(errno.EMFILE, "Too many open files")
        return usual(listening)

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        tries.set()

    monkeypatch.setattr(socket.socket, "accept", accept)
    monkeypatch.setattr("polygist.web.server.time.sleep", sleep)
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as waiting:
        waiting.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
        assert waiting.recv(1000).startswith(b"HTTP/1.0 200 ")
    assert pauses == [server._PAUSE_SECONDS]


def test_only_users_read_metrics_and_all_see_probes(opened: Open, tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text(users.line("prometheus", "secret") + "\n")
    web = opened(metrics_users=file)
    right = "Basic " + base64.b64encode(b"prometheus:secret").decode()
    status, headers, body = get(web, "/metrics")
    assert (status, b"polygist_" in body) == (401, False)
    assert headers["WWW-Authenticate"].startswith("Basic")
    assert get(web, "/metrics", Authorization=right[:-4] + "xx==")[0] == 401
    assert get(web, "/metrics", Authorization=right)[0] == 200
    assert get(web, "/healthz")[0] == 200


def test_tls(opened: Open) -> None:
    web = opened(**SECURED)
    trusting = ssl.create_default_context(cafile=TLS / "certificate.pem")
    assert get(web, "/metrics", context=trusting)[0] == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        get(web, "/metrics", context=ssl.create_default_context())
    with pytest.raises((http.client.BadStatusLine, ConnectionError)):
        get(web, "/metrics")


@pytest.mark.parametrize("secured", [{}, SECURED])
def test_silent_clients_hold_nobody_up(opened: Open, secured: dict[str, Path]) -> None:
    web = opened(**secured)
    context = ssl.create_default_context(cafile=TLS / "certificate.pem") if secured else None
    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", web.port)))
            for _ in range(2 * server.MOST_CONNECTIONS)
        ]
        silent[-1].sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        assert get(web, "/metrics", context=context)[0] == 200
        # The first of them had to go.
        silent[0].settimeout(30)
        assert silent[0].recv(1) == b""


def test_nobody_stays_for_ever(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LIFE_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", opened().port), timeout=30) as slow:
        slow.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        stop = threading.Event()
        dripping = threading.Thread(target=_drip, args=(slow, stop))
        dripping.start()
        try:
            assert slow.recv(1) == b""
        except ConnectionResetError:
            pass
        finally:
            stop.set()
            dripping.join()


def _drip(connection: socket.socket, stop: threading.Event) -> None:
    """A byte now and then."""
    with suppress(OSError):
        while not stop.wait(0.05):
            connection.sendall(b"x")


def test_a_client_that_takes_no_answer_is_let_go(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SILENCE_SECONDS", 0.2)
    over = threading.Event()
    # More than the buffers of any kernel's sockets.
    web = WebServer("127.0.0.1", 0, lambda request: Page(HTTPStatus.OK, bytes(64_000_000)))
    shut = web._server.shutdown_request
    monkeypatch.setattr(web._server, "shutdown_request", lambda request: (shut(request), over.set()))
    try:
        with socket.create_connection(("127.0.0.1", web.port), timeout=30) as deaf:
            deaf.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert over.wait(30)
            taken = 0
            with suppress(ConnectionResetError):
                while chunk := deaf.recv(1_000_000):
                    taken += len(chunk)
            assert taken < 64_000_000
    finally:
        web.close()


def test_a_port_in_use_and_bad_files_are_errors(opened: Open, tmp_path: Path) -> None:
    web = opened()
    with pytest.raises(ConfigurationError, match=f"can't listen on 127.0.0.1:{web.port} for metrics"):
        WebServer("127.0.0.1", web.port, lambda request: pytest.fail("nobody asks"))
    with pytest.raises(ConfigurationError, match="go together"):
        opened(metrics_tls_key=TLS / "key.pem")
    with pytest.raises(ConfigurationError, match="can't use"):
        opened(metrics_tls_key=TLS / "key.pem", metrics_tls_certificate=tmp_path / "none")
    with pytest.raises(ConfigurationError, match="can't use"):
        opened(metrics_tls_key=TLS / "key.pem", metrics_tls_certificate=TLS / "key.pem")
