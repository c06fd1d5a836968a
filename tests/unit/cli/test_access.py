"""How commands reach a server that wants TLS and a token."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2_grpc
from typer.testing import CliRunner

from polygist.cli import app
from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.authority import Authority


class Told(polygist_pb2_grpc.PolygistServicer):
    """Remembers who asked."""

    def __init__(self) -> None:
        self.headers: list[str] = []

    def GetInfo(self, request: pb.GetInfoRequest, context: Any) -> pb.GetInfoResponse:
        self.headers += [value for key, value in context.invocation_metadata() if key == "authorization"]
        return pb.GetInfoResponse(version="7")

    def StreamDigest(self, request: pb.StreamDigestRequest, context: Any) -> Iterator[pb.StreamDigestResponse]:
        self.GetInfo(pb.GetInfoRequest(), context)
        yield pb.StreamDigestResponse()

    def DigestMany(self, requests: Iterator[pb.DigestManyRequest], context: Any) -> Iterator[pb.DigestManyResponse]:
        self.GetInfo(pb.GetInfoRequest(), context)
        for request in requests:
            yield pb.DigestManyResponse(id=request.id)


@dataclass
class Server:
    """In plain text and by TLS."""

    plain: int
    secured: int
    folder: Path
    told: Told = field(default_factory=Told)

    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    authority = Authority()
    pair = authority.server()
    authority.client().write(tmp_path, "client")
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    (tmp_path / "token").write_text("from-a-file\n")
    with ThreadPoolExecutor(4) as threads:
        made = grpc.server(threads)
        told = Told()
        polygist_pb2_grpc.add_PolygistServicer_to_server(told, made)
        health_pb2_grpc.add_HealthServicer_to_server(health.HealthServicer(), made)
        credentials = grpc.ssl_server_credentials([(pair.key, pair.certificate)], authority.pem, True)
        plain, secured = made.add_insecure_port("127.0.0.1:0"), made.add_secure_port("127.0.0.1:0", credentials)
        made.add_insecure_port(f"unix:{tmp_path / 'socket'}")
        made.start()
        try:
            yield Server(plain, secured, tmp_path, told)
        finally:
            made.stop(0).wait()


def test_a_certificate_and_a_token_are_shown(server: Server) -> None:
    given = [f"--{name}={server.folder / file}" for name, file in (("ca", "ca.pem"), ("cert", "client.pem"))]
    given += [f"--key={server.folder / 'client.key'}", f"--token-file={server.folder / 'token'}"]
    target = f"--server=localhost:{server.secured}"
    done = server.run(*given, "info", target)
    assert done.exit_code == 0, done.output
    assert server.told.headers == ["Bearer from-a-file"]
    assert server.run(*given, "health", target).output == "SERVING\n"
    assert server.run(*given[:1], "health", target, "--timeout=2").exit_code == 3


def test_the_environment_says_the_same(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, file in (("CA", "ca.pem"), ("CERTIFICATE", "client.pem"), ("KEY", "client.key")):
        monkeypatch.setenv(f"POLYGIST_CLIENT_{name}", str(server.folder / file))
    monkeypatch.setenv("POLYGIST_CLIENT_TOKEN", "from-the-environment")
    done = server.run("info", f"--server=localhost:{server.secured}")
    assert done.exit_code == 0, done.output
    assert server.told.headers == ["Bearer from-the-environment"]


def test_a_token_in_plain_text_stays_on_this_machine(server: Server) -> None:
    for target in (f"localhost:{server.plain}", f"unix:{server.folder / 'socket'}"):
        assert server.run("--token=secret", "info", f"--server={target}").exit_code == 0
    assert server.told.headers == ["Bearer secret"] * 2
    done = server.run("--token=secret", "info", "--server=polygist.example.org:50051")
    assert done.exit_code == 5
    assert "read on its way" in done.output
    assert "secret" not in done.output


def test_a_proxy_does_not_get_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert server.run("--token=secret", "info", f"--server=localhost:{server.plain}").exit_code == 0


@pytest.mark.parametrize("option", ["--ca", "--token-file", "--cert"])
def test_a_file_that_is_not_there_is_a_setting_that_is_wrong(option: str) -> None:
    done = CliRunner().invoke(app, [option, "/none/such", "info"])
    assert done.exit_code == 5


def test_who_calls_no_server_needs_no_token() -> None:
    assert CliRunner().invoke(app, ["--token-file", "/none/such", "models", "list"]).exit_code == 0


def test_the_python_client_adds_it_to_calls_of_every_kind(server: Server) -> None:
    with Client(f"localhost:{server.plain}", 10, token="t") as client:  # noqa: S106
        client.info()
        assert len(list(client.stream_digest(pb.DigestRequest()))) == 1
        assert [a.id for a in client.digest_many([("a", "A text.")])] == ["a"]
    assert server.told.headers == ["Bearer t"] * 3


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "größer"])
def test_what_no_header_can_hold_is_an_error_of_the_caller(token: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        Client("localhost:1", token=token)
