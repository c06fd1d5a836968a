"""Places that callers may name: folders of this machine and prefixes of URLs. Everything else is refused."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from polygist.batch.files import File, expand
from polygist.errors import ConfigurationError, InputUnreadable, InvalidRequest, Violation

_URL = re.compile(r"[a-z][a-z0-9+.-]{0,63}://")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_PATTERN = re.compile(r"[*?\[]")
# fsspec's own schemes for files of this machine.
_LOCAL = ("file://", "local://")
_MOST, _LAYERS = 4_096, 4


class Roots:
    """Folders by their absolute paths, and URLs. Raises ConfigurationError for what is neither."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._folders, self._prefixes = list[str](), list[str]()
        for root in allowed:
            if os.path.isabs(root):
                self._folders.append(os.path.realpath(root))
            elif _URL.match(root) and not root.startswith(_LOCAL):
                self._prefixes.append(root if root.endswith("/") else f"{root}/")
            else:
                raise ConfigurationError(f"POLYGIST_JOBS_ROOTS: {root!r} is neither an absolute path nor a URL")

    def keep_off(self, folder: Path) -> None:
        """Raises ConfigurationError where callers could read or write a folder of the server's own."""
        own = os.path.realpath(folder)
        for root in self._folders:
            if below(own, root) or below(root, own):
                raise ConfigurationError("POLYGIST_JOBS_DIR and POLYGIST_JOBS_ROOTS lie in one another")

    def check(self, place: str, field: str) -> None:
        """Raises InvalidRequest for a place that is not below one of these, wherever its symbolic links lead."""
        if not place:
            raise InvalidRequest(Violation(field, "is missing", "MISSING"))
        if not self._allows(place):
            raise InvalidRequest(Violation(field, "is not below any of POLYGIST_JOBS_ROOTS", "NOT_ALLOWED"))

    def _allows(self, place: str) -> bool:
        # "::" chains file systems in fsspec.
        if len(place) > _MOST or _CONTROL.search(place) or "::" in place or ".." in _parts(place):
            return False
        if os.path.isabs(place):
            return "://" not in place and self._holds(fixed(place))
        return any(f"{place}/".startswith(prefix) for prefix in self._prefixes)

    def _holds(self, path: str) -> bool:
        real = os.path.realpath(path)
        return any(below(real, folder) for folder in self._folders)

    def files(self, place: str) -> list[File]:
        """The files at a place that was checked. Raises InputUnreadable, also where one of them is not below a root."""
        found = expand(place)
        local = os.path.isabs(place)
        for file in found:
            if not (self._holds(file.path) if local else self._serves(place, file)):
                raise InputUnreadable(f"{place}: something in it leads out of POLYGIST_JOBS_ROOTS")
            if local:
                file.system = _Held(self)
        return found

    def _serves(self, place: str, file: File) -> bool:
        """Whether a file of a store, as that calls it, is below what allows the place that led to it."""
        prefixes = [prefix for prefix in self._prefixes if place.startswith(prefix)]
        return any(below(file.path, file.system._strip_protocol(prefix)) for prefix in prefixes or [place])

    @contextmanager
    def opened(self, path: str) -> Iterator[IO[bytes]]:
        """A file of this machine, which is where it was checked to be, whatever has become of links on its way."""
        # Not waiting: it may be a pipe by now.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            real = os.readlink(f"/proc/self/fd/{stream.fileno()}")
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode) or not any(below(real, f) for f in self._folders):
                raise InputUnreadable("the file leads out of POLYGIST_JOBS_ROOTS")
            yield stream


class _Held:
    """What a `File` needs of a file system."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots

    def open(self, path: str, mode: str) -> Any:
        return self._roots.opened(path)


def below(path: str, folder: str) -> bool:
    """Whether a path, or URL, is a folder or lies in it, as far as its name tells."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _parts(place: str) -> set[str]:
    """The parts of a path or URL, with what percent signs stand for, who knows how often; ".." is said of what has them
    in layers that nobody needs.

    >>> sorted(_parts("a/%252e%252e/b"))
    ['..', 'a', 'b']
    """
    for _ in range(_LAYERS):
        if (plain := unquote(place)) == place:
            return set(re.split(r"[/\\?#]", place))
        place = plain
    return {".."}


def fixed(path: str) -> str:
    """The folders before the first part that is a pattern; all of it where there is none, or a file has such a name."""
    if os.path.lexists(path):
        return path
    parts = path.split("/")
    first = next((i for i, part in enumerate(parts) if _PATTERN.search(part)), len(parts))
    return "/".join(parts[:first]) or "/"
