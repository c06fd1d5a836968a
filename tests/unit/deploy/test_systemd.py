"""The systemd unit and its variables."""

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from polygist.cli import exits
from polygist.settings import Settings
from tests.deployed import DEPLOY
from tests.unit.deploy.test_kubernetes import settings_of

FOLDER = DEPLOY / "systemd"
UNIT = (FOLDER / "polygist.service").read_text(encoding="utf-8")
VARIABLES = (FOLDER / "polygist.env").read_text(encoding="utf-8")


@pytest.fixture
def entries() -> dict[str, list[str]]:
    found = defaultdict[str, list[str]](list)
    for name, value in re.findall(r"^(\w+)=(.*)$", UNIT, re.MULTILINE):
        found[name].append(value)
    return found


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not there")
def test_systemd_takes_it(tmp_path: Path) -> None:
    def said(text: str) -> str:
        unit = tmp_path / "polygist.service"
        # What it starts is not there.
        unit.write_text(re.sub("^ExecStart=.*", "ExecStart=/bin/true", text, flags=re.MULTILINE), encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
        )
        return done.stderr

    assert "polygist.service" not in said(UNIT)
    assert "NoNewPrivilege" in said(UNIT.replace("NoNewPrivileges", "NoNewPrivilege"))


def test_its_variables_are_settings(entries: dict[str, list[str]]) -> None:
    assert entries["EnvironmentFile"] == ["/etc/polygist/polygist.env"]
    in_force = dict(re.findall(r"^([A-Z_]+)=(.*)$", VARIABLES, re.MULTILINE))
    assert str(settings_of(in_force).cache_dir) == f"/var/cache/{entries['CacheDirectory'][0]}"
    # Those that are there to be turned on, one after the other.
    suggested = re.findall(r"^#([A-Z_]+)=(.*)$", VARIABLES, re.MULTILINE)
    assert suggested
    for name, value in suggested:
        assert settings_of({name: value})


def test_it_has_time_to_drain_and_is_not_started_where_that_would_not_help(entries: dict[str, list[str]]) -> None:
    assert float(entries["TimeoutStopSec"][0]) == Settings().shutdown_grace_seconds + 10
    assert entries["KillMode"] == ["mixed"]
    assert entries["RestartPreventExitStatus"] == [f"{exits.USAGE} {exits.SETUP}"]
