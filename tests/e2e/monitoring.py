"""Prometheus and Alertmanager as deploy/ configures them, but on free ports and by the second."""

import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
import yaml

from tests.deployed import DEPLOY

PROMTOOL, PROMETHEUS = shutil.which("promtool"), shutil.which("prometheus")
# Debian's name, and that of the project's own archive.
ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")

T = TypeVar("T")


def until(found: Callable[[], T], seconds: float = 60) -> T:
    """What `found` gives once that is something; an error of the network or an AssertionError counts as nothing yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = found()
            assert value, f"still {value!r}"
            return value
        except (OSError, AssertionError):
            if time.monotonic() > end:
                raise
        time.sleep(0.1)


def get(url: str, **query: object) -> Any:
    """The JSON at an address; a list in the query is a parameter that comes again."""
    if query:
        url += "?" + urllib.parse.urlencode(query, doseq=True)
    with urllib.request.urlopen(url, timeout=30) as page:  # noqa: S310  # only addresses of this module's own
        return json.load(page)


def post(url: str, body: object) -> None:
    """Hands JSON to an address."""
    asked = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=30):  # noqa: S310
        pass


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus server at an address, "http://127.0.0.1:9090"."""

    url: str

    def get(self, path: str, **query: object) -> Any:
        """The data that its API answers with. See https://prometheus.io/docs/prometheus/latest/querying/api/."""
        return get(f"{self.url}/api/v1/{path}", **query)["data"]

    def query(self, expression: str) -> list[Any]:
        """The samples that an expression has now."""
        return list(self.get("query", query=expression)["result"])

    def rules(self) -> list[Any]:
        """Every rule that is loaded."""
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]


@contextmanager
def alertmanager(folder: Path) -> Iterator[str]:
    """Its address."""
    config = f"--config.file={DEPLOY / 'alertmanager' / 'alertmanager.yml'}"
    command = [ALERTMANAGER, config, f"--storage.path={folder / 'alertmanager'}", "--cluster.listen-address="]
    with _server([*command, "--web.listen-address=127.0.0.1:0"], folder / "alertmanager.log") as url:
        yield url


@contextmanager
def prometheus(
    folder: Path, target: str, alertmanager: str | None = None, *, hasty: bool = False
) -> Iterator[Prometheus]:
    """One that asks `target`, "127.0.0.1:9464", every second. A `hasty` one lets no alert wait before it fires."""
    configuration = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["scrape_configs"][0]["static_configs"][0]["targets"] = [target]
    peers = [alertmanager.removeprefix("http://")] if alertmanager else []
    configuration["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = peers
    (folder / "rules").mkdir()
    for file in (DEPLOY / "prometheus" / "rules").iterdir():
        text = file.read_text(encoding="utf-8")
        (folder / "rules" / file.name).write_text(
            re.sub(r"\n +for: \w+", "", text) if hasty else text, encoding="utf-8"
        )
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    where = [f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'prometheus'}"]
    with _server([PROMETHEUS, *where, "--web.listen-address=127.0.0.1:0"], folder / "prometheus.log") as url:
        yield Prometheus(url)


@contextmanager
def _server(command: Sequence[str | None], log: Path) -> Iterator[str]:
    """A process that listens on a port of its own choice, killed at the end."""
    assert command[0], "it is not installed"
    with log.open("w") as output, subprocess.Popen([c for c in command if c], stdout=output, stderr=output) as process:
        try:

            def ready() -> str:
                if process.poll() is not None:
                    raise RuntimeError(log.read_text())
                ports = [c.laddr.port for c in psutil.Process(process.pid).net_connections("tcp") if not c.raddr]
                assert ports, "it does not listen yet"
                url = f"http://127.0.0.1:{ports[0]}"
                with urllib.request.urlopen(f"{url}/-/ready", timeout=30):  # noqa: S310
                    return url

            yield until(ready)
        finally:
            process.kill()
