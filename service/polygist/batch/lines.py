"""A file of lines that grows, and whose last line a crash may have torn."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from polygist.batch.disk import Disk, writable

# Offset and length of a line.
Place = tuple[int, int]


class Lines:
    """Its lines are known by their places. What follows the last line that is `whole` is taken away when it is opened.

    Raises OutputFailed.
    """

    def __init__(self, path: Path, disk: Disk, *, sync: bool) -> None:
        self.path, self._disk, self._sync = path, disk, sync
        with writable(path):
            self.file: IO[bytes] = open(path, "a+b", buffering=0)  # noqa: SIM115  # closed by close()

    def recover(self, whole: Callable[[bytes], bool] = lambda _: True) -> Iterator[tuple[Place, bytes]]:
        """Place and content of each line."""
        with writable(self.path):
            end = 0
            with open(self.path, "rb") as file:
                for line in file:
                    if not line.endswith(b"\n") or not whole(line):
                        break
                    yield (end, len(line)), line
                    end += len(line)
            if end < self.file.seek(0, os.SEEK_END):
                self.file.truncate(end)

    def add(self, line: bytes) -> Place:
        """Append a line."""
        with writable(self.path):
            offset = self.file.seek(0, os.SEEK_END)
        self._disk.append(self.file, self.path, line, sync=self._sync)
        return offset, len(line)

    def at(self, place: Place) -> bytes:
        """The line there."""
        offset, length = place
        with writable(self.path):
            return os.pread(self.file.fileno(), length, offset)

    def close(self) -> None:
        self.file.close()
