"""How long connections live, what they may ask, and where they come from."""

import asyncio
import socket
import stat
from contextlib import closing
from pathlib import Path

import grpc
import pytest
from prometheus_client import CollectorRegistry

from polygist import app
from polygist.client import Client
from polygist.errors import ConfigurationError
from polygist.metrics import Metrics
from polygist.settings import Settings
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.authority import Authority
from tests.integration.serving.conftest import Serve, entered
from tests.integration.serving.stand import until
from tests.integration.serving.test_keepalive import connections

INFO = pb.GetInfoRequest()


async def info(channel: grpc.aio.Channel, **given: object) -> str:
    answer = await polygist_pb2_grpc.PolygistStub(channel).GetInfo(INFO, timeout=10, **given)
    return answer.version


async def ended(target: str, first: bytes) -> None:
    """Connects, says that and no more, and waits until the server has let go."""
    host, _, port = target.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    with closing(writer):
        writer.write(first)
        async with asyncio.timeout(60):
            while await reader.read(4096):
                pass


@pytest.mark.parametrize("first", [b"", b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\n"])
async def test_who_never_comes_to_the_point_is_let_go(held: Serve, first: bytes) -> None:
    async with held(handshake_timeout_seconds=0.5) as server, server.channel() as channel:
        await asyncio.gather(*(ended(server.target, first) for _ in range(8)))
        assert await info(channel)


async def test_who_never_ends_the_handshake_is_let_go(held: Serve, tmp_path: Path) -> None:
    chain, key = Authority().server().write(tmp_path)
    hello = bytes.fromhex("1603010200010001fc0303")  # the beginning of a ClientHello
    async with held(handshake_timeout_seconds=0.5, tls_certificate=chain, tls_key=key) as server:
        for first in (b"", hello):
            await ended(server.target, first)


async def test_an_old_connection_goes_and_no_call_with_it(held: Serve) -> None:
    async with held(max_connection_age_seconds=0.3) as server, server.channel() as channel:
        await channel.channel_ready()
        first = connections(server)
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.released.clear()
        asked = pb.TranslateRequest(texts=["The council met."], source_language="en", target_languages=["de"])
        long = stub.Translate(asked, timeout=60)
        sending = asyncio.ensure_future(long)
        await entered(server.generator)
        while connections(server) <= first:  # a new one beside that of the long call
            assert await info(channel)
            await asyncio.sleep(0.05)
        server.generator.released.set()
        assert (await sending).translations
        await until(lambda: not first & connections(server))
        assert await info(channel)


async def test_a_connection_without_calls_goes(held: Serve) -> None:
    async with held(max_connection_idle_seconds=0.3) as server, server.channel() as channel:
        assert await info(channel)
        await until(lambda: not connections(server))
        assert await info(channel)


@pytest.mark.parametrize(
    "metadata",
    [
        [("x-large", "a" * 20_000)],
        [("x-many", "a" * 100)] * 500,
        [("x-large-bin", bytes(20_000))],
    ],
)
async def test_metadata_have_a_bound(held: Serve, metadata: list[tuple[str, str | bytes]]) -> None:
    async with held() as server, server.channel() as channel:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await info(channel, metadata=metadata)
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert await info(channel)


async def test_odd_metadata_within_it_disturb_nobody(held: Serve) -> None:
    metadata = [
        *[("x-request-id", "a" * 129), ("x-request-id", "two")],
        *[("x-odd-bin", bytes(range(256))), ("traceparent", "00-zz"), ("grpc-previous-rpc-attempts", "many")],
        *[("x-many", "a")] * 100,
    ]
    async with held() as server, server.channel() as channel:
        assert await info(channel, metadata=metadata)


def version(target: str) -> str:
    with Client(target, 10) as client:
        return client.info().version


async def test_a_unix_socket_takes_calls_beside_the_port(held: Serve, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    async with held(unix_socket=path, unix_socket_mode="660") as server, server.channel() as channel:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert await asyncio.to_thread(version, f"unix:{path}") == await info(channel)


async def test_a_unix_socket_may_be_all_there_is(held: Serve, tmp_path: Path) -> None:
    chain, key = Authority().server().write(tmp_path)
    path = tmp_path / "socket"
    # No TLS on it: nothing leaves the machine.
    async with held("", unix_socket=path, tls_certificate=chain, tls_key=key) as server:
        assert server.service.port == 0
        assert await asyncio.to_thread(version, f"unix:{path}")


async def test_a_second_server_gets_no_socket_that_a_first_one_has(held: Serve, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    async with held(unix_socket=path):
        made = app.service(Settings(unix_socket=path), "", Metrics(CollectorRegistry()), asyncio.Event())
        with pytest.raises(ConfigurationError, match="another process listens"):
            async with made:
                pass
        assert await asyncio.to_thread(version, f"unix:{path}")


async def test_it_does_not_stay_when_the_server_has_gone(held: Serve, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    for _ in range(2):
        async with held(unix_socket=path):
            assert path.exists()
    with socket.socket(socket.AF_UNIX) as late, pytest.raises(OSError, match=r"refused|No such file"):
        late.connect(str(path))
