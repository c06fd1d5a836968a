"""Files as rows of cells, one reader for each kind of file; what can't be read is a row with a fault."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from polygist.batch.columns import Columns
from polygist.batch.files import STDIN, File, readable
from polygist.batch.items import Fault, unreadable
from polygist.errors import InputUnreadable

# A longer row is a fault; so much of it is in memory.
MAX_ROW_BYTES = 16 * 2**20
_PARQUET_ROWS = 64


@dataclass(frozen=True, slots=True)
class Row:
    """Cells by column; where there is a `fault`, `raw` tells this row from others."""

    cells: Mapping[str, object] = field(default_factory=dict)
    fault: Fault | None = None
    raw: bytes = b""


Reader = Callable[[File, Columns], Iterator[Row]]


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines with their ends; one that is too long comes in pieces."""
    return iter(lambda: stream.readline(MAX_ROW_BYTES + 1), b"")


def json_lines(file: File, columns: Columns) -> Iterator[Row]:
    """An object a line. Blank lines are no rows."""
    with file.open() as stream:
        whole, first = True, True
        for line in _lines(stream):
            begins, whole = whole, line.endswith(b"\n") or len(line) <= MAX_ROW_BYTES
            if begins and not whole:
                yield Row(
                    fault=unreadable("ROW_TOO_LONG", f"the line is longer than {MAX_ROW_BYTES:,} bytes"), raw=line
                )
            elif begins and line.strip():
                yield _object(line.removeprefix(b"\xef\xbb\xbf") if first else line)
            first = False


def _too_long(what: str) -> Fault:
    return unreadable("ROW_TOO_LONG", f"the {what} is longer than {MAX_ROW_BYTES:,} bytes")


def _object(line: bytes) -> Row:
    try:
        found = json.loads(line.decode())
    except UnicodeDecodeError as error:
        return Row(fault=unreadable("NOT_UTF8", f"byte {error.start} of the line is no UTF-8"), raw=line)
    except (ValueError, RecursionError):
        return Row(fault=unreadable("MALFORMED", "the line is no JSON"), raw=line)
    if not isinstance(found, dict):
        return Row(fault=unreadable("MALFORMED", "the line is no JSON object"), raw=line)
    return Row(found)


def delimited(default: str) -> Reader:
    """Rows below a header, RFC 4180; cells may hold line breaks. Blank lines are no rows."""

    def read(file: File, columns: Columns) -> Iterator[Row]:
        csv.field_size_limit(MAX_ROW_BYTES)
        with file.open() as stream:
            lines = (line.decode("utf-8", "surrogateescape") for line in _lines(stream))
            rows = csv.reader(lines, strict=True, delimiter=columns.delimiter or default)
            header = [name.removeprefix("\ufeff") for name in next(rows, [])]
            if header:
                columns.require(header, file.name)
            yield from _records(rows, header)

    return read


def _records(rows: Iterator[list[str]], header: list[str]) -> Iterator[Row]:
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield Row(fault=unreadable("MALFORMED", "the row's quotation marks are not closed as they should be"))
            continue
        if cells and len(cells) != len(header):
            message = f"the row has {len(cells)} cells, the header {len(header)}"
            yield Row(fault=unreadable("MALFORMED", message), raw="\0".join(cells).encode("utf-8", "surrogateescape"))
        elif cells:
            yield Row(dict(zip(header, cells, strict=True)))


def parquet(file: File, columns: Columns) -> Iterator[Row]:
    """Rows of the columns that are asked for, some at a time."""
    try:
        from pyarrow.parquet import ParquetFile  # an extra
    except ImportError as error:
        raise InputUnreadable(f"{file.name}: Parquet needs: pip install 'polygist[batch]'") from error
    if file.name == STDIN:
        raise InputUnreadable("Parquet can't be read from standard input, since its index stands at its end")
    with readable(file.name), file.raw() as raw, ParquetFile(raw) as table:
        names = [n for n in table.schema_arrow.names if n in columns.names]
        columns.require(table.schema_arrow.names, file.name)
        rows = max(1, table.metadata.num_rows)
        for i, batch in enumerate(table.iter_batches(_PARQUET_ROWS, columns=names, use_threads=False), start=1):
            yield from _batch(batch)
            file.passed = (file.size or 0) * min(rows, i * _PARQUET_ROWS) // rows


def _batch(batch: Any) -> Iterable[Row]:
    """Strings are decoded here, since one that is no UTF-8 would be an error for all."""
    cells = {name: _cells(batch.column(name)) for name in batch.schema.names}
    return (Row({name: values[i] for name, values in cells.items()}) for i in range(batch.num_rows))


def _cells(column: Any) -> list[object]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    values = column.to_pylist()
    return [v.decode("utf-8", "surrogateescape") if isinstance(v, bytes) else v for v in values]


def text(file: File, columns: Columns) -> Iterator[Row]:
    """An article of its own."""
    return _article(file, columns.text, columns)


def html(file: File, columns: Columns) -> Iterator[Row]:
    """A page of its own."""
    return _article(file, columns.html, columns)


def _article(file: File, column: str, columns: Columns) -> Iterator[Row]:
    try:
        with file.open() as stream:
            data = stream.read(MAX_ROW_BYTES + 1)
    except InputUnreadable as error:
        yield Row({columns.id: file.name}, unreadable("UNREADABLE", str(error)), file.name.encode())
        return
    if len(data) > MAX_ROW_BYTES:
        yield Row({columns.id: file.name}, _too_long("file"), data)
        return
    yield Row({columns.id: file.name, column: data.decode("utf-8-sig", "surrogateescape")})


def _unknown(file: File, columns: Columns) -> Iterator[Row]:
    fault = unreadable("UNKNOWN_FORMAT", f"no format has names that end in {file.suffix!r}; --input-format names one")
    yield Row({columns.id: file.name}, fault, file.name.encode())


FORMATS: dict[str, Reader] = {
    "jsonl": json_lines,
    "csv": delimited(","),
    "tsv": delimited("\t"),
    "parquet": parquet,
    "text": text,
    "html": html,
}
_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
}


def reader(file: File, format: str = "") -> Reader:
    """What reads a file: as its name ends unless a format is named. Standard input is JSONL."""
    format = format or ("jsonl" if file.name == STDIN else _SUFFIXES.get(file.suffix, ""))
    return FORMATS[format] if format else _unknown
