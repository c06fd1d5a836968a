"""Glossary files: CSV, TSV and TBX, read into a glossary for each direction."""

import codecs
from collections.abc import Callable, Collection, Sequence
from pathlib import Path, PurePath

from polygist.errors import GlossaryInvalid
from polygist.translate.glossary import tbx
from polygist.translate.glossary.entries import Direction, glossaries
from polygist.translate.glossary.tables import Table
from polygist.translate.glossary.terms import Glossary

LANGUAGES = ("en", "de", "uk")
# No term base that people keep is near it.
MAX_BYTES = 32 * 1024 * 1024

# The name and text of a file and the directions that are wanted in, the glossaries out.
_Reader = Callable[[str, str, Sequence[str], Collection[Direction] | None], dict[Direction, Glossary]]


def read(
    path: Path, directions: Collection[Direction] | None = None, languages: Sequence[str] = LANGUAGES
) -> dict[Direction, Glossary]:
    """The glossaries of a file by direction, such as ("en", "de"); only the `directions`, where they are given.

    A table with the columns `source` and `target` needs the one direction that it is for. Raises GlossaryInvalid with
    the file, the line and what is wrong.
    """
    return parse(str(path), load(path), directions, languages)


def load(path: Path) -> bytes:
    """The bytes of a file. Raises GlossaryInvalid where it can't be read or is too large."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise GlossaryInvalid(str(path), 0, f"can't be read: {error.strerror}") from error
    if size > MAX_BYTES:
        raise GlossaryInvalid(str(path), 0, f"{size} bytes are more than the {MAX_BYTES} that are read")
    return data


def parse(
    file: str, data: bytes, directions: Collection[Direction] | None = None, languages: Sequence[str] = LANGUAGES
) -> dict[Direction, Glossary]:
    """As `read`, for the bytes of a file; the ending of its name says what it is."""
    kind = PurePath(file).suffix.casefold()
    if kind not in _READERS:
        raise GlossaryInvalid(file, 0, f"unknown kind {kind!r}; there are: {', '.join(_READERS)}")
    for source, target in directions or ():
        if source == target or not {source, target} <= set(languages):
            raise GlossaryInvalid(file, 0, f"no direction {source} to {target}; languages are {', '.join(languages)}")
    return _READERS[kind](file, _text(file, data), languages, directions)


def _text(file: str, data: bytes) -> str:
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = 0 if utf16 else data[: error.start].count(b"\n") + 1
        raise GlossaryInvalid(file, line, "not UTF-8") from error


def _table(delimiter: str) -> _Reader:
    def reader(
        file: str, text: str, languages: Sequence[str], directions: Collection[Direction] | None
    ) -> dict[Direction, Glossary]:
        table = Table(file, text, delimiter, languages)
        if not table.directed:
            return glossaries(file, table.entries(None), table.languages, directions)
        if directions is None or len(directions) != 1:
            raise GlossaryInvalid(file, 1, "the columns are source and target: say which one direction they are for")
        return glossaries(file, table.entries(next(iter(directions))), (), directions)

    return reader


def _tbx(
    file: str, text: str, languages: Sequence[str], directions: Collection[Direction] | None
) -> dict[Direction, Glossary]:
    return glossaries(file, tbx.entries(file, text, languages), languages, directions)


_READERS: dict[str, _Reader] = {".csv": _table(","), ".tsv": _table("\t"), ".tbx": _tbx}
