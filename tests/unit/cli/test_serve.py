"""`polygist serve` where its settings can't be."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from polygist.cli import app

EVERYWHERE = "0.0.0.0"  # noqa: S104  # nothing listens there


@pytest.mark.parametrize("where", [["--host", EVERYWHERE], ["--host", "::"]])
def test_plain_text_beyond_this_machine_must_be_said_aloud(where: list[str]) -> None:
    done = CliRunner().invoke(app, ["serve", "--port", "0", "--metrics-port", "0", *where])
    assert done.exit_code == 5
    assert "POLYGIST_TLS_CERTIFICATE" in done.output
    assert "--insecure" in done.output


def test_so_must_plain_text_of_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYGIST_METRICS_HOST", EVERYWHERE)
    done = CliRunner().invoke(app, ["serve", "--port", "0", "--metrics-port", "0"])
    assert done.exit_code == 5
    assert "POLYGIST_METRICS_INSECURE" in done.output


def test_a_certificate_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POLYGIST_TLS_CERTIFICATE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("POLYGIST_TLS_KEY", str(tmp_path / "none.key"))
    done = CliRunner().invoke(app, ["serve", "--port", "0", "--metrics-port", "0"])
    assert done.exit_code == 5
    assert "none.pem" in done.output


def test_nowhere_to_listen_is_an_error() -> None:
    done = CliRunner().invoke(app, ["serve", "--host", "", "--metrics-port", "0"])
    assert done.exit_code == 5
    assert "POLYGIST_UNIX_SOCKET" in done.output
