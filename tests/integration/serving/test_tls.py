"""A server with TLS: who gets a connection, and what happens when its files change."""

import asyncio
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx2
import pytest

from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from polygist.web.opening import open_web
from tests.authority import Authority, Pair
from tests.integration.serving.conftest import Held, Serve

ARTICLE = pb.ParseRequest(article=pb.Article(text="The council met on Monday. It voted."), source_language="en")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def stranger() -> Authority:
    return Authority("another authority")


@dataclass
class Files:
    """The files of a server's settings, and those settings."""

    folder: Path

    def show(self, pair: Pair) -> dict[str, Path]:
        """The server's own from now on."""
        chain, key = pair.write(self.folder)
        return {"tls_certificate": chain, "tls_key": key}

    def trust(self, authority: Authority) -> dict[str, Path]:
        """Whose clients may come from now on."""
        (self.folder / "ca.new").write_bytes(authority.pem)
        (self.folder / "ca.new").replace(self.folder / "ca.pem")
        return {"tls_client_ca": self.folder / "ca.pem"}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


async def code(channel: grpc.aio.Channel) -> grpc.StatusCode:
    """What becomes of a call on a channel."""
    try:
        await polygist_pb2_grpc.PolygistStub(channel).Parse(ARTICLE, timeout=10)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def fresh(server: Held, credentials: grpc.ChannelCredentials | None) -> grpc.StatusCode:
    """What becomes of a call on a connection that is new."""
    # Subchannels are shared between channels with the same options, and so connections.
    options = [("grpc.use_local_subchannel_pool", 1)]
    channel = (
        grpc.aio.secure_channel(server.target, credentials, options)
        if credentials
        else grpc.aio.insecure_channel(server.target, options)
    )
    async with channel:
        return await code(channel)


def reloads(server: Held, outcome: str) -> float | None:
    return server.metrics.registry.get_sample_value("polygist_file_reloads_total", {"file": "tls", "outcome": outcome})


def value(server: Held, gauge: str) -> float | None:
    return server.metrics.registry.get_sample_value(gauge, {"file": "tls"})


async def test_calls_come_by_tls_alone(held: Serve, files: Files, authority: Authority, stranger: Authority) -> None:
    async with held(**files.show(authority.server())) as server:
        assert await fresh(server, authority.credentials()) is grpc.StatusCode.OK
        assert await fresh(server, authority.credentials(authority.client())) is grpc.StatusCode.OK
        assert await fresh(server, None) is grpc.StatusCode.UNAVAILABLE
        assert await fresh(server, stranger.credentials()) is grpc.StatusCode.UNAVAILABLE


async def test_the_python_client_calls_by_tls(held: Serve, files: Files, authority: Authority) -> None:
    def version(target: str) -> str:
        with Client(target, 10, credentials=authority.credentials()) as client:
            return client.info().version

    async with held(**files.show(authority.server())) as server:
        assert await asyncio.to_thread(version, server.target)


async def test_where_clients_show_certificates_none_comes_without_a_good_one(
    held: Serve, files: Files, authority: Authority, stranger: Authority
) -> None:
    async with held(**files.show(authority.server()), **files.trust(authority)) as server:
        assert await fresh(server, authority.credentials(authority.client())) is grpc.StatusCode.OK
        for shown in (None, authority.client(days=-1), stranger.client()):
            assert await fresh(server, authority.credentials(shown)) is grpc.StatusCode.UNAVAILABLE
        assert await fresh(server, authority.credentials(authority.client())) is grpc.StatusCode.OK


async def test_new_files_hold_for_new_connections_and_old_ones_stay(
    held: Serve, files: Files, authority: Authority, stranger: Authority
) -> None:
    async with (
        held(**files.show(authority.server())) as server,
        grpc.aio.secure_channel(server.target, authority.credentials()) as open_before,
    ):
        assert await code(open_before) is grpc.StatusCode.OK
        files.show(stranger.server())
        assert await code(open_before) is grpc.StatusCode.OK
        assert await fresh(server, stranger.credentials()) is grpc.StatusCode.OK
        assert await fresh(server, authority.credentials()) is grpc.StatusCode.UNAVAILABLE
        assert await code(open_before) is grpc.StatusCode.OK
        assert (reloads(server, "ok"), reloads(server, "failed")) == (1, 0)


