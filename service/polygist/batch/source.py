"""The input of a job: the items that it is about, in order, however it is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polygist.batch import rows
from polygist.batch.columns import Columns
from polygist.batch.files import File
from polygist.batch.items import Item


@dataclass(frozen=True)
class Selection:
    """Which rows: of `shards` the one with number `shard` (from 1), in turns by position, and of these the first
    `limit` (0: all)."""

    shard: int = 1
    shards: int = 1
    limit: int = 0

    def holds(self, position: int) -> bool:
        """Whether the shard has that row."""
        return position % self.shards == self.shard - 1


class Source:
    """Reads item by item; nothing is kept. `rows` are read so far, `filtered` of them were not asked for."""

    def __init__(self, files: Sequence[File], columns: Columns, selection: Selection, format: str = "") -> None:
        self._files, self._columns, self._selection, self._format = files, columns, selection, format
        self.rows = self.filtered = 0
        sizes = [file.size for file in files]
        self._size = None if None in sizes else sum(size or 0 for size in sizes)
        self._passed, self._file = 0, File("", None, "", 0)

    def items(self) -> Iterator[Item]:
        """The items from the first one on. Raises InputUnreadable where a file can't be read on."""
        self.rows = self.filtered = self._passed = found = 0
        for file in self._files:
            self._passed, self._file, file.passed = self._passed + (self._file.size or 0), file, 0
            for row in rows.reader(file, self._format)(file, self._columns):
                position, self.rows = self.rows, self.rows + 1
                if not self._selection.holds(position) or (not row.fault and not self._columns.wants(row.cells)):
                    self.filtered += 1
                    continue
                yield self._columns.item(position, row.cells, row.fault, row.raw)
                found += 1
                if found == self._selection.limit:
                    return

    def share(self) -> float | None:
        """How much of the input is read, 0 to 1; None where its size is not known."""
        if self._size is None:
            return None
        return min(1.0, (self._passed + self._file.passed) / self._size) if self._size else 1.0
