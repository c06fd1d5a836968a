"""Where an input lies: standard input, a file, a folder, a pattern, or any of them at an fsspec URL."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

import fsspec
from fsspec.compression import compr
from fsspec.utils import infer_compression

from polygist.errors import InputUnreadable

STDIN = "-"
_CHUNK = 256 * 1024


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Errors of file systems, which plug-ins have of their own, as InputUnreadable."""
    try:
        yield
    except InputUnreadable:
        raise
    except Exception as error:
        said = getattr(error, "strerror", None) or str(error).split("\n", 1)[0][:200] or type(error).__name__
        raise InputUnreadable(f"{name}: {said}") from error


class _Counted(io.RawIOBase):
    """A stream of whatever kind as one that can be buffered; `count` is told how many bytes came."""

    def __init__(self, stream: IO[bytes], count: Callable[[int], None]) -> None:
        # A pipe gives what there is, and not first as much as was asked for.
        self._read, self._count = getattr(stream, "read1", stream.read), count

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with memoryview(buffer) as view:
            data = self._read(len(view))
            view[: len(data)] = data
        self._count(len(data))
        return len(data)


@dataclass(slots=True)
class File:
    """A file of the input. `name` is its path below the folder that was named; `passed` bytes of `size` are read."""

    name: str
    system: Any
    path: str
    size: int | None
    passed: int = field(default=0, compare=False)

    @property
    def suffix(self) -> str:
        """In small letters, without that of a compression: ".jsonl" of news.jsonl.gz."""
        path = PurePosixPath(self.name)
        return (path.with_suffix("") if infer_compression(self.name) else path).suffix.lower()

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Its bytes, decompressed where the name says so. What goes wrong in reading is InputUnreadable."""
        with readable(self.name), self.raw() as raw:
            stream: Any = io.BufferedReader(_Counted(raw, self._count), _CHUNK)
            name = infer_compression(self.name)
            yield io.BufferedReader(compr[name](stream, mode="rb"), _CHUNK) if name else stream

    @contextmanager
    def raw(self) -> Iterator[IO[bytes]]:
        """Its bytes as they lie there."""
        if self.system is None:
            yield sys.stdin.buffer
            return
        with self.system.open(self.path, "rb") as stream:
            yield stream

    def _count(self, number: int) -> None:
        self.passed += number


def expand(place: str) -> list[File]:
    """The files at a place, in the order of their paths. Raises InputUnreadable where there is none.

    Of a folder, all files in it and below are meant, hidden ones left out.
    """
    if place == STDIN:
        return [File(STDIN, None, "", None)]
    with readable(place):
        system, path = fsspec.core.url_to_fs(place)
        if any(c in path for c in "*?[") and not system.exists(path):
            found, base = system.glob(path, detail=True), _fixed(path)
        elif system.isdir(path):
            found, base = system.find(path, detail=True), path.rstrip("/")
        else:
            found, base = {path: system.info(path)}, path.rpartition("/")[0]
        files = [
            File(name, system, p, about.get("size"))
            for p, about in sorted(found.items())
            if about.get("type") == "file" and not _hidden(name := p.removeprefix(base).lstrip("/"))
        ]
    if not files:
        raise InputUnreadable(f"{place}: there are no files")
    return files


def holds(place: str, output: Path) -> bool:
    """Whether files of an output would be part of an input."""
    return "://" not in place and Path(place).is_dir() and output.resolve().is_relative_to(Path(place).resolve())


def _fixed(pattern: str) -> str:
    """The folders before the first one that is a pattern: "/a/b" of "/a/b/*.txt"."""
    parts = pattern.split("/")
    first = next(i for i, part in enumerate(parts) if any(c in part for c in "*?["))
    return "/".join(parts[:first])


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
