"""What files say, read again when they change."""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from polygist.errors import ConfigurationError

T = TypeVar("T")
# Hears "ok" or "failed" of each reading after the first.
Told = Callable[[str], None]

log = logging.getLogger(__name__)


def nobody(outcome: str) -> None:
    """Hears it and tells no one."""


class Fresh(Generic[T]):
    """What `read` makes of files. Safe for many threads.

    Making it raises ConfigurationError where `read` does. Later a change that can't be used leaves in force what was
    read before, and is in the log, once.
    """

    def __init__(self, files: Sequence[Path], read: Callable[[], T], told: Told = nobody) -> None:
        self._files, self._read, self._told = tuple(files), read, told
        self._lock = threading.Lock()
        # Before they are read: what changes meanwhile is seen next time.
        self._seen = self._marks()
        self._held = read()

    @property
    def stale(self) -> bool:
        """Whether `get` would read the files again."""
        return self._marks() != self._seen

    @property
    def held(self) -> T:
        """What they said when they were read last."""
        return self._held

    def get(self) -> T:
        """What they say now. Asks the file system for their times, some microseconds each."""
        with self._lock:
            marks = self._marks()
            if marks != self._seen:
                self._seen = marks
                self._renew()
            return self._held

    def _renew(self) -> None:
        names = ", ".join(map(str, self._files))
        try:
            self._held = self._read()
        except ConfigurationError as error:
            log.error("what was read of %s before stays in force: %s", names, error)
            self._told("failed")
            return
        log.info("read %s again", names)
        self._told("ok")

    def _marks(self) -> tuple[tuple[int, ...], ...]:
        """What changes with each file; links are followed, as Kubernetes has them before what it mounts."""
        return tuple(map(_mark, self._files))


def _mark(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
