import os
from pathlib import Path

import pytest

from polygist.errors import ConfigurationError
from polygist.fresh import Fresh


class Number:
    """A file with a number."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "number"
        self.reads = 0

    def write(self, text: str) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(text)
        new.replace(self.file)

    def read(self) -> int:
        self.reads += 1
        try:
            return int(self.file.read_text())
        except (OSError, ValueError) as error:
            raise ConfigurationError("no number") from error


@pytest.fixture
def number(tmp_path: Path) -> Number:
    made = Number(tmp_path)
    made.write("1")
    return made


def test_it_is_read_again_when_it_changes_and_only_then(number: Number) -> None:
    told: list[str] = []
    fresh = Fresh([number.file], number.read, told.append)
    assert (fresh.get(), fresh.get(), number.reads, told) == (1, 1, 1, [])
    number.write("2")
    assert fresh.stale
    assert (fresh.get(), fresh.get(), number.reads, told) == (2, 2, 2, ["ok"])
    assert not fresh.stale


def test_a_change_that_cannot_be_used_leaves_the_old_and_is_told_once(
    number: Number, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    fresh = Fresh([number.file], number.read, told.append)
    number.write("two")
    assert (fresh.get(), fresh.get(), told) == (1, 1, ["failed"])
    assert [r.levelname for r in caplog.records] == ["ERROR"]
    number.file.unlink()
    assert (fresh.get(), told) == (1, ["failed", "failed"])
    number.write("3")
    assert (fresh.get(), told[-1]) == (3, "ok")


def test_a_link_that_leads_elsewhere_is_a_change(number: Number, tmp_path: Path) -> None:
    """As Kubernetes changes what it mounts."""
    (tmp_path / "other").write_text("7")
    link, new = tmp_path / "link", tmp_path / "link.new"
    link.symlink_to(number.file)
    fresh = Fresh([link], lambda: int(link.read_text()))
    new.symlink_to(tmp_path / "other")
    os.replace(new, link)
    assert fresh.get() == 7


def test_a_change_while_it_is_read_is_seen_the_next_time(number: Number) -> None:
    def slow() -> int:
        found = number.read()
        if found == 1:
            number.write("2")
        return found

    fresh = Fresh([number.file], slow)
    assert fresh.get() == 2


def test_what_is_wrong_at_first_is_an_error(number: Number) -> None:
    number.write("none")
    with pytest.raises(ConfigurationError):
        Fresh([number.file], number.read)
