"""What an origin of models is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from polygist.errors import PullFailed

Told = Callable[[int], None]


@dataclass(frozen=True)
class Offer:
    """A file as its origin lists it: bytes, and the sha256 where the origin knows it, else ""."""

    size: int
    sha256: str = ""


@dataclass(frozen=True)
class Listing:
    """What an origin has, by the plain names of files; `revision` is the commit, `licence` what it says of itself; ""
    where there is none."""

    files: Mapping[str, Offer]
    revision: str = ""
    licence: str = ""


class Origin(Protocol):
    """Lists files and brings them."""

    def listing(self) -> Listing:
        """What there is. Raises PullFailed."""
        ...

    def fetch(self, name: str, file: Path, told: Told) -> None:
        """Bring a listed file; `file` may hold its beginning already. `told` hears how many bytes are there.

        Raises PullFailed, or OSError where the disk is the trouble.
        """
        ...


def check_names(names: Iterable[str], origin: str) -> None:
    """Raises PullFailed where a path would leave the folder that it is unpacked in."""
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or "\0" in name or (path.parts[:1] and path.parts[0].endswith(":")):
            raise PullFailed(f"{origin} names a file outside of itself, {name!r}: nothing is taken from it")
