"""What one caller's flood costs another who asks steadily and little.

`python fairness.py ADDRESS TOKEN` is the flood: so many calls of several sentences at once, until its end is asked for.
"""

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import callers
import grpc
import texts
from rich.table import Table
from server import serving
from show import console, quantile

from polygist.transport.callers import hashed, new_token
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc

CALLS, PAUSE_SECONDS = 40, 0.05
ONE_LINE_CALLS = 2
FLOOD_CALLS, FLOOD_SENTENCES = 16, 4
QUANTILES = (0.5, 0.95, 0.99)


def fairness(rounds: int) -> Any:
    """Seconds of one caller's calls of one sentence, one after the other: alone and beside another caller's flood, in
    in turns; and beside it where both are the same caller."""
    found: dict[str, list[float]] = {"alone": [], "beside a flood": [], "of the same caller": []}
    steady, other = new_token(), new_token()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "callers.toml")
        file.write_text(_entry("steady", steady) + _entry("other", other), encoding="utf-8")
        with serving(CALLERS_FILE=file) as server, grpc.insecure_channel(server.address) as channel:
            stub, numbers = polygist_pb2_grpc.PolygistStub(channel), count()

            def calls(n: int) -> list[float]:
                return [_call(stub, steady, next(numbers)) for _ in range(n)]

            calls(5)
            for _ in range(rounds):
                found["alone"] += calls(CALLS)
                with flood(server.address, other):
                    found["beside a flood"] += calls(CALLS)
                time.sleep(1)
            with flood(server.address, steady):
                found["of the same caller"] += calls(ONE_LINE_CALLS)
    _show(found)
    return found


def _entry(name: str, token: str) -> str:
    return f'[callers.{name}]\ntokens = ["{hashed(token)}"]\nmethods = ["translate"]\n'


def _call(stub: Any, token: str, i: int) -> float:
    time.sleep(PAUSE_SECONDS)
    begun = time.perf_counter()
    stub.Translate(callers.call(texts.short(i)), metadata=[("authorization", f"Bearer {token}")])
    return time.perf_counter() - begun


def _show(found: dict[str, list[float]]) -> None:
    table = Table("seconds", "calls", *(f"{q:.0%}" for q in QUANTILES), title="one short sentence")
    for name, values in found.items():
        table.add_row(name, str(len(values)), *(f"{quantile(values, q):.3f}" for q in QUANTILES))
        ratios = [quantile(values, q) / quantile(found["alone"], q) for q in QUANTILES]
        table.add_row("  times as long as alone", "", *(f"{ratio:.2f}" for ratio in ratios))
    console.print(table)


@contextmanager
def flood(address: str, token: str) -> Iterator[None]:
    """Meanwhile a caller asks for more than there is."""
    pipe, sentences = subprocess.PIPE, json.dumps(texts.english())
    with subprocess.Popen([sys.executable, __file__, address, token], stdin=pipe, stdout=pipe, text=True) as asking:
        try:
            if asking.stdin and asking.stdout:
                asking.stdin.write(sentences + "\n")
                asking.stdin.flush()
                asking.stdout.readline()  # the first answer
            yield
        finally:
            asking.terminate()


async def _flood(address: str, token: str) -> None:
    numbers, known = count(10_000), json.loads(sys.stdin.readline())
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel if task else sys.exit)
    async with grpc.aio.insecure_channel(address) as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)

        async def ask() -> None:
            while True:
                some = [_heard(next(numbers), known) for _ in range(FLOOD_SENTENCES)]
                request = pb.TranslateRequest(texts=some, source_language="en", target_languages=["de"])
                with suppress(grpc.aio.AioRpcError):
                    await stub.Translate(request, metadata=[("authorization", f"Bearer {token}")])
                    sys.stdout.write("answered\n")
                    sys.stdout.flush()

        with suppress(asyncio.CancelledError):
            await asyncio.gather(*(ask() for _ in range(FLOOD_CALLS)))


def _heard(n: int, known: Sequence[str]) -> str:
    return f"{n} people heard: {known[n % len(known)]}"


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        asyncio.run(_flood(*sys.argv[1:]))
