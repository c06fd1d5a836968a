"""Unix sockets to listen on."""

import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from polygist.errors import ConfigurationError

# What nobody else may do with a file that is made meanwhile.
_OTHERS = 0o177
_ANSWER_SECONDS = 1.0


@dataclass(frozen=True)
class UnixSocket:
    """Where a socket is to be, and its permissions."""

    path: Path
    mode: int

    @property
    def address(self) -> str:
        """As gRPC writes it."""
        return f"unix:{self.path.absolute()}"

    def bind(self, add: Callable[[str], int]) -> None:
        """`add` its address; at no moment may more do with it than its permissions say.

        A socket that nobody listens on any more is in nobody's way. Raises ConfigurationError where somebody does,
        where another file is there, and where none can be.
        """
        self._make_room()
        before = os.umask(_OTHERS)
        try:
            add(self.address)
            self.path.chmod(self.mode)
        except (RuntimeError, OSError) as error:
            raise ConfigurationError(
                f"POLYGIST_UNIX_SOCKET: can't listen on {self.path}: is there such a folder, and may it be written?"
            ) from error
        finally:
            os.umask(before)

    def _make_room(self) -> None:
        with suppress(FileNotFoundError):
            if not stat.S_ISSOCK(self.path.lstat().st_mode):
                raise ConfigurationError(f"POLYGIST_UNIX_SOCKET: {self.path} is there and is no socket")
            if self._heard():
                # grpc would take its place, and its calls, in silence.
                raise ConfigurationError(f"POLYGIST_UNIX_SOCKET: another process listens on {self.path}")

    def _heard(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(_ANSWER_SECONDS)
            try:
                asking.connect(str(self.path))
            except ConnectionRefusedError:
                return False
            except OSError:  # full, or not ours to ask
                return True
        return True
