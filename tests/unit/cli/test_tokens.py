"""`polygist token`."""

from pathlib import Path

from typer.testing import CliRunner

from polygist.cli import app
from polygist.transport import callers


def test_a_new_token_and_its_line_for_the_file(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["token", "new"])
    assert done.exit_code == 0
    token = done.stdout.strip()
    file = tmp_path / "callers.toml"
    file.write_text(f"[callers.a]\nmethods = ['digest']\n{done.stderr}")
    found = callers.read(file).of_token(token)
    assert found
    assert found.name == "a"
    assert token not in file.read_text()


def test_the_hash_of_one_that_is_there(tmp_path: Path) -> None:
    token, file = callers.new_token(), tmp_path / "token"
    file.write_text(f"{token}\n")
    assert CliRunner().invoke(app, ["token", "hash", str(file)]).stdout == f"{callers.hashed(token)}\n"
    file.write_text("short")
    assert CliRunner().invoke(app, ["token", "hash", str(file)]).exit_code == 2
