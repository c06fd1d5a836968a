"""From a Hub to digests: the real client pulls from a stand-in, the real server serves, and fetches nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from polygist.client import Client
from polygist.store import cards, models
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from tests import checkpoints
from tests.conftest import ROOT
from tests.hub import HubStand
from tests.stores import assert_sound, write_card

ARTICLE = (ROOT / "tests/data/articles/en.library.txt").read_text(encoding="utf-8")
CLI = "from polygist.cli import app; app()"
# Runs first in every process of a server: whatever looks for the network is written down, and fails.
WATCH = """
import os, sys
def hook(event, args):
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if os.environ["SEEN"] and host not in ("127.0.0.1", "localhost", "::1", "0.0.0.0", None, ""):
        with open(os.environ["SEEN"], "a") as file:
            file.write(f"{event} {host}\\n")
        raise OSError("no network here")
sys.addaudithook(hook)
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubStand]:
    """A Hub that has a tiny BART."""
    folder = tmp_path_factory.mktemp("bart")
    checkpoints.bart(folder)
    stand = HubStand()
    stand.add("owner/short", folder)
    with stand.running():
        yield stand


@pytest.fixture
def environment(hub: HubStand, tmp_path: Path, embedded_model: BuiltModel) -> dict[str, str]:
    """A user's: a card over the Hub, and a cache with the embedded model."""
    write_card(tmp_path / "own", "short", 'kind = "hub"\nrepo = "owner/short"')
    (tmp_path / "cache/models").mkdir(parents=True)
    (tmp_path / "cache/models" / embedded_model.path.name).symlink_to(embedded_model.path)
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch/sitecustomize.py").write_text(WATCH, encoding="utf-8")
    paths = [str(tmp_path / "watch"), str(ROOT / "service")]
    return os.environ | {
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(tmp_path / "hf"),
        "PYTHONPATH": os.pathsep.join(paths),
        "SEEN": str(tmp_path / "seen"),
        "POLYGIST_CACHE_DIR": str(tmp_path / "cache"),
        "POLYGIST_MODELS_DIR": str(tmp_path / "own"),
        "POLYGIST_PROFILE": "with-short",
        "POLYGIST_REPLICAS": "1",
        "POLYGIST_THREADS": "1",
        "COLUMNS": "200",
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CLI, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=240)


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[int]:
    """The port of a server that is warm."""
    command = [sys.executable, "-c", CLI, "serve", "--port", "0", "--metrics-port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            said = server.stdout.readline()
            assert said.startswith("serving grpc="), said
            yield int(said.split()[1].partition("=")[2])
        finally:
            server.terminate()
            assert server.wait(60) == 0


def test_a_server_never_fetches(hub: HubStand, environment: dict[str, str], tmp_path: Path) -> None:
    before = run(environment, "serve", "--port", "0", "--metrics-port", "0")
    assert before.returncode == 5
    assert "the model short is not in" in before.stderr
    assert "polygist models pull with-short" in before.stderr
    assert hub.asked == []

    pulled = run(environment, "models", "pull", "with-short")
    assert pulled.returncode == 0, pulled.stderr
    assert "Apache License 2.0" in pulled.stderr
    assert_sound(tmp_path / "cache")
    card = cards.load_summary_card("short", *cards.folders(tmp_path / "own"))
    assert models.built(card, tmp_path / "cache")

    hub.asked.clear()
    with serving(environment) as port, Client(f"127.0.0.1:{port}", timeout=200) as client:
        served = {model.id for model in client.info().models}
        made = client.digest(ARTICLE)
    assert served == {"gemma3-270m-embedded", "short"}
    # What it writes is noise, so each part that it was asked for is a sentence of the article, with a warning.
    assert pb.Warning.TYPE_UNSUPPORTED_STATEMENT in {warning.type for warning in made.warnings}
    assert hub.asked == []
    assert not (tmp_path / "seen").exists(), (tmp_path / "seen").read_text()


def test_the_watch_sees(environment: dict[str, str], tmp_path: Path) -> None:
    """Else the test above would prove nothing."""
    script = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert "no network here" in done.stderr
    assert (tmp_path / "seen").read_text() != ""
