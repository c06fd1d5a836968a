"""Glossary tables: CSV and TSV with a header."""

import csv
import io
from collections.abc import Iterator, Sequence

from polygist.errors import GlossaryInvalid
from polygist.translate.glossary.entries import Direction, Entry

# The limit of the csv module is one for the whole process, and others raise it.
_MAX_FIELD = 10_000
_FLAG = "case_sensitive"
_FLAGS = {"": False, "false": False, "no": False, "0": False, "true": True, "yes": True, "1": True}


class Table:
    """The rows of a table with the columns `source,target` or two or more language codes, and maybe `case_sensitive`.

    Raises GlossaryInvalid for a header that is not so.
    """

    def __init__(self, file: str, text: str, delimiter: str, languages: Sequence[str]) -> None:
        self._file, self._rows = file, _rows(file, text, delimiter)
        _, header = next(self._rows, (0, []))
        self._columns = [name.strip().casefold() for name in header]
        named = [c for c in self._columns if c != _FLAG]
        if len(set(self._columns)) < len(self._columns):
            raise GlossaryInvalid(file, 1, "a column is there twice")
        self.directed = sorted(named) == ["source", "target"]
        if not self.directed and (len(named) < 2 or not set(named) <= set(languages)):
            raise GlossaryInvalid(
                file,
                1,
                f"the columns are {', '.join(map(repr, header)) or 'missing'}; they must be source and target, or two "
                f"or more of {', '.join(languages)}, and may be {_FLAG}",
            )
        self.languages: tuple[str, ...] = () if self.directed else tuple(named)

    def entries(self, direction: Direction | None) -> Iterator[Entry]:
        """An entry for each row; `direction` is that of the columns `source` and `target`.

        Raises GlossaryInvalid for a row that is wrong.
        """
        names = {"source": direction[0], "target": direction[1]} if self.directed and direction else {}
        for line, row in self._rows:
            if len(row) != len(self._columns):
                raise GlossaryInvalid(self._file, line, f"{len(row)} fields where the header has {len(self._columns)}")
            cells = dict(zip(self._columns, (" ".join(cell.split()) for cell in row), strict=True))
            flag = cells.pop(_FLAG, "")
            if flag.casefold() not in _FLAGS:
                raise GlossaryInvalid(self._file, line, f"{_FLAG} is {flag!r}; it must be true or false")
            if not (cells["source"] if self.directed else any(cells.values())):
                raise GlossaryInvalid(self._file, line, "the source is empty" if self.directed else "no term in it")
            named = {names.get(column, column): cell for column, cell in cells.items()}
            yield Entry(line, {code: [cell] for code, cell in named.items()}, named, _FLAGS[flag.casefold()])


def _rows(file: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, each with the line (from 1) where it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for row in reader:
            if any(len(cell) > _MAX_FIELD for cell in row):
                raise GlossaryInvalid(file, begins, f"a field is longer than {_MAX_FIELD} characters")
            if any(cell.strip() for cell in row):
                yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise GlossaryInvalid(file, begins, f"not readable as a table: {error}") from error
