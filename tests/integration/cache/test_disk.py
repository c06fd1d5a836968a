"""The disk tier: its bound, several processes, sudden death, damage, and disks that refuse."""

import asyncio
import fcntl
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from polygist.cache import database, disk, files
from polygist.cache.base import Silent
from polygist.cache.database import Database
from polygist.cache.disk import Disk
from tests.conftest import ROOT
from tests.integration.cache.writer import BATCH, SHARED, entry
from tests.unit.cache.tally import Tally, eventually

BOUND = 1_000_000
WRITER = (sys.executable, "-m", "tests.integration.cache.writer")


def batch(n: int, size: int = 400) -> dict[bytes, bytes]:
    return {b"%d-%d" % (n, i): os.urandom(size) for i in range(100)}


def filled(folder: Path) -> dict[bytes, bytes]:
    """A closed cache's entries, all in its file."""
    entries = batch(0, 2000)
    cache = Database(folder, BOUND, Silent())
    cache.write(entries)
    cache.close()
    return entries


def test_the_file_stays_within_the_bound_and_keeps_what_is_used(tmp_path: Path, tally: Tally) -> None:
    cache = Database(tmp_path, BOUND, tally)
    sizes = random.Random(5)
    cache.write({b"used": b"value"})
    for n in range(100):
        cache.write(batch(n, sizes.choice((10, 400, 3000))))
        assert cache.read(b"used") == b"value"
    assert cache.read(b"99-99")
    assert cache.read(b"0-0") is None
    cache.close()
    assert BOUND / 2 < max(tally.sizes["disk"]) <= BOUND
    assert (tmp_path / "1.sqlite3").stat().st_size <= BOUND
    assert tally.evictions["disk"] > 5000
    assert not tally.errors


def test_a_lowered_bound_shrinks_the_file(tmp_path: Path) -> None:
    first = Database(tmp_path, 10 * BOUND, Silent())
    for n in range(50):
        first.write(batch(n))
    first.close()
    assert (tmp_path / "1.sqlite3").stat().st_size > 2 * BOUND
    second = Database(tmp_path, BOUND, Silent())
    second.write({})
    assert second.read(b"49-99")
    second.close()
    assert (tmp_path / "1.sqlite3").stat().st_size <= BOUND


def test_uses_are_remembered_over_a_restart(tmp_path: Path) -> None:
    first = Database(tmp_path, BOUND, Silent())
    first.write({b"used": b"value", b"put again": b"value"})
    first.write(batch(0))
    assert first.read(b"used")
    first.write({b"put again": b"value"})
    first.close()
    second = Database(tmp_path, 60_000, Silent())
    second.write({})
    assert second.read(b"0-0") is None
    assert second.read(b"used")
    assert second.read(b"put again")
    second.close()


def test_what_was_used_last_stays_whatever_the_clock_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, right = Database(tmp_path, BOUND, Silent()), time.time_ns()
    for n, days in enumerate((0, 1, -1, 0)):
        now = right + days * 86_400 * 10**9
        monkeypatch.setattr(time, "time_ns", lambda now=now: now)
        new = batch(n, 3000)  # not all of three fit
        cache.write(new)
        assert all(cache.read(key) == value for key, value in new.items())
    assert cache.read(b"0-99") is None
    cache.close()


def test_reads_do_not_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_MAX_TOUCHED", 50)
    cache = Database(tmp_path, BOUND, Silent())
    cache.write(batch(0))
    with closing(sqlite3.connect(tmp_path / "1.sqlite3")) as other:
        version = other.execute("PRAGMA data_version").fetchone()
        for n in range(100):
            assert cache.read(b"0-%d" % n)
        assert other.execute("PRAGMA data_version").fetchone() == version
        assert cache.many_used
        cache.write({})
        assert other.execute("PRAGMA data_version").fetchone() != version
    cache.close()


