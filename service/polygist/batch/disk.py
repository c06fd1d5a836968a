"""Files that outlast a crash: what these functions have returned from is on the disk."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from polygist.errors import OutputFailed

TEMPORARY = ".tmp"


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Errors of the file system as OutputFailed."""
    try:
        yield
    except OSError as error:
        raise OutputFailed(f"{error.filename or path}: {error.strerror or error}") from error


class Hashed(io.RawIOBase):
    """A file that is written once, from its beginning to its end; knows its `sha256` and `size`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._hash, self.size = file, hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        with memoryview(data) as view:
            self._file.write(view)
            self._hash.update(view)
            self.size += view.nbytes
            return view.nbytes

    def tell(self) -> int:
        return self.size

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Disk:
    """The steps that a job's output is made of. All raise OutputFailed."""

    def prepare(self, path: Path, write: Callable[[Hashed], None]) -> Hashed:
        """A file under its temporary name, whole and on the disk, name included."""
        temporary = path.with_name(path.name + TEMPORARY)
        with writable(temporary):
            try:
                with temporary.open("wb") as file:
                    hashed = Hashed(file)
                    write(hashed)
                    file.flush()
                    self.settle(file.fileno())
            except OSError:
                temporary.unlink(missing_ok=True)
                raise
            self.sync(path.parent)
        return hashed

    def publish(self, path: Path) -> None:
        """Give a prepared file its name."""
        with writable(path):
            path.with_name(path.name + TEMPORARY).replace(path)
            self.sync(path.parent)

    def replace(self, path: Path, write: Callable[[Hashed], None]) -> None:
        """A file, or none of the new one: the old one stays until then."""
        self.prepare(path, write)
        self.publish(path)

    def append(self, file: IO[bytes], path: Path, data: bytes, *, sync: bool) -> None:
        """Add to a file that is open without a buffer; what was written of it before an error is taken away again."""
        with writable(path):
            end = file.seek(0, os.SEEK_END)
            try:
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
                if sync:
                    self.settle(file.fileno())
            except OSError:
                file.truncate(end)
                raise

    def remove(self, path: Path) -> None:
        """A file is gone, if there was one."""
        with writable(path):
            path.unlink(missing_ok=True)

    def sync(self, folder: Path) -> None:
        """The names in a folder are on the disk."""
        number = os.open(folder, os.O_RDONLY)
        try:
            self.settle(number)
        finally:
            os.close(number)

    def settle(self, number: int) -> None:
        """What was written to an open file or folder is on the disk."""
        os.fsync(number)
