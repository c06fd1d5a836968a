"""A folder cut into pieces and put together again."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from training.pieces import Missing, join, split


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    (made / "inner").mkdir(parents=True)
    (made / "a").write_bytes(bytes(range(256)) * 400)
    (made / "inner" / "empty").write_bytes(b"")
    (made / "inner" / "ї ü").write_text("text")
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_round_trip_in_bounded_pieces(folder: Path, tmp_path: Path) -> None:
    pieces = split(folder, tmp_path / "pieces", 30_000)
    assert len(pieces) > 3
    assert max(p.stat().st_size for p in pieces) == 30_000
    assert {p.name for p in (tmp_path / "pieces").iterdir()} == {p.name for p in pieces} | {"sums"}
    join(tmp_path / "pieces", tmp_path / "back")
    assert files(tmp_path / "back") == files(folder)
    split(folder, tmp_path / "again", 30_000)
    assert files(tmp_path / "again") == files(tmp_path / "pieces")


def test_missing_and_damaged_pieces_are_named(folder: Path, tmp_path: Path) -> None:
    split(folder, tmp_path / "pieces", 30_000)
    (tmp_path / "pieces" / "001").unlink()
    (tmp_path / "pieces" / "002").write_bytes(b"x")
    with pytest.raises(Missing, match=r"001, 002$"):
        join(tmp_path / "pieces", tmp_path / "back")
    command = [sys.executable, "-m", "training.pieces", "join", tmp_path / "pieces", tmp_path / "back"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (75, f"{tmp_path / 'pieces'} lacks 001, 002")
    assert not (tmp_path / "back").exists()
    with pytest.raises(Missing, match="sums is missing"):
        join(tmp_path, tmp_path / "back")


def test_what_is_there_is_left_alone(folder: Path, tmp_path: Path) -> None:
    split(folder, tmp_path / "pieces")
    with pytest.raises(FileExistsError):
        join(tmp_path / "pieces", folder)
    with pytest.raises(FileExistsError):
        split(folder, tmp_path / "pieces")