async def test_many_reads_write_their_uses(tmp_path: Path, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_MAX_TOUCHED", 2)
    filled(tmp_path)
    cache = Disk(tmp_path, BOUND, tally)
    await eventually(lambda: len(tally.sizes["disk"]) == 1)
    for n in range(2):
        assert await cache.get(b"0-%d" % n)
    assert len(tally.sizes["disk"]) == 2
    await cache.close()


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        cache = Database(tmp_path / "cache", BOUND, Silent())
        cache.write(batch(0))
    finally:
        os.umask(before)
    paths = list((tmp_path / "cache").iterdir())
    assert {path.name for path in paths} == {"1.sqlite3", "1.sqlite3-wal", "1.sqlite3-shm", "lock"}
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    cache.close()


async def test_a_value_too_large_is_not_kept(tmp_path: Path, tally: Tally) -> None:
    filled(tmp_path)
    cache = Disk(tmp_path, BOUND, tally)
    await cache.put(b"large", bytes(BOUND // 2 + 1))
    assert await cache.get(b"large") is None
    assert await cache.get(b"0-0")
    await cache.close()


async def test_the_event_loop_never_touches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = set()

    def watch(name: str) -> None:
        real = getattr(Database, name)

        def watched(*args: object) -> object:
            threads.add(threading.get_ident())
            return real(*args)

        monkeypatch.setattr(Database, name, watched)

    for name in ("read", "write", "close"):
        watch(name)
    cache = Disk(tmp_path, BOUND, Silent())
    await cache.put(b"key", b"value")
    assert await cache.get(b"other") is None
    await cache.close()
    assert len(threads) == 1
    assert threading.get_ident() not in threads


@pytest.mark.usefixtures("endless_pauses")
async def test_a_disk_that_hangs_is_left_alone(tmp_path: Path, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    monkeypatch.setattr(Database, "read", lambda *_: free.wait())
    monkeypatch.setattr(disk, "_LOOKUP_SECONDS", 0.02)
    monkeypatch.setattr(disk, "_CLOSE_SECONDS", 0.02)
    cache = Disk(tmp_path, BOUND, tally)
    try:
        async with asyncio.timeout(60):
            assert [await cache.get(b"key") for _ in range(1000)] == [None] * 1000
            assert tally.errors == {"disk": 3}
            await cache.put(b"key", b"value")
            assert await cache.get(b"key") == b"value"
            await cache.close()
    finally:
        free.set()


def test_two_processes_share_the_file(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([*WRITER, "share", tmp_path, name], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]
    try:
        assert [process.communicate(timeout=240)[0] for process in processes] == ["0 0 0\n"] * 2
    finally:
        for process in processes:
            process.kill()
    cache = Database(tmp_path, 100 * BOUND, Silent())
    cache.write({})
    for name in ("a", "b"):
        for n in range(SHARED):
            key, value = entry(name, n)
            assert cache.read(key) == value
    cache.close()
    assert not (tmp_path / "2.sqlite3").exists()


def test_what_was_written_survives_a_kill(tmp_path: Path, tally: Tally) -> None:
    batches = 0
    for round in range(3):
        folder = tmp_path / str(round)
        with subprocess.Popen([*WRITER, "endless", folder], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for _ in range(round * 10 + 3):
                batches = int(process.stdout.readline()) + 1
            process.send_signal(signal.SIGKILL)
        cache = Database(folder, 100 * BOUND, tally)
        cache.write({})
        for n in range(batches * BATCH):
            key, value = entry("killed", n)
            assert cache.read(key) == value
        cache.close()
        assert not (folder / "2.sqlite3").exists()
    assert not tally.errors


def test_one_process_at_a_time_chooses_the_file(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        other = threading.Thread(target=Database(tmp_path, BOUND, Silent()).write, args=({},))
        other.start()
        other.join(0.5)
        assert other.is_alive()
        assert not (tmp_path / "1.sqlite3").exists()
    other.join(60)
    assert (tmp_path / "1.sqlite3").exists()


@pytest.mark.usefixtures("endless_pauses")
async def test_a_lock_that_stays_taken_turns_the_tier_off(
    tmp_path: Path, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_BUSY_SECONDS", 0.1)
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cache = Disk(tmp_path, BOUND, tally)
        await eventually(lambda: tally.errors)
        await cache.put(b"key", b"value")
        assert await cache.get(b"key") is None
        await cache.close()
    assert (tally.errors, tally.drops) == ({"disk": 1}, {"disk": 1})
    assert not (tmp_path / "1.sqlite3").exists()


def test_a_process_ends_while_its_disk_hangs(tmp_path: Path) -> None:
    done = subprocess.run([*WRITER, "hang", tmp_path], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0


def overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE theirs (x)")


def statement(sql: str) -> Callable[[Path], None]:
    def run(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(sql)

    return run


DAMAGES: dict[str, Callable[[Path], None]] = {
    "not a database": lambda path: path.write_bytes(b"article text, not a database at all\n" * 1000),
    "no header": lambda path: overwrite(path, 0, bytes(100)),
    "cut": lambda path: os.truncate(path, 10_000),
    "cut to a page": lambda path: os.truncate(path, 4096),
    "cut short": lambda path: os.truncate(path, 50),
    "garbage inside": lambda path: overwrite(path, 4096, os.urandom(path.stat().st_size - 4096)),
    "another program's": foreign,
    "another version's": statement("PRAGMA user_version = 99"),
    "a table gone": statement("DROP TABLE entries"),
    "values changed": statement("UPDATE entries SET value = x'00'"),
    "values of another type": statement("UPDATE entries SET value = 'text', checksum = 0"),
    "keys exchanged": statement("UPDATE entries SET key = 'x' || key"),
}


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_file_is_left_aside_and_made_anew(
    damage: str, tmp_path: Path, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    entries = filled(tmp_path)
    DAMAGES[damage](tmp_path / "1.sqlite3")
    left = (tmp_path / "1.sqlite3").read_bytes()
    cache = Disk(tmp_path, BOUND, tally)
    for key, value in entries.items():
        assert await cache.get(key) in (None, value)
    await cache.put(b"secret key", b"secret value")
    await eventually(lambda: cache._backlog.get(b"secret key") is None)
    assert await cache.get(b"secret key") == b"secret value"
    await cache.close()
    if damage != "keys exchanged":  # nothing is wrong with a file where nothing is found
        assert tally.errors["disk"] == 1
        assert "cache file 1 is damaged" in caplog.text
        assert (tmp_path / "1.sqlite3").stat().st_size == len(left)
        assert (tmp_path / "2.sqlite3").exists()
    assert "secret" not in caplog.text
    assert not tally.drops


def test_damage_while_it_is_open(tmp_path: Path, tally: Tally) -> None:
    entries = filled(tmp_path)
    caches = [Database(tmp_path, BOUND, tally) for _ in range(2)]
    for cache in caches:
        cache.write({})
    overwrite(tmp_path / "1.sqlite3", 4096, os.urandom((tmp_path / "1.sqlite3").stat().st_size - 4096))
    for n, cache in enumerate(caches):
        for key, value in entries.items():
            assert cache.read(key) in (None, value)
        cache.write({b"%d" % n: b"value"})
    # Both have gone over to one new file.
    assert all(cache.read(key) == b"value" for cache in caches for key in (b"0", b"1"))
    assert tally.errors == {"disk": 2}
    for cache in caches:
        cache.close()
    assert sorted(path.name for path in tmp_path.glob("*.sqlite3")) == ["1.sqlite3", "2.sqlite3"]


def test_only_the_last_file_left_aside_is_kept(tmp_path: Path, tally: Tally) -> None:
    for n in range(1, 6):
        cache = Database(tmp_path, BOUND, tally)
        cache.write(batch(0))
        cache.close()
        (tmp_path / f"{n}.sqlite3").write_bytes(b"garbage" * 1000)
    cache = Database(tmp_path, BOUND, tally)
    cache.write({})
    cache.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["5.sqlite3", "6.sqlite3", "lock"]
    assert tally.errors == {"disk": 5}


@pytest.mark.usefixtures("endless_pauses")
@pytest.mark.parametrize("place", ["under a file", "read-only"])
async def test_a_folder_that_can_not_be_made(
    place: str, tmp_path: Path, tally: Tally, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    # Root may write to a folder without permission, but nobody can make one in /proc.
    cache = Disk({"under a file": tmp_path / "file" / "x", "read-only": Path("/proc/polygist")}[place], BOUND, tally)
    await eventually(lambda: tally.errors)
    await cache.put(b"key", b"value")
    assert await cache.get(b"key") is None
    await cache.close()
    assert (tally.errors, tally.drops) == ({"disk": 1}, {"disk": 1})
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == ["storing in the disk cache fails"]


@pytest.mark.usefixtures("short_pauses")
async def test_a_full_disk_still_answers_and_stores_again_later(tmp_path: Path, tally: Tally) -> None:
    entries = filled(tmp_path)
    cache = Disk(tmp_path, 10 * BOUND, tally)
    assert await cache.get(b"0-0") == entries[b"0-0"]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file grows beyond this; the log can't take 100 entries then.
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        for key, value in batch(1, 2000).items():
            await cache.put(key, value)
        await eventually(lambda: tally.errors)
        assert await cache.get(b"0-1") == entries[b"0-1"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert tally.drops["disk"]
    async with asyncio.timeout(60):
        while not await cache.get(b"later") or cache._backlog.get(b"later"):
            await cache.put(b"later", b"value")
            await asyncio.sleep(0.01)
    await cache.close()
    assert not (tmp_path / "2.sqlite3").exists()
