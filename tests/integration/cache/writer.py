"""A process that uses the disk cache, for tests that need several or kill one.

python -m tests.integration.cache.writer endless FOLDER     writes batch after batch, and prints each when it is stored
python -m tests.integration.cache.writer share FOLDER NAME  writes and reads through the whole tier, prints its errors
python -m tests.integration.cache.writer hang FOLDER        ends while a lookup hangs
"""

import asyncio
import sys
import threading
from itertools import count
from pathlib import Path

from polygist.cache import disk, files
from polygist.cache.base import Silent
from polygist.cache.database import Database
from polygist.cache.disk import Disk
from tests.unit.cache.tally import Tally

BATCH = 50
SHARED = 300


def entry(name: str, n: int) -> tuple[bytes, bytes]:
    return f"{name}-{n}".encode(), f"{name}-{n};".encode() * 100


def endless(folder: Path) -> None:
    database = Database(folder, 100_000_000, Silent())
    for batch in count():
        database.write(dict(entry("killed", n) for n in range(batch * BATCH, (batch + 1) * BATCH)))
        sys.stdout.write(f"{batch}\n")
        sys.stdout.flush()


async def share(folder: Path, name: str) -> None:
    tally = Tally()
    cache = Disk(folder, 100_000_000, tally)
    wrong = 0
    for n in range(SHARED):
        await cache.put(*entry(name, n))
        for other in ("a", "b"):
            key, value = entry(other, n // 2)
            wrong += await cache.get(key) not in (None, value)
    await cache.close()
    sys.stdout.write(f"{wrong} {sum(tally.errors.values())} {sum(tally.drops.values())}\n")


async def hang(folder: Path) -> None:
    asked = threading.Event()

    class Hanging(Database):
        def read(self, key: bytes) -> bytes | None:
            asked.set()
            threading.Event().wait()
            return None

    disk._LOOKUP_SECONDS = disk._CLOSE_SECONDS = 0.1
    disk.Database = Hanging
    cache = Disk(folder, 100_000_000, Silent())
    await cache.get(b"key")
    assert await asyncio.to_thread(asked.wait, 30)
    await cache.close()


if __name__ == "__main__":
    files._BUSY_SECONDS = disk._LOOKUP_SECONDS = disk._CLOSE_SECONDS = 60
    what, where, *rest = sys.argv[1:]
    if what == "endless":
        endless(Path(where))
    elif what == "hang":
        asyncio.run(hang(Path(where)))
    else:
        asyncio.run(share(Path(where), *rest))
