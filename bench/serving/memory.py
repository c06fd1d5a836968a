"""Memory of the server and its engine while distinct articles stream through."""

import asyncio
import statistics
import sys
import time
from typing import Any

import grpc
import texts
from rich.table import Table
from server import HERE, Server, serving
from show import console

from polygist.client import digest_request
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

ARTICLES = 10_000
# So long the real model is kept busy for its peak.
BUSY_SECONDS = 60.0
CACHE_BYTES = 8 * 2**20


def memory(_: int) -> Any:
    """All of the articles translated by an echo in the engine's place; then the real model, for its peak.

    The cache is on and soon full, as it would be.
    """
    echo = [sys.executable, HERE / "echo.py"]
    with serving(echo, CACHE_MEMORY_BYTES=CACHE_BYTES, ENGINE="openvino") as server:
        streamed = asyncio.run(_stream(server, ARTICLES, float("inf"), every=200))
    with serving(CACHE_MEMORY_BYTES=CACHE_BYTES) as server:
        busy = asyncio.run(_stream(server, 10**9, BUSY_SECONDS, every=5))
    half = streamed[len(streamed) // 2 :]
    slope = statistics.linear_regression([n for n, *_ in half], [own for _, own, _ in half]).slope
    engine = statistics.linear_regression([n for n, *_ in half], [engine for *_, engine in half]).slope
    table = Table("MiB", "server", "engine", "bytes/article, server", "engine", title="resident memory")
    for name, samples, slopes in (
        (f"echo, {streamed[-1][0]} articles, end", streamed[-1:], (f"{slope:.0f}", f"{engine:.0f}")),
        (f"real model, {busy[-1][0]} articles in {BUSY_SECONDS:.0f} s, peak", busy, ("", "")),
    ):
        table.add_row(name, *(f"{max(s[i] for s in samples) / 2**20:.0f}" for i in (1, 2)), *slopes)
    console.print(table)
    return {"samples": streamed, "real": busy, "slope": slope, "engine_slope": engine}


async def _stream(server: Server, number: int, seconds: float, every: int) -> list[tuple[int, int, int]]:
    """Samples (articles so far, bytes of the server, bytes of its engine), one at every so many articles."""
    samples, ends = [(0, *server.resident())], time.monotonic() + seconds

    async def requests() -> Any:
        for n, article in zip(range(number), texts.articles(8, seed=5), strict=False):
            if time.monotonic() > ends:
                return
            yield pb.DigestManyRequest(id=str(n), digest=digest_request(article, ["de"], "en"))

    async with grpc.aio.insecure_channel(server.address) as channel:
        done = 0
        async for answer in polygist_pb2_grpc.PolygistStub(channel).DigestMany(requests()):
            if answer.HasField("error"):
                raise SystemExit(f"an article failed: {answer.error.message}")
            done += 1
            if done % every == 0:
                samples.append((done, *server.resident()))
    return samples
