"""How long callers wait: beside the engine's own time, and beside bulk work."""

import time
from typing import Any

import callers
import grpc
import texts
from rich.table import Table
from server import serving
from show import console, quantile

from polygist.v1 import polygist_pb2, polygist_pb2_grpc

CALLS = 40
PAUSE_SECONDS = 0.05


def _call(stub: Any, text: str) -> tuple[float, float, float]:
    """Seconds of a call, and of them those in the engine and those in its queue."""
    begun = time.perf_counter()
    timings = stub.Translate(callers.call(text)).timings
    total = time.perf_counter() - begun
    return total, timings.inference.ToTimedelta().total_seconds(), timings.queue.ToTimedelta().total_seconds()


def latency(rounds: int) -> Any:
    """Milliseconds of a call beside the engine's time, for one short sentence on an idle server, and those of a call
    that asks for nothing but facts, after a pause."""
    with serving() as server, grpc.insecure_channel(server.address) as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        measured, facts = [], []
        for i in range(20 + 100 * rounds):
            measured.append(_call(stub, texts.short(i)))
            time.sleep(PAUSE_SECONDS)
            begun = time.perf_counter()
            stub.GetInfo(polygist_pb2.GetInfoRequest())
            facts.append(1000 * (time.perf_counter() - begun))
    measured, facts = measured[20:], facts[20:]
    beside = [1000 * (total - inference) for total, inference, _ in measured]
    queue = [1000 * queued for _, _, queued in measured]
    table = Table("milliseconds", "median", "90 %", title=f"one short sentence, idle server, {len(measured)} calls")
    whole = [1000 * total for total, _, _ in measured]
    rows = ("whole call", whole), ("beside the engine", beside), ("of it in the queue", queue), ("GetInfo", facts)
    for name, values in rows:
        table.add_row(name, f"{quantile(values, 0.5):.2f}", f"{quantile(values, 0.9):.2f}")
    console.print(table)
    return {"beside_ms": beside, "queue_ms": queue, "whole_ms": whole, "info_ms": facts}


def interference(rounds: int) -> Any:
    """Seconds of interactive calls, with and without a stream of articles that keeps the engine full, in turns."""
    found: dict[str, list[float]] = {"alone": [], "beside bulk": []}
    with serving() as server, grpc.insecure_channel(server.address) as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        numbers = iter(range(10**6))

        def calls(name: str) -> None:
            for _ in range(CALLS):
                found[name].append(_call(stub, texts.short(next(numbers)))[0])
                time.sleep(PAUSE_SECONDS)

        _call(stub, "It begins.")
        for _ in range(rounds + 2):
            calls("alone")
            with callers.bulk(server.address):
                calls("beside bulk")
            time.sleep(1)
    table = Table("seconds", "median", "99 %", title=f"one short sentence, {len(found['alone'])} calls each")
    for name, values in found.items():
        table.add_row(name, f"{quantile(values, 0.5):.3f}", f"{quantile(values, 0.99):.3f}")
    ratios = [quantile(found["beside bulk"], q) / quantile(found["alone"], q) for q in (0.5, 0.99)]
    table.add_row("ratio", *(f"{ratio:.2f}" for ratio in ratios))
    console.print(table)
    return found
