"""`polygist serve` and the processes of its engines: killed, told to reload, and told to end."""

import re
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client.parser import text_string_to_metric_families

from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb
from tests.e2e.conftest import Running
from tests.e2e.streams import MANY, WAYS, Streams

pytestmark = pytest.mark.alone
SECONDS = 120
CLEAN = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE}


def engines(server: Running) -> list[psutil.Process]:
    children = psutil.Process(server.process.pid).children(recursive=True)
    return [p for p in children if p.is_running() and any("polygist.engines.host" in a for a in _arguments(p))]


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.ZombieProcess, psutil.NoSuchProcess):
        return []


def metric(server: Running, name: str, **labels: str) -> float:
    with urllib.request.urlopen(f"http://localhost:{server.metrics_port}/metrics", timeout=30) as page:
        families = list(text_string_to_metric_families(page.read().decode()))
    samples = [s for f in families for s in f.samples if s.name == name]
    return sum(s.value for s in samples if labels.items() <= s.labels.items())


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


class Callers:
    """Threads that translate one text after the other until they are told to stop."""

    def __init__(self, server: Running, n: int) -> None:
        self._client = Client(f"localhost:{server.port}", timeout=SECONDS, retries=False)
        self._stopping = threading.Event()
        self.answers, self.errors, self.odd = 0, list[grpc.RpcError](), list[Exception]()
        self._threads = [threading.Thread(target=self._call, args=(n,)) for n in range(n)]

    def _call(self, caller: int) -> None:
        i = 0
        while not self._stopping.is_set():
            i += 1
            texts = [f"Caller {caller} says for the {i}th time that sentence {k} is a long one." for k in range(2)]
            try:
                answer = self._client.translate(texts, ["de"], source="en")
                assert all(answer.translations[0].texts)
                self.answers += 1
            except grpc.RpcError as error:
                self.errors.append(error)
                time.sleep(0.1)
            except Exception as error:
                self.odd.append(error)

    @contextmanager
    def calling(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join(SECONDS)
            self._client.close()
        assert not any(thread.is_alive() for thread in self._threads), "a call has no end"
        assert self.odd == []


def serves(server: Running) -> str:
    """Health of the model."""
    with grpc.insecure_channel(f"localhost:{server.port}") as channel, Client(f"localhost:{server.port}") as client:
        model = client.info().models[0].id
        request = health_pb2.HealthCheckRequest(service=model)
        return str(
            health_pb2.HealthCheckResponse.ServingStatus.Name(
                health_pb2_grpc.HealthStub(channel).Check(request, timeout=SECONDS).status
            )
        )


def test_a_killed_engine_ends_no_call_without_a_status_and_is_started_again(fresh: Running) -> None:
    before = engines(fresh)
    assert before
    callers = Callers(fresh, 4)
    with callers.calling():
        until(lambda: callers.answers > 3 and metric(fresh, "polygist_requests_in_flight") > 0)
        for engine in before:
            engine.send_signal(signal.SIGKILL)
        until(lambda: metric(fresh, "polygist_engine_failures_total", kind="died") >= len(before))
        with Client(f"localhost:{fresh.port}", timeout=SECONDS) as client:  # no model is needed for this
            assert client.summarize("The deal was signed on Friday. Everybody was glad of it.").summary.lead
        until(lambda: metric(fresh, "polygist_engine_up") == 1 and len(engines(fresh)) == len(before))
        answers = callers.answers
        until(lambda: callers.answers > answers + 8)
    assert {error.code() for error in callers.errors} <= CLEAN
    assert not {engine.pid for engine in engines(fresh)} & {engine.pid for engine in before}
    assert serves(fresh) == "SERVING"
    assert fresh.process.poll() is None
    with Client(f"localhost:{fresh.port}", timeout=SECONDS) as client:
        answer = client.translate(["It goes on as before."], ["de"], source="en")
        assert answer.translations[0].texts[0]


def test_a_hangup_signal_does_not_end_the_server_nor_a_call(server: Running) -> None:
    before = {engine.pid for engine in engines(server)}
    reloads = metric(server, "polygist_reloads_total", outcome="unchanged")
    callers = Callers(server, 2)
    with callers.calling():
        until(lambda: callers.answers > 1 and metric(server, "polygist_requests_in_flight") > 0)
        for n in range(1, 3):
            server.process.send_signal(signal.SIGHUP)
            until(lambda n=n: metric(server, "polygist_reloads_total", outcome="unchanged") >= reloads + n)
        answers = callers.answers
        until(lambda: callers.answers > answers + 4)
    assert callers.errors == []
    assert server.process.poll() is None
    assert {engine.pid for engine in engines(server)} == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_first_caller_may_have_a_deadline_and_no_engine_nor_stream_outlives_its_server(
    fresh: Running, number: signal.Signals
) -> None:
    """What the warm-up has taught the server about its pace must not make it refuse ordinary work."""
    left = engines(fresh)
    assert left
    with Client(f"localhost:{fresh.port}", retries=False) as client:
        answer: pb.TranslateResponse = client.translate(
            ["The deal was signed on Friday."], ["de"], source="en", timeout=20
        )
    assert re.search(r"\w", answer.translations[0].texts[0])
    with Streams(f"localhost:{fresh.port}") as streams:
        streams.begin(("nothing sent", "between answers", "writing"), MANY)
        if number is signal.SIGKILL:
            fresh.process.send_signal(signal.SIGSTOP)
            streams.begin(("unanswered",), WAYS)
        fresh.process.send_signal(number)
        fresh.process.wait(SECONDS)
        codes = streams.codes()
    assert codes == dict.fromkeys(codes, "UNAVAILABLE")
    gone, alive = psutil.wait_procs(left, timeout=SECONDS)
    assert alive == []
    assert len(gone) == len(left)