async def test_files_that_cannot_be_used_leave_the_old_in_force(
    held: Serve, files: Files, authority: Authority, stranger: Authority
) -> None:
    async with held(**files.show(authority.server())) as server:
        halves = stranger.server()
        (files.folder / "server.pem").write_bytes(halves.certificate)  # its key is still on its way
        assert await fresh(server, authority.credentials()) is grpc.StatusCode.OK
        (files.folder / "server.key").unlink()
        assert await fresh(server, authority.credentials()) is grpc.StatusCode.OK
        assert (reloads(server, "ok"), reloads(server, "failed")) == (0, 2)
        assert 0 < (value(server, "polygist_certificate_remaining_seconds") or 0) < 86_400
        assert value(server, "polygist_file_last_reload_successful") == 0
        (files.folder / "server.key").write_bytes(halves.key)
        assert await fresh(server, stranger.credentials()) is grpc.StatusCode.OK
        assert (reloads(server, "ok"), reloads(server, "failed")) == (1, 2)
        assert value(server, "polygist_file_last_reload_successful") == 1


async def test_an_authority_that_is_trusted_no_more_brings_no_new_connections(
    held: Serve, files: Files, authority: Authority, stranger: Authority
) -> None:
    async with held(**files.show(authority.server()), **files.trust(authority)) as server:
        old, new = (authority.credentials(a.client()) for a in (authority, stranger))
        assert await fresh(server, old) is grpc.StatusCode.OK
        files.trust(stranger)
        assert await fresh(server, new) is grpc.StatusCode.OK
        assert await fresh(server, old) is grpc.StatusCode.UNAVAILABLE


@dataclass
class Reader:
    """Of the HTTP port, on a new connection each time."""

    port: int
    authority: Authority

    def __call__(self, path: str, shown: tuple[Path, Path] | None = None, trusts: Authority | None = None) -> Any:
        context = ssl.create_default_context(cadata=(trusts or self.authority).pem.decode())
        if shown:
            context.load_cert_chain(*shown)
        return httpx2.get(f"https://127.0.0.1:{self.port}{path}", verify=context)


async def test_the_port_of_metrics_takes_new_files_and_asks_for_certificates(
    held: Serve, files: Files, authority: Authority, stranger: Authority
) -> None:
    given = {f"metrics_{name}": file for name, file in files.show(authority.server()).items()}
    given |= {f"metrics_{name}": file for name, file in files.trust(authority).items()}
    prometheus = authority.client().write(files.folder, "prometheus")
    async with held(metrics_port=0, **given) as server:
        reports = server.metrics.read_again("metrics_tls"), server.metrics.ends("metrics_tls")
        loop = asyncio.get_running_loop()
        web = open_web(server.settings, server.metrics.registry, loop, lambda: True, *reports)
        get = Reader(web.port, authority)
        try:
            for path, expected in (("/readyz", 200), ("/healthz", 200), ("/metrics", 403)):
                assert (await asyncio.to_thread(get, path)).status_code == expected
            answer = await asyncio.to_thread(get, "/metrics", prometheus)
            assert "polygist_requests_total" in answer.text
            assert re.search(r'polygist_certificate_remaining_seconds{file="metrics_tls"} 8\d{4}', answer.text)
            for bad in (stranger.client(), authority.client(days=-1)):
                with pytest.raises((httpx2.TransportError, ssl.SSLError)):
                    await asyncio.to_thread(get, "/readyz", bad.write(files.folder, "bad"))
            files.show(stranger.server())
            answer = await asyncio.to_thread(get, "/metrics", prometheus, stranger)
            assert 'polygist_file_reloads_total{file="metrics_tls",outcome="ok"} 1.0' in answer.text
        finally:
            await asyncio.to_thread(web.close)
