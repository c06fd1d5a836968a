"""What tracing costs: servers with and without it, called in turns in one run, with an OTLP receiver beside them.

    python bench/serving/tracing.py [--rounds 4] [--calls 8]

Both are warm, without cache, on the embedded model. Beside the rate of calls stands the time of the cores that the
server's own process takes for a call, which is where spans are made; the engines, processes of their own, know nothing
of them.
"""

import argparse
import os
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from server import Server, serving

from polygist.client import Client

_CALLERS = 4
_SEGMENTS = 4


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """Counts spans."""

    spans = 0

    def Export(self, request: Any, context: Any) -> trace_service_pb2.ExportTraceServiceResponse:
        self.spans += sum(len(s.spans) for r in request.resource_spans for s in r.scope_spans)
        return trace_service_pb2.ExportTraceServiceResponse()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on loopback, which the environment of servers that start meanwhile names."""
    made = Receiver()
    server = grpc.server(ThreadPoolExecutor(1))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(made, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{port}"
    yield made
    server.stop(0)


def round_of(server: Server, calls: int) -> tuple[float, float]:
    """Calls a second, and milliseconds of a core in the server's own process for each."""
    with Client(server.address) as client, ThreadPoolExecutor(_CALLERS) as callers:

        def call(number: int) -> None:
            texts = [f"{number} people came to the museum on day {day}." for day in range(_SEGMENTS)]
            client.translate(texts, ["uk"], source="en")

        begun, cpu = perf_counter(), server.cpu()[0]
        list(callers.map(call, range(calls)))
        return calls / (perf_counter() - begun), 1000 * (server.cpu()[0] - cpu) / calls


def main() -> None:
    """Rounds in turn, and the medians."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=4)
    arguments.add_argument("--calls", type=int, default=8, help="of a round")
    given = arguments.parse_args()
    with (
        receiving() as receiver,
        serving() as plain,
        serving(TRACING="true") as traced,
    ):
        servers = {"without": plain, "with": traced}
        for server in servers.values():
            round_of(server, given.calls)  # warm
        # Each goes first in every other round.
        orders = [list(servers.items())[:: 1 if i % 2 else -1] for i in range(given.rounds)]
        rounds = [{name: round_of(s, given.calls) for name, s in order} for order in orders]
    for name in servers:
        rate, cpu = (statistics.median(r[name][i] for r in rounds) for i in (0, 1))
        spread = ", ".join(f"{r[name][0]:.1f}" for r in rounds)
        print(f"{name} tracing: {rate:.2f} calls/s ({spread}), {cpu:.2f} ms of a core per call in the server's process")
    print(f"{receiver.spans / (given.calls * (given.rounds + 1)):.0f} spans a call")


if __name__ == "__main__":
    main()
