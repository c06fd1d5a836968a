"""Sentence pairs as files: JSON lines, gzipped, the same bytes for the same pairs."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Pair(NamedTuple):
    """A text and its translation, language codes `s` and `t`, and the data set `d` that it comes from."""

    s: str
    t: str
    source: str
    target: str
    d: str

    @property
    def direction(self) -> str:
        return f"{self.s}-{self.t}"

    def reversed(self) -> "Pair":
        return Pair(self.t, self.s, self.target, self.source, self.d)


def rows(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON lines file. Raises ValueError with file and line for a line that holds none."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{file}:{number}: no JSON: {error}") from error
            if not isinstance(row, dict):
                raise ValueError(f"{file}:{number}: no object")
            yield row


def read(file: Path) -> Iterator[Pair]:
    """The pairs of a file: `s`, `t`, `src`, `tgt`, `d`. Raises ValueError with file and line where a field is missing
    or no string."""
    for number, row in enumerate(rows(file), 1):
        fields = [row.get(key) for key in ("s", "t", "src", "tgt", "d")]
        if not all(isinstance(f, str) for f in fields):
            raise ValueError(f"{file}:{number}: a pair has the strings s, t, src, tgt, d")
        yield Pair(*map(str, fields))


class Writer:
    """Writes a file pair by pair; a context manager. No time and no name go into the file."""

    def __init__(self, file: Path) -> None:
        self._raw = file.open("wb")
        self._packed = gzip.GzipFile("", "wb", mtime=0, fileobj=self._raw)

    def add(self, pair: Pair) -> None:
        row = {"s": pair.s, "t": pair.t, "src": pair.source, "tgt": pair.target, "d": pair.d}
        self._packed.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")

    def close(self) -> None:
        self._packed.close()
        self._raw.close()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write(pairs: Iterable[Pair], file: Path) -> None:
    """Write a file at once."""
    with Writer(file) as writer:
        for pair in pairs:
            writer.add(pair)
