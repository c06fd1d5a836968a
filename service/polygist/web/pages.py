"""What the HTTP port answers."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from typing import Any

from prometheus_client import CollectorRegistry, make_wsgi_app

from polygist.web import accept
from polygist.web.users import Users

Probe = Callable[[], bool]
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@dataclass(frozen=True)
class Request:
    """What is asked for, and whether the client has shown a certificate that is good; `headers` are found by name
    whatever their case."""

    path: str
    query: str = ""
    headers: Message = field(default_factory=Message)
    certified: bool = False


@dataclass(frozen=True)
class Page:
    """An answer."""

    status: HTTPStatus
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: _PLAIN)


class Pages:
    """`/metrics` for `users` (None: for all) who are `certified` where that is asked, `/healthz` and `/readyz` for all.

    Safe for many threads.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        alive: Probe,
        ready: Probe,
        users: Users | None,
        *,
        certified: bool = False,
    ) -> None:
        self._metrics, self._users, self._certified = make_wsgi_app(registry), users, certified
        self._alive, self._ready = alive, ready
        self._turns = threading.Lock()
        self._pages = {"/metrics": self._scraped, "/healthz": self._healthz, "/readyz": self._readyz}

    def __call__(self, request: Request) -> Page:
        """The page asked for; one that says so where there is none."""
        page = self._pages.get(request.path)
        return page(request) if page else _said(HTTPStatus.NOT_FOUND, ", ".join(self._pages))

    def _healthz(self, request: Request) -> Page:
        return _verdict(self._alive())

    def _readyz(self, request: Request) -> Page:
        return _verdict(self._ready())

    def _scraped(self, request: Request) -> Page:
        if self._certified and not request.certified:
            return _said(HTTPStatus.FORBIDDEN, "show a certificate")
        if self._users and not self._users.admit(request.headers.get("Authorization", "")):
            headers = {**_PLAIN, "WWW-Authenticate": 'Basic realm="polygist", charset="UTF-8"'}
            return Page(HTTPStatus.UNAUTHORIZED, b"who are you?\n", headers)
        # One at a time: many scrapes take the time of one thread from the calls, not of many.
        with self._turns:
            return self._exposed(request)

    def _exposed(self, request: Request) -> Page:
        """The metrics, in the form and with the compression that the headers ask for."""
        headers = {"Vary": "Accept, Accept-Encoding"}

        def start(status: str, found: list[tuple[str, str]], *_: object) -> Any:
            headers.update(found)

        environment = {"REQUEST_METHOD": "GET", "PATH_INFO": request.path, "QUERY_STRING": request.query}
        # The library knows no weights and takes whatever version is named.
        environment["HTTP_ACCEPT"] = accept.form(_all(request, "Accept"))
        environment["HTTP_ACCEPT_ENCODING"] = "gzip" if accept.gzip(_all(request, "Accept-Encoding")) else ""
        return Page(HTTPStatus.OK, b"".join(self._metrics(environment, start)), headers)


def _all(request: Request, name: str) -> str:
    """A header that may be given in parts."""
    return ",".join(request.headers.get_all(name, []))


def _said(status: HTTPStatus, text: str) -> Page:
    return Page(status, f"{text}\n".encode())


def _verdict(holds: bool) -> Page:
    return _said(HTTPStatus.OK, "ok") if holds else _said(HTTPStatus.SERVICE_UNAVAILABLE, "not now")
