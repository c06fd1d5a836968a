"""The wheel, installed in an environment of its own outside the checkout, and servers started from it."""

import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from polygist.store.models import BuiltModel
from tests.conftest import ROOT


@dataclass(frozen=True)
class Installed:
    """An installed wheel: its commands, run from an empty folder."""

    bin: Path
    folder: Path

    def run(self, *arguments: str, code: int = 0, **options: object) -> subprocess.CompletedProcess[str]:
        """Run `polygist` and expect an exit code."""
        done = subprocess.run(
            [self.bin / "polygist", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
            **options,  # type: ignore[call-overload]
        )
        assert done.returncode == code, done.stderr
        return done


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, embedded_model: BuiltModel) -> Installed:
    """The wheel built from the checkout. Its dependencies are those of the running environment."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", ROOT],
        check=True,
        capture_output=True,
    )
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    bin = folder / "venv" / "bin"
    (wheel,) = (folder / "dist").glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", bin / "python", "install", "--quiet", "--no-deps", wheel]
    subprocess.run(pip, check=True, capture_output=True)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    # Everything but polygist comes from here; a .pth file in this folder, as an editable install has one, is not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(bin, folder)


@dataclass
class Running:
    """A server process and its ports."""

    process: subprocess.Popen[str]
    port: int
    metrics_port: int


@contextmanager
def serving(installed: Installed) -> Iterator[Running]:
    """`polygist serve` on free ports."""
    # Not a pipe: nobody would read it, and a server with much to say would stand still.
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [installed.bin / "polygist", "serve", "--port", "0", "--metrics-port", "0"],
            cwd=installed.folder,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None
            ports = re.fullmatch(r"serving grpc=(\d+) metrics=(\d+)\n", process.stdout.readline())
            log.seek(0)
            assert ports, log.read()
            yield Running(process, int(ports[1]), int(ports[2]))
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="session")
def server(installed: Installed) -> Iterator[Running]:
    """A server shared by all tests that only call it."""
    with serving(installed) as running:
        yield running


@pytest.fixture
def fresh(installed: Installed) -> Iterator[Running]:
    """A server that nobody has called, for a test that ends it or its engines."""
    with serving(installed) as running:
        yield running
