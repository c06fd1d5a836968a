"""Models in a tar or zip archive, on this machine or on the web."""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from polygist.errors import PullFailed
from polygist.store.origins.base import Listing, Offer, Told, check_names
from polygist.store.sources import is_url

_BLOCK = 1 << 20
# What the readers raise for what is no archive, is cut short, or asks for a password.
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
)


class Archive:
    """An archive with the files of one model in one of its folders. It is read, never unpacked as a whole."""

    def __init__(self, path: str, work: Path) -> None:
        self._path, self._work = path, work
        self._members: Mapping[str, str] = {}
        self._file = self._brought if is_url(path) else lambda: Path(path)

    def listing(self) -> Listing:
        """The files of the folder that holds config.json. Raises PullFailed, also where a member would lead out."""
        with _open(self._file()) as archive:
            sizes = dict(archive.sizes())
        check_names(sizes, self._path)
        tops = [PurePosixPath(name).parent for name in sizes if PurePosixPath(name).name == "config.json"]
        if len(tops) != 1:
            raise PullFailed(f"{self._path} must hold the files of one model, has {len(tops)} of the name config.json")
        self._members = {PurePosixPath(n).name: n for n in sizes if PurePosixPath(n).parent == tops[0]}
        return Listing({name: Offer(sizes[member]) for name, member in self._members.items()})

    def fetch(self, name: str, file: Path, told: Told) -> None:
        """Write a member to `file`. Raises PullFailed, OSError."""
        with _open(self._file()) as archive, archive.read(self._members[name]) as source, file.open("wb") as out:
            while block := source.read(_BLOCK):
                out.write(block)
                told(out.tell())

    def _brought(self) -> Path:
        """What lies on the web, downloaded once; what another pull left is of use as far as it was cut off."""
        from polygist.store.origins import hub

        self._work.mkdir(parents=True, exist_ok=True)
        whole, part = self._work / "archive", self._work / "archive.part"
        with hub.failures(self._path, ""):
            hub.download(self._path, part, lambda _: None)
        part.rename(whole)
        self._file = lambda: whole
        return whole


class _Tar:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def sizes(self) -> Iterator[tuple[str, int]]:
        for member in self._archive:
            if member.isdir():
                continue
            if not member.isfile():
                raise PullFailed(f"the archive holds a link or device, {member.name!r}: nothing is taken from it")
            yield member.name, member.size

    def read(self, name: str) -> IO[bytes]:
        found = self._archive.extractfile(name)
        if found is None:
            raise PullFailed(f"the archive holds no file {name!r}")
        return found


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def sizes(self) -> Iterator[tuple[str, int]]:
        for member in self._archive.infolist():
            if member.is_dir():
                continue
            kind = member.external_attr >> 28  # the type of a Unix file, 0 where it was not made there
            if kind not in (0, 0o10):
                raise PullFailed(f"the archive holds a link or device, {member.filename!r}: nothing is taken from it")
            yield member.filename, member.file_size

    def read(self, name: str) -> IO[bytes]:
        return self._archive.open(name)


@contextmanager
def _open(path: Path) -> Iterator[_Tar | _Zip]:
    if not path.is_file():
        raise PullFailed(f"the archive {path} is missing")
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield _Zip(archive)
        else:
            with tarfile.open(path) as tar:
                yield _Tar(tar)
    except _BROKEN as error:
        raise PullFailed(f"{path} is no archive that can be read: {error}") from error
