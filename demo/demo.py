"""The main job from outside: start a server, wait for its health, digest an article, show what moved, stop it.

python demo/demo.py ARTICLE --targets uk,de
"""

import argparse
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Column, Table

POLYGIST = str(Path(sys.executable).with_name("polygist"))
# Labels that are the same for every line of the table.
HIDDEN = ("grpc_service", "grpc_type", "model")
console = Console()


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("article", type=Path)
    arguments.add_argument("--targets", default="uk,de")
    options = arguments.parse_args()
    server = subprocess.Popen(
        [POLYGIST, "serve", "--port", "0", "--metrics-port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        port, metrics_port = ports(server)
        wait_until_healthy(port)
        console.print(f"[bold]polygist[/] serves on port {port}, metrics on {metrics_port}")
        before = samples(metrics_port)
        command = [POLYGIST, "digest", str(options.article), "--targets", options.targets]
        code = subprocess.run([*command, "--server", f"localhost:{port}"], check=False).returncode
        console.print(moved(before, samples(metrics_port)))
    finally:
        server.send_signal(signal.SIGTERM)
        stopped = server.wait(60)
    console.print(f"server stopped with exit code {stopped}")
    return code or stopped


def ports(server: subprocess.Popen[str]) -> tuple[int, int]:
    """The ports that the server prints once it serves."""
    line = server.stdout.readline() if server.stdout else ""
    found = re.search(r"grpc=(\d+) metrics=(\d+)", line)
    if not found:
        raise SystemExit(f"the server did not start (exit code {server.wait()})")
    return int(found[1]), int(found[2])


def wait_until_healthy(port: int, seconds: float = 60) -> None:
    """Asks the health service, as an orchestrator does."""
    with grpc.insecure_channel(f"localhost:{port}") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = health.Check(health_pb2.HealthCheckRequest(), timeout=5, wait_for_ready=True)
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return
            time.sleep(0.2)
    raise SystemExit("the server did not become healthy")


def samples(port: int) -> dict[str, float]:
    """Counters and sums on the metrics page, by name and labels."""
    with urllib.request.urlopen(f"http://localhost:{port}/metrics", timeout=10) as page:
        text = page.read().decode()
    return {
        s.name + "".join(f" {k}={v}" for k, v in sorted(s.labels.items()) if k not in HIDDEN): s.value
        for family in text_string_to_metric_families(text)
        if family.name.startswith(("polygist", "grpc"))
        for s in family.samples
        if not s.name.endswith(("_bucket", "_created"))
        and s.labels.get("grpc_service", "polygist.v1.Polygist") == "polygist.v1.Polygist"
    }


def moved(before: dict[str, float], after: dict[str, float]) -> Table:
    """What changed between two scrapes."""
    columns = (Column(name, overflow="fold") for name in ("metric", "labels", "moved by"))
    table = Table(*columns, title="Metrics that moved", title_style="bold")
    for key, value in after.items():
        change = value - before.get(key, 0)
        if change:
            name, _, labels = key.partition(" ")
            table.add_row(name, labels, f"{change:g}")
    return table


if __name__ == "__main__":
    raise SystemExit(main())
