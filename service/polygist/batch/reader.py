"""The thread that reads the input, part by part: what is written is compared with the input, the rest is asked for."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any

from polygist.batch.items import Item
from polygist.batch.journal import PartLine
from polygist.batch.outcomes import failed
from polygist.batch.parts import Folder, Part, Range, changed, token
from polygist.batch.servers import Done, Gone
from polygist.batch.source import Source
from polygist.batch.window import Task, Window


@dataclass(frozen=True)
class Begun:
    """A part is begun, or gone on with: outcomes that it has are from before."""

    part: Part


@dataclass(frozen=True)
class PartRead:
    """All items of a part were asked for."""

    part: Part
    range: Range


@dataclass(frozen=True)
class Passed:
    """A part that is written already was compared with the input."""

    line: PartLine


@dataclass(frozen=True)
class ReadAll:
    """So many items are all."""

    items: int


class Reader(threading.Thread):
    """Reports a Done for each item that can't be read, a Begun and a PartRead or a Passed for each part, a ReadAll
    where it comes to the end, and a Gone. With `retry` items that failed are asked for again; these may have changed in
    the input.
    """

    def __init__(
        self, source: Source, folder: Folder, window: Window, size: int, retry: bool, report: Callable[[Any], None]
    ) -> None:
        super().__init__(name="reader", daemon=True)
        self._source, self._folder, self._window = source, folder, window
        self._size, self._retry, self._report = size, retry, report
        self._count = 0

    def run(self) -> None:
        error: Exception | None = None
        try:
            self._read()
        except Exception as raised:  # handed to the thread that waits
            error = raised
        self._report(Gone(self, error))

    def _read(self) -> None:
        for number, items in groupby(self._source.items(), key=self._number):
            if not self._part(number, items):
                return
        if len(self._folder.journal) > -(-self._count // self._size):
            raise changed(self._source.rows, self._source.rows)
        self._report(ReadAll(self._count))

    def _number(self, _: Item) -> int:
        """Of the part that the next item belongs to."""
        number, self._count = self._count // self._size, self._count + 1
        return number

    def _part(self, number: int, items: Iterator[Item]) -> bool:
        """False where the window was closed meanwhile."""
        first, journal = next(items), self._folder.journal
        before = journal.part(number)
        if before is None and journal.end is not None:
            raise changed(first.position, first.position)
        if before and not (self._retry and before.failures):
            self._pass(before, chain([first], items))
            return True
        part, check = self._folder.part(number, before), _Check(before, retry=True)
        self._report(Begun(part))
        for item in chain([first], items):
            if not check.done(item) and not self._ask(item, part):
                return False
        check.end()
        self._report(PartRead(part, check.range))
        return True

    def _pass(self, line: PartLine, items: Iterable[Item]) -> None:
        check = _Check(line, retry=False)
        for item in items:
            check.done(item)
        check.end()
        self._report(Passed(line))

    def _ask(self, item: Item, part: Part) -> bool:
        part.asked.add(item.position)
        known = part.spool.sha256(item.position)
        if known == item.sha256:
            return True
        if known is not None:
            if not part.before:
                raise changed(item.position, item.position)
            part.spool.forget(item.position)  # a failed item may be mended
        if not self._window.admit():
            return False
        task = Task(item, part)
        if item.fault:
            self._report(Done(task, failed(item, item.fault)))
        else:
            self._window.put(task)
        return True


class _Check:
    """Compares the items of a part with its line, if it has one."""

    def __init__(self, line: PartLine | None, *, retry: bool) -> None:
        self._line, self._retry = line, retry
        self._failed = {f.position: f.sha256 for f in line.failures} if line else {}
        self._hash = hashlib.sha256()
        self._first, self._last = -1, -1

    def done(self, item: Item) -> bool:
        """Whether the item needs nothing more. Raises OutputForeign where a failed one has changed."""
        self._first = item.position if self._first < 0 else self._first
        self._last = item.position
        if self._line is None:
            return False
        if item.position not in self._failed:
            self._hash.update(token(item.position, item.sha256))
            return True
        if not self._retry and self._failed[item.position] != item.sha256:
            raise changed(item.position, item.position)
        return not self._retry

    def end(self) -> None:
        """Raises OutputForeign where the items are not those of the line."""
        line = self._line
        if line and (self._hash.hexdigest(), self._first, self._last) != (line.inputs, line.first, line.last):
            raise changed(min(self._first, line.first), max(self._last, line.last))

    @property
    def range(self) -> Range:
        return Range(self._first, self._last)
