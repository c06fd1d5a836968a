"""The lock file, what writes it, and what installs from it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import venv
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from supply.install import pins, required
from supply.lock import BUILDS, CUDA, companions, hashes
from tests.conftest import ROOT

LOCK = (ROOT / "constraints.txt").read_text(encoding="utf-8")
PROJECT = ROOT / "pyproject.toml"
# What PyPI has of a release, and some of another.
FILES = (
    *("a-1.0-py3-none-any.whl", "a-1.0-py2.py3-none-any.whl", "a-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"),
    *("a-1.0-cp39-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64.whl", "a-1.0+cpu-cp312-cp312-linux_x86_64.whl"),
    *("a-1.0-cp310-cp310-manylinux_2_28_x86_64.whl", "a-1.0-cp314-cp314t-manylinux_2_28_x86_64.whl"),
    *("a-1.0-cp311-cp311-macosx_14_0_arm64.whl", "a-1.0-cp311-cp311-win_amd64.whl", "a-1.1-py3-none-any.whl"),
    *("a-1.0-cp311-cp311-musllinux_1_2_x86_64.whl", "a-0.1-not-a-name-of-today.whl", "a-1.0.tar.gz", "a-1.0.1.tar.gz"),
)


def test_every_pin_has_the_hashes_of_its_files() -> None:
    locked = pins(LOCK)
    assert len(locked) == sum("==" in line for line in LOCK.splitlines()) > 200
    assert [name for name, (_, lines) in locked.items() if "--hash=sha256:" not in lines] == []
    sums = [line.split(":")[1].removesuffix(" \\") for line in LOCK.splitlines() if "--hash=" in line]
    assert all(len(digest) == 64 and int(digest, 16) for digest in sums)


def test_the_lock_has_what_every_group_requires() -> None:
    locked = pins(LOCK)
    for group in ("build-system", "dependencies", "batch", "dev", "bench", "otel", "ray", "redis", "train"):
        for one in map(Requirement, required(PROJECT, group)):
            assert one.specifier.contains(locked[canonicalize_name(one.name)][0]), one


def test_other_builds_are_of_the_version_that_is_pinned() -> None:
    for line in BUILDS.read_text(encoding="utf-8").splitlines():
        digest, file = line.split()
        name, found, _, _ = parse_wheel_filename(file)
        pinned, lines = pins(LOCK)[name]
        assert found.public == pinned
        assert digest in lines


def test_a_pin_has_the_wheels_that_can_be_installed_here_or_else_the_source() -> None:
    listed = [(file, file) for file in FILES]
    assert set(hashes(listed, Version("1.0"))) == set(FILES[:5])
    assert hashes(listed, Version("1.0.1")) == ["a-1.0.1.tar.gz"]
    assert hashes(listed, Version("2")) == []


def test_companions_are_the_cuda_packages_of_a_report() -> None:
    names = ("triton", "torch", "nvidia-cublas", "cuda-toolkit", "sympy")
    report = {"install": [{"metadata": {"name": name, "version": "1"}} for name in names]}
    assert companions(report) == ["cuda-toolkit==1", "nvidia-cublas==1", "triton==1"]


@pytest.fixture
def index() -> Iterator[str]:
    """An index whose every package has a wheel and a source of the release 1.0."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.split("/")[2]
            files = (f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.tar.gz")
            page = {
                "files": [{"filename": f, "hashes": {"sha256": hashlib.sha256(f.encode()).hexdigest()}} for f in files]
            }
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(page).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/simple"
    server.shutdown()
    thread.join()
    server.server_close()


def lock(path: Path, index: str, report: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "supply.lock", path]
    env = os.environ | {"PIP_INDEX_URL": index}
    return subprocess.run(command, env=env, cwd=ROOT, input=report, capture_output=True, text=True, check=False)


REPORT = json.dumps({"install": [{"metadata": {"name": "triton", "version": "1.0"}}]})


def test_a_lock_gets_hashes_once(tmp_path: Path, index: str) -> None:
    path = tmp_path / "lock.txt"
    path.write_text("a==1.0\n    # via b\nb==1.0\n", encoding="utf-8")
    assert lock(path, index, REPORT).returncode == 0
    once = path.read_text(encoding="utf-8")
    digest = hashlib.sha256(b"a-1.0-py3-none-any.whl").hexdigest()
    assert once.startswith(f"a==1.0 \\\n    --hash=sha256:{digest}\n    # via b\n")
    assert f"{CUDA}\ntriton==1.0 \\\n" in once
    assert lock(path, index).returncode == 0
    assert path.read_text(encoding="utf-8") == once


@pytest.mark.parametrize(
    ("report", "error"),
    [(REPORT, "no file of b==2.0\n"), ("", "no CUDA packages: neither in the file nor in a report\n")],
)
def test_a_lock_that_can_not_be_whole_is_left(tmp_path: Path, index: str, report: str, error: str) -> None:
    path = tmp_path / "lock.txt"
    path.write_text("a==1.0\nb==2.0\n", encoding="utf-8")
    done = lock(path, index, report)
    assert (done.returncode, done.stderr) == (1, error)
    assert path.read_text(encoding="utf-8") == "a==1.0\nb==2.0\n"


def wheel(folder: Path, name: str, *requires: str) -> str:
    """Write a package that has nothing but requirements; returns its SHA-256."""
    info = f"{name}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
        file.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nProvides-Extra: more\n{needs}"
        )
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that requires toy-a with an extra, and a lock of that and of what it requires."""
    shutil.copytree(ROOT / "supply", tmp_path / "supply")
    head = '[build-system]\nrequires = []\n[project]\nname = "p"\ndependencies = ["toy_a[more]"]\n'
    (tmp_path / "pyproject.toml").write_text(head + "[project.optional-dependencies]\n", encoding="utf-8")
    needs = ("toy_b>=1", "toy_c; extra == 'more'", "toy_d; sys_platform == 'plan9'")
    sums = {
        "toy-a": wheel(tmp_path, "toy_a", *needs),
        "toy-b": wheel(tmp_path, "toy_b"),
        "toy-c": wheel(tmp_path, "toy_c"),
    }
    lines = [f"packaging=={version('packaging')} \\\n    --hash=sha256:{'0' * 64}"]
    lines += [
        f"{name}==1.0 \\\n    --hash=sha256:{'1' * 64} \\\n    --hash=sha256:{digest}" for name, digest in sums.items()
    ]
    (tmp_path / "constraints.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    venv.create(tmp_path / "venv")
    return tmp_path


def install(project: Path, groups: str) -> "subprocess.CompletedProcess[str]":
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON"))}
    env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project), "PIP_CONFIG_FILE": "/dev/null"}
    env |= {"PYTHONPATH": sysconfig.get_path("purelib")}  # pip and packaging
    command = [project / "venv" / "bin" / "python", "-m", "supply.install", groups]
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)


def installed(project: Path) -> set[str]:
    return {path.name.partition("-")[0] for path in project.glob("venv/lib/*/site-packages/toy_*.dist-info")}


def test_what_is_required_is_installed_and_nothing_else(project: Path) -> None:
    done = install(project, "build-system,dependencies")
    assert (done.returncode, done.stderr) == (0, "")
    assert installed(project) == {"toy_a", "toy_b", "toy_c"}


def test_a_file_that_is_not_the_locked_one_is_not_installed(project: Path) -> None:
    wheel(project, "toy_c", "toy_evil")
    done = install(project, "dependencies")
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert installed(project) == {"toy_a"}


def test_what_the_lock_has_not_is_not_installed(project: Path) -> None:
    path = project / "constraints.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("toy-b==", "toy-z=="), encoding="utf-8")
    done = install(project, "dependencies")
    assert (done.returncode, done.stderr) == (1, "toy-b is not in the lock: make lock\n")
    assert "toy_b" not in installed(project)


def test_a_group_has_to_be_there(project: Path) -> None:
    done = install(project, "dependencies,nothing")
    assert (done.returncode, done.stderr) == (1, "nothing is none of build-system, dependencies\n")
