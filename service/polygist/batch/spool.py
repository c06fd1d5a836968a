"""The outcomes of a part that is not complete yet. They survive the process, so that no answer is asked for twice."""

import json
from collections.abc import Iterator, Set
from dataclasses import asdict
from pathlib import Path

from polygist.batch.disk import Disk
from polygist.batch.items import Fault
from polygist.batch.lines import Lines, Place
from polygist.batch.outcomes import Outcome

SUFFIX = ".spool"


class Spool:
    """A file of outcomes in the order of their arrival; in memory are their places alone. Raises OutputFailed.

    It is not written through to the disk: after a power failure outcomes may be missing, never wrong.
    """

    def __init__(self, path: Path, disk: Disk) -> None:
        self._disk, self._lines = disk, Lines(path, disk, sync=False)
        self._places: dict[int, tuple[str, Place]] = {}
        for place, line in self._lines.recover(lambda line: _parsed(line) is not None):
            if found := _parsed(line):
                self._places[found.position] = found.sha256, place

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome."""
        line = json.dumps(asdict(outcome), ensure_ascii=False).encode() + b"\n"
        self._places[outcome.position] = outcome.sha256, self._lines.add(line)

    def sha256(self, position: int) -> str | None:
        """The content hash of the item whose outcome is there; None where none is."""
        return self._places[position][0] if position in self._places else None

    def outcomes(self) -> Iterator[Outcome]:
        """The outcomes by position."""
        for position in sorted(self._places):
            if found := _parsed(self._lines.at(self._places[position][1])):
                yield found

    def forget(self, position: int) -> None:
        """Its outcome is to come anew."""
        del self._places[position]

    @property
    def positions(self) -> Set[int]:
        """Whose outcomes are there."""
        return self._places.keys()

    def close(self) -> None:
        self._lines.close()

    def remove(self) -> None:
        """It is not needed any more."""
        self.close()
        self._disk.remove(self._lines.path)


def _parsed(line: bytes) -> Outcome | None:
    try:
        found = json.loads(line)
        return Outcome(**{**found, "fault": found["fault"] and Fault(**found["fault"])})
    except (ValueError, TypeError, KeyError):
        return None
