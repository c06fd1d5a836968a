"""Disks that are full or read-only: a clean error, and nothing that the next run could not go on from."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from polygist.errors import OutputFailed
from tests.unit.batch.stand import job, lines, options, output, run

TEXTS = [f"Text {i} " * 9 for i in range(10)]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file grows beyond so many bytes, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("format", ["jsonl", "parquet"])
def test_wherever_the_disk_is_full_the_next_run_goes_on(tmp_path: Path, format: str) -> None:
    rows, chosen = lines(tmp_path / "in.jsonl", TEXTS), options(output_format=format)
    run(rows, tmp_path / "undisturbed", chosen=chosen)
    said = list[str]()
    for size in range(0, 6_000, 97):
        folder = tmp_path / f"out{size}"
        with files_of_at_most(size):
            try:
                run(rows, folder, chosen=chosen)
            except OutputFailed as error:
                said.append(str(error))
        run(rows, folder, chosen=chosen)
        assert output(folder) == output(tmp_path / "undisturbed")
    assert len(said) >= 10
    assert all(s.startswith(str(tmp_path)) and s.endswith(": File too large") for s in said)


@contextmanager
def as_anybody() -> Iterator[None]:
    """Root may write everywhere."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.parametrize("begun", [True, False])
def test_a_folder_that_is_read_only_is_said_by_name(tmp_path: Path, begun: bool) -> None:
    rows, folder = lines(tmp_path / "in.jsonl", TEXTS), tmp_path / "out"
    if begun:
        run(rows, folder)
    else:
        folder.mkdir()
    folder.chmod(0o500)
    try:
        made = job(rows, folder)
        with as_anybody(), pytest.raises(OutputFailed, match=f"{folder}.*: Permission denied"):
            made.run()
    finally:
        folder.chmod(0o700)
    run(rows, folder)
