"""The checkpoint of a job: which parts are written, of which input. What it does not name is not done."""

import fcntl
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from polygist.batch.disk import Disk
from polygist.batch.lines import Lines, Place
from polygist.errors import OutputBusy, OutputForeign

NAME = "checkpoint.jsonl"
_VERSION = 1


@dataclass(frozen=True)
class Failure:
    """An item without a digest, as the errors file has it."""

    position: int
    id: str
    sha256: str
    status: str
    reason: str
    message: str


@dataclass(frozen=True)
class PartLine:
    """A part as it was written for the `revision`-th time, from 0.

    `inputs` is the sha256 of position and content hash of each item that has a record; those of the others stand in
    `failures`. `seconds` of work have passed since the line before.
    """

    part: int
    revision: int
    file: str
    sha256: str
    bytes: int
    first: int
    last: int
    records: int
    inputs: str
    failures: list[Failure] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    with_warnings: int = 0
    tokens: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


class Journal:
    """A file with a line for what the job is, for each part that is written, and for the end of the input.

    It is locked while it is open. Only places of lines are kept in memory. Raises OutputBusy where another process has
    it, OutputForeign where it is another job's or damaged, OutputFailed.
    """

    def __init__(self, folder: Path, job: dict[str, Any], disk: Disk) -> None:
        self.job, self._parts = job, dict[int, Place]()
        # How many items the input has, once it was read to its end; what was committed last before now.
        self.end: int | None = None
        self.last: PartLine | None = None
        self._lines = Lines(folder / NAME, disk, sync=True)
        try:
            fcntl.flock(self._lines.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._read()
        except BlockingIOError as error:
            self.close()
            raise OutputBusy(f"{folder}: another process works on it") from error
        except BaseException:
            self.close()
            raise

    def _read(self) -> None:
        number = 0
        for number, (place, line) in enumerate(self._lines.recover(), start=1):
            try:
                self._take(json.loads(line), place, first=number == 1)
            except (ValueError, TypeError, KeyError) as error:
                raise OutputForeign(f"{self._lines.path}: line {number} is damaged; name another folder") from error
        if not number:
            self._add({"version": _VERSION, **self.job})

    def _take(self, found: dict[str, Any], place: Place, *, first: bool) -> None:
        if first:
            self._check(found)
        elif "end" in found:
            self.end = found["end"]
        else:
            self.last = _part(found)
            self._parts[self.last.part] = place

    def _check(self, found: dict[str, Any]) -> None:
        now = {"version": _VERSION, **self.job}
        if found == now:
            return
        was, is_ = _flat(found), _flat(now)
        changed = [f"{k} was {was.get(k)}, now {is_.get(k)}" for k in sorted(was | is_) if was.get(k) != is_.get(k)]
        raise OutputForeign(
            f"{self._lines.path.parent}: made by a job with other options ({'; '.join(changed)}). "
            "Go on with those, or name another folder"
        )

    def _add(self, line: dict[str, Any]) -> Place:
        return self._lines.add(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def commit(self, line: PartLine) -> None:
        """From now on a part counts as written."""
        self._parts[line.part] = self._add(asdict(line))

    def finish(self, items: int) -> None:
        """The input was read to its end."""
        if self.end is None:
            self._add({"end": items})
        self.end = items

    def part(self, number: int) -> PartLine | None:
        """The last line of a part; None where it is not written."""
        place = self._parts.get(number)
        return None if place is None else _part(json.loads(self._lines.at(place)))

    def __len__(self) -> int:
        return len(self._parts)

    def parts(self) -> Iterator[PartLine]:
        """All parts that are written, in order."""
        return (_part(json.loads(self._lines.at(self._parts[number]))) for number in sorted(self._parts))

    def close(self) -> None:
        self._lines.close()


def _part(found: dict[str, Any]) -> PartLine:
    return PartLine(**{**found, "failures": [Failure(**f) for f in found["failures"]]})


def _flat(job: dict[str, Any], path: str = "") -> dict[str, Any]:
    """
    >>> _flat({"a": {"b": 1}, "c": [2]})
    {'a.b': 1, 'c': [2]}
    """
    found: dict[str, Any] = {}
    for key, value in job.items():
        found |= _flat(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found
