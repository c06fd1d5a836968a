"""Translations that are right: sentences and documents in three languages, in every direction."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
LANGUAGES = ("en", "de", "uk")
DIRECTIONS = ("en-de", "en-uk", "de-en", "uk-en", "de-uk", "uk-de")

Row = dict[str, str]


@dataclass(frozen=True)
class Pair:
    """A source and its translation; `row` holds the text in all languages."""

    source: str
    target: str
    source_language: str
    target_language: str
    row: Row

    @property
    def direction(self) -> str:
        return f"{self.source_language}-{self.target_language}"


def load(path: Path) -> list[Row]:
    """The rows of a file, each by language."""
    if not path.exists():
        raise SystemExit(f"{path} is not there; the evaluation text is not part of the repository")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    loaded = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(loaded[0], dict):
        second = path.stem[-2:]
        names = LANGUAGES if "triples" in loaded[0] else ("en", second)
        loaded = [row for document in loaded for row in document.get("triples", document.get("pairs"))]
    else:
        names = LANGUAGES
    return [{name: mended(text) for name, text in zip(names, row, strict=True)} for row in loaded]


def mended(text: str) -> str:
    """The text without the traces that a spreadsheet left in FLORES, and a conversion of apostrophes in WMT24."""
    if '""' in text:
        text = text.strip()
        text = (text[1:-1] if text[0] == text[-1] == '"' else text).replace('""', '"')
    if text.count('"') % 2:
        text = re.sub(r'(?<=s)" (?=[a-z])', "' ", text)
    return re.sub(r"(?<=[.!?])x$", "", text)


def directions(rows: Iterable[Row]) -> Iterator[Pair]:
    """Every row in every direction that it has the languages for."""
    for row in rows:
        for direction in DIRECTIONS:
            source, target = direction.split("-")
            if row.get(source) and row.get(target):
                yield Pair(row[source], row[target], source, target, row)
