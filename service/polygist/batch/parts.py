"""Parts of the output: a file of records for so many items of the input in a row, written whole or not at all."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Any

from polygist.batch.disk import TEMPORARY, Disk
from polygist.batch.formats import Format
from polygist.batch.journal import Failure, Journal, PartLine
from polygist.batch.outcomes import Outcome
from polygist.batch.spool import SUFFIX, Spool
from polygist.errors import OutputForeign


@dataclass(frozen=True)
class Range:
    """Positions of the first and the last item of a part."""

    first: int
    last: int


class Part:
    """A part that is being made: outcomes come into its spool until there is one for each item that was `asked` for.

    `before` is its line where it is made again, for the items that failed; the records of the others stay.
    """

    def __init__(self, number: int, before: PartLine | None, spool: Spool) -> None:
        self.number, self.before, self.spool = number, before, spool
        self.asked: set[int] = set()
        self.range = Range(-1, -1)
        self._whole = False

    def read(self, range: Range) -> None:
        """All its items were asked for. Raises OutputForeign where the spool has others."""
        if not self.spool.positions <= self.asked:
            raise changed(range.first, range.last)
        self.range, self._whole = range, True

    @property
    def complete(self) -> bool:
        """Whether it can be written."""
        return self._whole and self.spool.positions == self.asked


class Folder:
    """The output of a job. Opening it ends what a crash has left half done. Raises JobErrors."""

    def __init__(self, path: Path, job: dict[str, Any], format: Format, disk: Disk) -> None:
        self.path, self._format, self._disk = path, format, disk
        self._open: list[Spool] = []
        self.journal = Journal(path, job, disk)
        try:
            self._recover()
        except BaseException:
            self.journal.close()
            raise
        self._clock = time.monotonic()

    def _name(self, number: int) -> str:
        return f"part-{number:05}{self._format.suffix}"

    def _recover(self) -> None:
        """A part that was committed last may still have its temporary name; other temporary files are of no use, nor
        are spools of parts that have been written since."""
        last = self.journal.last
        for found in sorted(self.path.glob(f"*{TEMPORARY}")):
            if last and found.name == last.file + TEMPORARY and _sha256(found) == last.sha256:
                self._disk.publish(self.path / last.file)
            else:
                self._disk.remove(found)
        for found in self.path.glob(f"part-*{SUFFIX}"):
            number, revision = map(int, found.name.removesuffix(SUFFIX).removeprefix("part-").split("."))
            line = self.journal.part(number)
            if revision <= (line.revision if line else -1):
                self._disk.remove(found)
        for line in self.journal.parts():
            there = self.path / line.file
            if not there.exists() or there.stat().st_size != line.bytes:
                raise OutputForeign(f"{there}: is not as it was written, or gone; name another folder")

    def part(self, number: int, before: PartLine | None) -> Part:
        """A part to be made, or made again, with the outcomes that are there already."""
        revision = before.revision + 1 if before else 0
        spool = Spool(self.path / f"part-{number:05}.{revision}{SUFFIX}", self._disk)
        self._open.append(spool)
        return Part(number, before, spool)

    def write(self, part: Part) -> PartLine:
        """Write a complete part. Commits it between the preparation of its file and the publication."""
        path, before = self.path / self._name(part.number), part.before
        tally = _Tally(before)
        hashed = self._disk.prepare(path, lambda file: self._format.write(file, tally.records(self._records(part))))
        now = time.monotonic()
        line = PartLine(
            part=part.number,
            revision=before.revision + 1 if before else 0,
            file=path.name,
            sha256=hashed.sha256,
            bytes=hashed.size,
            first=part.range.first,
            last=part.range.last,
            seconds=round(now - self._clock, 3),
            **tally.line(),
        )
        self._clock = now
        self.journal.commit(line)
        self._disk.publish(path)
        part.spool.remove()
        self._open.remove(part.spool)
        return line

    def _records(self, part: Part) -> Iterator[Outcome]:
        """The records that stay, and the new outcomes, by position."""
        old = self._format.read(self.path / part.before.file) if part.before else iter(())
        return merge((_kept(line) for line in old), part.spool.outcomes(), key=lambda outcome: outcome.position)

    def close(self) -> None:
        """Others may have it."""
        for spool in self._open:
            spool.close()
        self.journal.close()


class _Tally:
    """Counts what passes on its way into a part, over what is known of the part before."""

    def __init__(self, before: PartLine | None) -> None:
        self._hash, self._records, self._failures = hashlib.sha256(), 0, list[Failure]()
        self._warnings = Counter(before.warnings if before else {})
        self._tokens = Counter(before.tokens if before else {})
        self._with_warnings = before.with_warnings if before else 0

    def records(self, outcomes: Iterable[Outcome]) -> Iterator[str]:
        for o in outcomes:
            if o.fault:
                f = o.fault
                self._failures.append(Failure(o.position, o.id, o.sha256, f.status, f.reason, f.message))
                continue
            self._hash.update(token(o.position, o.sha256))
            self._records += 1
            self._warnings.update(o.warnings)
            self._tokens.update(o.tokens)
            self._with_warnings += bool(o.warnings)
            yield o.record

    def line(self) -> dict[str, Any]:
        return {
            "records": self._records,
            "inputs": self._hash.hexdigest(),
            "failures": self._failures,
            "warnings": dict(sorted(self._warnings.items())),
            "with_warnings": self._with_warnings,
            "tokens": dict(sorted(self._tokens.items())),
        }


def changed(first: int, last: int) -> OutputForeign:
    """The error for an input that is not the one that the output was made of."""
    where = f"at position {first}" if first == last else f"between positions {first} and {last}"
    return OutputForeign(
        f"the input is not the one that this output was begun with: it differs {where}. "
        "Go on with that one, or name another folder"
    )


def token(position: int, sha256: str) -> bytes:
    """What an item with a record adds to the hash of its part's inputs."""
    return f"{position}:{sha256}\n".encode()


def _kept(record: str) -> Outcome:
    """A record that was written before; what it cost and its warnings are counted already."""
    found = json.loads(record)
    return Outcome(found["position"], found["id"], found["sha256"], record)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
