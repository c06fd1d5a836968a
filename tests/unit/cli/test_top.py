"""The live view: no figure is cut, no server's word is obeyed, and a server may go and come back."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from rich.console import Console
from typer.testing import CliRunner

from polygist.cli.main import app
from polygist.cli.top import Look, Status, looks, view
from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

BEFORE = Status(uptime=Duration(seconds=10), process="a")


def busy(name: str = "gemma3-270m-embedded", process: str = "a") -> Status:
    """A server that has done much; its name is that of everything that has one."""
    now = Status(version="0.1.0", state=Status.STATE_SERVING, uptime=Duration(seconds=12), process=process)
    model = now.models.add(id=name, serving=True, batches=40, batched_segments=604, busy=Duration(seconds=1))
    model.input_tokens, model.output_tokens, model.dropped_segments, model.engine_failures = 246_000, 9_000, 12_345, 7
    model.queues.add(priority=pb.PRIORITY_INTERACTIVE, segments=13_400)
    model.queues.add(priority=pb.PRIORITY_BULK, segments=1_250_000)
    now.methods.add(method=name, ok=123_456, refused=8_765, failed=432, time=Duration(seconds=132_653))
    now.cache.add(tier=name, hits=310, misses=5, bytes=100_000_000, errors=9_999)
    return now


def shown(look: Look, width: int, *, colours: bool = True) -> str:
    """What a terminal of such a width gets, escape sequences and all."""
    console = Console(width=width, file=io.StringIO(), color_system="standard" if colours else None)
    with console.capture() as text:
        console.print(view(look))
    return text.get()


FIGURES = {
    *("13k", "1.2M", "20.0", "15.1", "50%", "123k", "4500", "12k", "7"),
    *("66k", "1.000", "123k", "8765", "432"),
    *("155", "2.5", "98%", "95.4", "9999"),
}


@pytest.mark.parametrize("width", [200, 80, 40, 20])
def test_no_figure_is_cut(width: int) -> None:
    text = shown(Look(BEFORE, busy()), width, colours=False)
    assert set(text.split()) >= FIGURES
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("width", [200, 40])
@pytest.mark.parametrize(
    "word", ["[/]", "[red]x", "[link=http://a.example]b[/link]", "a\x1b[2Jb", "a\x1b]0;b\x07", "a\u202eb\r\nc"]
)
def test_what_a_server_says_is_text(word: str, width: int) -> None:
    now = busy(word)
    now.version = word
    text = shown(Look(BEFORE, now), width)
    printed = "".join(c for c in word if c.isprintable())
    assert text.count(printed) == 4
    assert [bad for bad in ("\x1b[2J", "\x1b]", "\x07", "\r", "\u202e") if bad in text] == []


def test_a_state_of_a_newer_server_is_a_number() -> None:
    now = busy()
    now.state = 77  # type: ignore[assignment]
    assert "77" in shown(Look(BEFORE, now), 80)


@pytest.mark.parametrize("uptime", [5, 500])
def test_another_process_counts_from_its_own_start(uptime: int) -> None:
    before, now = busy(), busy(process="b")
    before.uptime.seconds, now.uptime.seconds = 100, uptime
    now.models[0].input_tokens = 30 * uptime
    text = shown(Look(before, now), 200)
    assert "-" not in text.replace("gemma3-270m-embedded", "")
    assert "30.0" in text


class Telling(polygist_pb2_grpc.PolygistServicer):
    """Tells nothing but whose process it is."""

    def __init__(self, process: str) -> None:
        self._process = process

    def GetStatus(self, request: pb.GetStatusRequest, context: Any) -> pb.GetStatusResponse:
        return Status(process=self._process, version="0.1.0", state=Status.STATE_SERVING)


@contextmanager
def telling(process: str, port: int = 0) -> Iterator[int]:
    """A server, and its port."""
    with ThreadPoolExecutor(1) as threads:
        server = grpc.server(threads)
        polygist_pb2_grpc.add_PolygistServicer_to_server(Telling(process), server)
        port = server.add_insecure_port(f"127.0.0.1:{port}")
        server.start()
        try:
            yield port
        finally:
            server.stop(0).wait()


def test_a_server_that_went_is_looked_for_until_it_is_back() -> None:
    with telling("a") as port:
        client = Client(f"127.0.0.1:{port}", 5, retries=False)
        seen = looks(client, 0.05)
        assert next(seen).silence == ""
        assert next(seen).now.process == "a"
    gone = next(look for look in seen if look.silence)
    assert gone.now.process == "a"
    assert "UNAVAILABLE" in gone.silence
    assert gone.silence in shown(gone, 80)
    assert next(seen).silence == gone.silence  # since then, not since now
    with telling("b", port):
        back = next(look for look in seen if not look.silence)
    assert back.now.process == "b"
    client.close()


def test_the_first_look_must_have_an_answer() -> None:
    with telling("a") as port:
        pass
    ended = CliRunner().invoke(app, ["top", "--server", f"127.0.0.1:{port}"])
    assert ended.exit_code == 3


def test_without_a_terminal_it_looks_twice_and_ends() -> None:
    with telling("a") as port:
        ended = CliRunner().invoke(app, ["top", "--server", f"127.0.0.1:{port}", "--interval", "0.1"])
    assert ended.exit_code == 0
    assert ended.stdout.startswith("polygist 0.1.0  serving")
    assert "\x1b" not in ended.stdout
