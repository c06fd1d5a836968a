"""The commands on the page about access do what it says."""

import re
import subprocess
from pathlib import Path

import grpc
import pytest

from polygist.transport import callers
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.conftest import ROOT
from tests.integration.serving.conftest import Serve

PAGE = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")


def block(beginning: str, kind: str = "") -> str:
    """The block of code that begins like that."""
    found = re.search(rf"```{kind}\n({re.escape(beginning)}[\s\S]*?)```", PAGE)
    assert found, beginning
    return found[1]


@pytest.fixture
def certified(tmp_path: Path) -> Path:
    """A folder with the certificates of the page."""
    subprocess.run(["bash", "-euc", block("openssl ")], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


async def test_its_certificates_and_its_file_open_a_server(held: Serve, certified: Path) -> None:
    file, token = certified / "callers.toml", callers.new_token()
    example = block("# callers.toml", "toml")
    file.write_text(re.sub(r"sha256:\w{64}", callers.hashed(token), example, count=1))
    names = {"tls_certificate": "server.pem", "tls_key": "server.key", "tls_client_ca": "ca.pem"}
    given = {setting: certified / name for setting, name in names.items()}
    ca, key, chain = ((certified / name).read_bytes() for name in ("ca.pem", "newsroom.key", "newsroom.pem"))
    asked = pb.DetectLanguageRequest(texts=["The council met on Monday."])
    async with (
        held(callers_file=file, **given) as server,
        grpc.aio.secure_channel(server.target, grpc.ssl_channel_credentials(ca, key, chain)) as channel,
    ):
        detect = polygist_pb2_grpc.PolygistStub(channel).DetectLanguage
        for metadata in ([], [("authorization", f"Bearer {token}")]):
            assert (await detect(asked, metadata=metadata)).languages[0].language == "en"
