"""What metrics cost, and how long the stages take that their buckets are made for.

    python bench/serving/instrumentation.py [--only PART] [--rounds 5] [--save]

Two servers side by side, one whose metrics do nothing; each round asks both in turns, the other one idle meanwhile,
with an engine that says every prompt back, where the service is all there is, and with the model. CPU is that of the
server's process without its engine, the surest measure on a machine that does other things, too. Stages are those of
digests of this repository's English articles into two languages, one after the other, and of short sentences.
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import callers
import grpc
import results
import texts
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from rich.console import Console
from rich.table import Table
from server import Server, serving

from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "instrumentation.json"
WAYS = ("counted", "silent")
# Calls of a round, and how many of them at once.
LOADS = {"echo": (600, 16), "model": (48, 16)}
PARTS = (*LOADS, "alone", "stages")
STAGES = ("parse", "detect", "summarize", "translate", "queue", "inference", "guard", "total")


class Nothing:
    """A metric that does nothing."""

    def labels(self, *_: object) -> "Nothing":
        return self

    def __getattr__(self, name: str) -> Callable[..., "Nothing"]:
        return lambda *_: self

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def serve(engine: str, way: str) -> None:
    """A server, the one or the other."""
    from polygist import app, metrics

    def silent(*given: Any) -> metrics.Metrics:
        made = metrics.Metrics(*given)
        for name, value in list(vars(made).items()):
            if isinstance(value, MetricWrapperBase):
                setattr(made, name, Nothing())
        return made

    if way == "silent":
        app.Metrics = silent  # type: ignore[assignment,misc]
    if engine == "echo":
        import echo

        echo.main()
    else:
        import asyncio

        from polygist import settings

        def announce(ports: app.Ports) -> None:
            print(f"serving grpc={ports.grpc} metrics={ports.metrics}", flush=True)

        asyncio.run(app.serve(settings.load(), announce))


def _round(server: Server, sentences: Sequence[str], at_once: int) -> dict[str, float]:
    before = server.cpu()[0]
    answer = callers.translate_all(server.address, sentences, at_once)
    cpu = server.cpu()[0] - before
    n = len(sentences)
    return {"calls_per_second": n / answer["seconds"], "cpu_ms_per_call": 1000 * cpu / n}


def cost(engine: str, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Calls a second, and CPU milliseconds of a call, for each way and round."""
    n, at_once = LOADS[engine]
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    sentences = texts.twice()
    sentences = [f"{i} {sentences[i % len(sentences)]}" for i in range(n)]
    with ExitStack() as stack:
        # One engine each, on one core where there are two: the two servers are never at work together.
        command = [sys.executable, __file__, "--serve", engine]
        servers = {way: stack.enter_context(serving([*command, way])) for way in WAYS}
        for server in servers.values():
            _round(server, sentences[: n // 4], at_once)
        for i in range(rounds):
            for way in sorted(WAYS, reverse=bool(i % 2)):
                found[way].append(_round(servers[way], sentences, at_once))
    return found


def alone(repeats: int = 2_000) -> dict[str, list[float]]:
    """CPU microseconds of what is counted for a call that translates one new sentence, several times over."""
    from polygist import metrics
    from polygist.types import Priority

    made = metrics.Metrics(CollectorRegistry())
    engine = metrics.EngineMetrics(made, "m", lambda *_: None)
    engine.publish()
    guard, cache = metrics.GuardMetrics(made), metrics.CacheMetrics(made)
    labels, spent = ("unary", "polygist.v1.Polygist", "Translate"), dict.fromkeys(STAGES, 0.01)

    def call() -> None:
        for counter in (made.grpc_started, made.grpc_received, made.grpc_sent):
            counter.labels(*labels).inc()
        with made.in_flight.track_inprogress():
            cache.miss("memory")
            for items in (1, 0):
                for priority in Priority:
                    engine.queue(priority, items, 40 * items)
            engine.batch(1, 40, 0, 0.1)
            engine.passed(20, 20)
            guard.translated("de", 0.7, ())
            made.answered(spent, (), {("en", "de"): 1})
        made.handled(labels, "OK", 0.1)
        made.requests.labels("Translate", "ok").inc()

    found = []
    for _ in range(10):
        begun = time.process_time()
        for _ in range(repeats):
            call()
        found.append(1e6 * (time.process_time() - begun) / repeats)
    return {"cpu_us_per_call": found}


def stages() -> dict[str, list[float]]:
    """Seconds of each stage of digests and of sentences, one after the other."""
    folder = texts.ROOT / "tests/data/articles"
    articles = [file.read_text(encoding="utf-8") for file in (texts.SEED, *sorted(folder.glob("en.*.txt")))]
    random.Random(1).shuffle(articles)
    found: dict[str, list[float]] = {stage: [] for stage in STAGES}

    def note(timings: pb.Timings) -> None:
        for stage in STAGES:
            if timings.HasField(stage):
                found[stage].append(getattr(timings, stage).ToNanoseconds() / 1e9)

    with serving() as server, grpc.insecure_channel(server.address) as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        for article in articles[:3]:
            note(stub.Digest(pb.DigestRequest(article=pb.Article(text=article), target_languages=["de", "uk"])).timings)
        for sentence in texts.english()[:20]:
            note(stub.Translate(pb.TranslateRequest(texts=[sentence], target_languages=["de"])).timings)
    return found


def _of_cost(engine: str, found: dict[str, list[dict[str, float]]]) -> Table:
    """The medians of all rounds."""
    table = Table(engine, "calls/s", "CPU ms a call", title=f"medians of {len(found['counted'])} rounds")
    for way, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        table.add_row(way, f"{middle['calls_per_second']:.1f}", f"{middle['cpu_ms_per_call']:.3f}")
    return table


def _quantiles(title: str, found: dict[str, list[float]]) -> Table:
    table = Table("what", "n", "lowest", "median", "95 %", "highest", title=title)
    for stage, values in found.items():
        ordered = sorted(values)
        shown = (ordered[0], statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1])
        table.add_row(stage, str(len(ordered)), *(f"{value:.5f}" for value in shown))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--serve", nargs=2, metavar=("ENGINE", "WAY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(HERE))))
        serve(*options.serve)
        return
    for part in [options.only] if options.only else PARTS:
        found: Any = cost(part, options.rounds) if part in LOADS else {"alone": alone, "stages": stages}[part]()
        if options.save:
            results.keep(part, found, RESULTS)
        Console().print(_of_cost(part, found) if part in LOADS else _quantiles(part, found))


if __name__ == "__main__":
    main()
