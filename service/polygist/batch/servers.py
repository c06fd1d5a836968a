"""The servers of a job: a thread and a stream each, all taking from one window, each as fast as it answers."""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import grpc

from polygist.batch.items import Fault
from polygist.batch.outcomes import Outcome, answered, failed, fault_of
from polygist.batch.window import Hands, Task, Window
from polygist.errors import ServersLost
from polygist.v1 import polygist_pb2 as pb

# What a server says of an article that it may take another time.
_TRANSIENT = {code.value[0] for code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)}
_FIRST_SECONDS, _LONGEST_SECONDS = 0.5, 30.0
_INFO_SECONDS = 10.0
# Sent beyond what a server works on, so that it never waits for the way here and back.
_AHEAD = 4


class Engine(Protocol):
    """What a job needs of `polygist.client.Client`."""

    def info(self, timeout: float | None = None) -> pb.GetInfoResponse: ...

    def digest_many(self, items: Iterable[pb.DigestManyRequest], *, ahead: int) -> Iterator[pb.DigestManyResponse]: ...


@dataclass(frozen=True)
class Done:
    """A task has its outcome."""

    task: Task
    outcome: Outcome


@dataclass(frozen=True)
class Gone:
    """A thread has ended; with an error where that was too early."""

    thread: threading.Thread
    error: Exception | None = None


class Patience:
    """Growing pauses while a server gives no answer, up to `seconds` in all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next, self._until = _FIRST_SECONDS, 0.0
        self._since: float | None = None

    def answered(self) -> None:
        """All is well."""
        self._next, self._since = _FIRST_SECONDS, None

    def failed(self) -> bool:
        """False where it has lasted too long. Failures within a pause are part of the same trouble."""
        now = time.monotonic()
        self._since = self._since or now
        if now >= self._until:
            self._until = now + self._next * random.uniform(0.5, 1)
            self._next = min(self._next * 2, _LONGEST_SECONDS)
        return now - self._since <= self._seconds

    @property
    def left(self) -> float:
        """Seconds of the pause that are left."""
        return max(0.0, self._until - time.monotonic())


class Server(threading.Thread):
    """Reports a Done for each task that it takes, and at its end a Gone."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        window: Window,
        request: pb.DigestRequest,
        report: Callable[[Any], None],
        patience_seconds: float,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._engine, self._window, self._report = engine, window, report
        self._request, self._about = request, about
        self._patience = Patience(patience_seconds)
        self._stopping = threading.Event()

    def run(self) -> None:
        try:
            error = self._work()
        except Exception as unforeseen:  # handed to the thread that waits
            error = unforeseen
        self._report(Gone(self, error))

    def stop(self) -> None:
        """Let no pause last longer."""
        self._stopping.set()

    def _work(self) -> Exception | None:
        """One stream after the other until nothing is left; the error that was one too many."""
        while not self._stopping.is_set():
            hands = Hands()
            try:
                info = self._engine.info(timeout=_INFO_SECONDS)
                now = described(info)
                if self._about is not None and now != self._about:
                    return ServersLost(f"it is not what it was at the job's start, but {said(now)}")
                self._talk(hands, info.limits)
                return None
            except grpc.RpcError as error:
                self._broken(hands, error)
                if self._window.closed:
                    return None
                if not self._patience.failed():
                    return error
                self._stopping.wait(self._patience.left)
        return None

    def _talk(self, hands: Hands, limits: pb.Limits) -> None:
        ahead = (limits.max_articles_in_flight or 1) + _AHEAD
        for answer in self._engine.digest_many(self._requests(hands, limits), ahead=ahead):
            task = hands.tasks[int(answer.id)]
            if answer.HasField("digest"):
                self._patience.answered()
                self._finish(hands, task, answered(task.item, answer.digest))
            elif answer.error.code not in _TRANSIENT:
                self._patience.answered()
                self._finish(hands, task, failed(task.item, fault_of(answer.error)))
            else:
                patient = self._patience.failed()
                if not self._window.may_retry(hands, task, last=not patient):
                    self._finish(hands, task, failed(task.item, fault_of(answer.error)))
                elif not patient:
                    raise _Refused(answer.error.message)
        if hands.tasks:
            raise _Refused("the stream ended before all was answered")

    def _requests(self, hands: Hands, limits: pb.Limits) -> Iterator[pb.DigestManyRequest]:
        """Runs in grpc's thread."""
        while True:
            self._stopping.wait(self._patience.left)
            if (task := self._window.take(hands)) is None:
                return
            request = self._made(task)
            if limits.max_message_bytes and request.ByteSize() > limits.max_message_bytes:
                message = f"the article does not fit into a message of {limits.max_message_bytes:,} bytes"
                self._finish(hands, task, failed(task.item, Fault("INVALID_ARGUMENT", "TOO_LARGE", message)))
                continue
            yield request

    def _made(self, task: Task) -> pb.DigestManyRequest:
        request = pb.DigestManyRequest(id=str(task.item.position), digest=self._request)
        if task.item.article:
            request.digest.article.CopyFrom(task.item.article)
        if task.item.language:
            request.digest.source_language = task.item.language
        return request

    def _finish(self, hands: Hands, task: Task, outcome: Outcome) -> None:
        if self._window.finish(hands, task):
            self._report(Done(task, outcome))

    def _broken(self, hands: Hands, error: grpc.RpcError) -> None:
        """The others get what this stream had."""
        code = error.code().name if isinstance(error, grpc.Call) else "UNKNOWN"
        fault = Fault(code, "STREAM_BROKEN", "the connection broke too often while the article was worked on")
        for task in self._window.drop(hands):
            self._finish(hands, task, failed(task.item, fault))


class _Refused(grpc.RpcError):
    """A server answers, and refuses every article."""


def described(info: pb.GetInfoResponse) -> dict[str, Any]:
    """What all servers of a job must have in common: models, as in "gemma3-270m-embedded 38fd83b147d4", and the sha256
    of the glossary file, if there is one."""
    return {"models": sorted(f"{m.id} {m.revision}" for m in info.models), "server_glossary": info.glossary_sha256}


def said(about: Mapping[str, Any]) -> str:
    """The same in words."""
    glossary = about["server_glossary"]
    return ", ".join(about["models"]) + (f" and glossary {glossary[:12]}" if glossary else "")
