"""Signs of life between the peers of a connection: who gives none is let go, who gives or wants them stays."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import grpc
import psutil
import pytest

from tests.conftest import ROOT
from tests.integration.serving.conftest import Held, Serve
from tests.integration.serving.stand import until
from tests.integration.serving.test_many import item, open_stream

# Times between pings shrink to a twentieth, those for an answer to a fifth: this machine may be busy.
FASTER = 20
QUICK = {"keepalive_seconds": 30 / FASTER, "keepalive_timeout_seconds": 2, "min_ping_interval_seconds": 5 / FASTER}
QUIET_SECONDS = 5  # more than three pings from either side

CLIENT = """
import asyncio, sys, time
import grpc
from tests.integration.serving.test_many import item, open_stream

async def main(target, doing):
    async with grpc.aio.insecure_channel(target) as channel:
        call = open_stream(channel)
        await call.write(item("a"))
        await call.read()
        if doing == "between calls":
            await call.done_writing()
            await call.code()
        print("answered", flush=True)
        if doing == "busy":
            time.sleep(600)
        await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


@asynccontextmanager
async def client(server: Held, doing: str) -> AsyncIterator[Process]:
    """A process that has had an answer, and is in that stream, between calls, or busy with something else."""
    command = (sys.executable, "-c", CLIENT, server.target, doing)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE)
    try:
        assert process.stdout
        assert await process.stdout.readline() == b"answered\n"
        yield process
    finally:
        process.kill()
        await process.wait()


def connections(server: Held) -> set[int]:
    """The peers' ports."""
    here: Iterable[psutil._common.pconn] = psutil.Process().net_connections("tcp")
    port = int(server.target.rpartition(":")[2])
    return {c.raddr.port for c in here if c.laddr.port == port and c.status == psutil.CONN_ESTABLISHED}


def calls(server: Held) -> float:
    return server.metrics.registry.get_sample_value("polygist_requests_in_flight") or 0


@pytest.mark.parametrize("doing", ["in a stream", "between calls"])
async def test_a_client_that_stands_still_is_let_go(held: Serve, doing: str) -> None:
    async with held(max_concurrent_calls=1, **QUICK) as server, client(server, doing) as process:
        assert calls(server) == (doing == "in a stream")
        await asyncio.sleep(QUIET_SECONDS)
        assert calls(server) == (doing == "in a stream")
        assert len(connections(server)) == 1
        process.send_signal(signal.SIGSTOP)
        await until(lambda: not connections(server) and not calls(server))
        async with server.channel() as other:
            assert [a.id async for a in open_stream(other, [item("b")])] == ["b"]


async def test_a_client_with_its_hands_full_stays(held: Serve) -> None:
    async with held(**QUICK) as server, client(server, "busy"):
        await asyncio.sleep(QUIET_SECONDS)
        assert calls(server) == 1


async def test_a_client_may_ask_every_ten_seconds(held: Serve) -> None:
    options = [
        ("grpc.keepalive_time_ms", 10_000 // FASTER),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.enable_retries", 0),
    ]
    async with held(**QUICK) as server, grpc.aio.insecure_channel(server.target, options) as channel:
        await channel.channel_ready()
        before = connections(server)
        await asyncio.sleep(QUIET_SECONDS)
        call = open_stream(channel)
        await call.write(item("a"))
        assert (await call.read()).id == "a"
        await asyncio.sleep(QUIET_SECONDS)
        await call.write(item("b"))
        assert (await call.read()).id == "b"
        call.cancel()
        assert connections(server) == before
