"""A call of a caller: who it is, what it may ask, and what that counts as."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from polygist import shares
from polygist.errors import CallerForbidden, CallerUnknown, InvalidRequest, QuotaExceeded, Violation
from polygist.metrics import Metrics
from polygist.shares import Share
from polygist.transport import amounts, callers, calls, methods
from polygist.transport.accounts import Account
from polygist.transport.callers import Caller
from polygist.transport.calls import Around, Context

_HEADER = "authorization"
_RETRY_SECONDS = 1.0


class Visit:
    """A call that has begun."""

    def __init__(self, caller: Caller, account: Account, count: Callable[[int], None]) -> None:
        self._caller, self._account, self._count = caller, account, count

    @property
    def share(self) -> Share:
        """What the caller has of what all share."""
        return self._caller.share

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the calls that the caller may have under way. Raises QuotaExceeded where it has all."""
        most = self._caller.calls_in_flight
        if most is not None and self._account.in_flight >= most:
            raise self._refused(f"{most} calls of this caller are being worked on, as many as may", _RETRY_SECONDS)
        self._account.in_flight += 1
        try:
            yield
        finally:
            self._account.in_flight -= 1

    def check(self, request: Message) -> None:
        """Raises InvalidRequest with every text that is longer than the caller's may be."""
        most = self._caller.article_characters
        if most is None:
            return
        found = [(path, size) for path, size in amounts.texts(request) if size > most]
        said = "code points, at most {} for this caller".format
        if found:
            raise InvalidRequest(*(Violation(path, f"has {size} {said(most)}", "TOO_LONG") for path, size in found))

    def pay(self, request: Message) -> None:
        """Count a request. Raises QuotaExceeded where it is too much for now."""
        if seconds := self._pay(request):
            said = f"{self._caller.characters_a_minute} characters a minute are what this caller may send"
            raise self._refused(said, seconds)

    async def pay_patiently(self, request: Message) -> None:
        """Count one of a stream, which waits meanwhile."""
        while seconds := self._pay(request):  # noqa: ASYNC110  # it is time alone that passes
            await asyncio.sleep(seconds)

    def _pay(self, request: Message) -> float:
        size, a_minute = amounts.characters(request), self._caller.characters_a_minute
        seconds = self._account.characters.take(size, a_minute) if size and a_minute else 0.0
        if not seconds:
            self._count(size)
        return seconds

    def _refused(self, said: str, seconds: float) -> QuotaExceeded:
        calls.current().beyond = True
        return QuotaExceeded(said, seconds, self._caller.name, "caller")


_current: ContextVar[Visit | None] = ContextVar("visit", default=None)


def received(request: Any, *, streamed: bool) -> None:
    """A request has come in. Raises InvalidRequest, and where it is not one of a stream QuotaExceeded."""
    visit = _current.get()
    if visit is not None and isinstance(request, Message):
        visit.check(request)
        if not streamed:
            visit.pay(request)


async def answered_for(request: Message) -> None:
    """One of a stream is to be worked on; waits until the caller may have that."""
    visit = _current.get()
    if visit is not None:
        await visit.pay_patiently(request)


class Door:
    """Lets the callers of a file in. Raises ConfigurationError where it is wrong; see `Fresh` for later changes."""

    def __init__(self, file: Path, metrics: Metrics) -> None:
        self._callers = callers.watched(file, metrics.read_again("callers"))
        self._metrics = metrics
        self._accounts: dict[str, Account] = {}

    async def enter(self, method: str, context: Context) -> Visit:
        """Raises CallerUnknown, and CallerForbidden where the caller may not call that."""
        # A large file takes some milliseconds.
        known = await asyncio.to_thread(self._callers.get) if self._callers.stale else self._callers.get()
        caller = self._caller(known, context)
        calls.called_by(caller.name)
        if method not in caller.methods:
            self._metrics.denied.labels("method").inc()
            raise CallerForbidden(f"this caller may not call {method.rpartition('/')[2]}")
        account = self._accounts.setdefault(caller.name, Account())
        return Visit(caller, account, self._metrics.caller_characters.labels(caller.name).inc)

    def share(self, name: str) -> Share:
        """That of a caller by name, as the file was read last."""
        return self._callers.held.share(name)

    def _caller(self, known: callers.Callers, context: Context) -> Caller:
        headers = [value for key, value in context.invocation_metadata() or () if key == _HEADER]
        if headers:
            found, reason = known.of_token(token) if (token := _token(headers)) else None, "token"
        else:
            peer = context.auth_context()
            found, reason = known.of_certificate(peer), "certificate" if "x509_pem_cert" in peer else "nothing"
        if found is None:
            self._metrics.denied.labels(reason).inc()
            # The same words whatever is wrong: they help nobody to guess.
            raise CallerUnknown("a token or a certificate of a known caller is needed")
        return found


def _token(headers: list[str | bytes]) -> str:
    """That of the one header there may be; "" where there are several, or it has none."""
    if len(headers) != 1 or not isinstance(headers[0], str):
        return ""
    scheme, _, token = headers[0].partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def identified(door: Door) -> Around:
    """Every call but health has a caller who may call it, and holds one of that caller's places."""

    @asynccontextmanager
    async def around(method: str, kind: str, context: Context) -> AsyncIterator[None]:
        if methods.is_open(method):
            yield
            return
        visit = await door.enter(method, context)
        _current.set(visit)
        shares.begin(visit.share)
        with visit.place():
            yield

    return around
