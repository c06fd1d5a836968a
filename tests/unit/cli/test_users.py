"""`polygist metrics-user`."""

import base64
from pathlib import Path

from typer.testing import CliRunner

from polygist.cli import app
from polygist.web import users


def test_it_prints_a_line_of_the_file_and_not_the_password(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["metrics-user", "prometheus"], input="secret\nsecret\n")
    assert done.exit_code == 0, done.output
    file = tmp_path / "users"
    file.write_text(done.stdout)
    assert "secret" not in done.output
    assert users.load(file).admit("Basic " + base64.b64encode(b"prometheus:secret").decode())


def test_a_name_that_cannot_be_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["metrics-user", "a:b"], input="secret\nsecret\n").exit_code == 2
