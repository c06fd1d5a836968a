"""Articles with what their summaries should resemble."""

import gzip
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from polygist.document.parse import parse
from polygist.types import Article

BENCH = Path(__file__).parents[1]
SHARED = BENCH.parents[1] / "shared" / "data" / "summaries.jsonl.gz"
SMALL = BENCH / "data" / "summaries.jsonl"
LANGUAGES = ("en", "de", "uk")
_ARTICLES = BENCH.parent / "tests" / "data" / "articles"
_FEWEST_SENTENCES = 6
_CYRILLIC = re.compile(r"[а-яіїєґ]")


@dataclass(frozen=True)
class Case:
    """An article and its reference summary."""

    language: str
    dataset: str
    article: Article
    reference: str


def small() -> list[Case]:
    """The articles of tests/data with summaries written for them, all in this repository."""
    rows = map(json.loads, SMALL.read_text(encoding="utf-8").splitlines())
    return [_small(row["article"], row["summary"]) for row in rows]


def _small(name: str, summary: str) -> Case:
    text = (_ARTICLES / f"{name}.txt").read_text(encoding="utf-8")
    return Case(name[:2], "own", parse(text, name[:2]), summary)


def load(path: Path, count: int, part: str) -> list[Case]:
    """Up to `count` articles a language of a gzipped file of `lang`, `title`, `text`, `summary`, `d` (data set).

    The data sets are taken in turn. An article with a summary is parsed with its title, as a caller sends it; where
    there is no summary the title is the reference. `part` is "a" or "b", halves by checksum, or "all". Articles of
    fewer than six sentences are left out.
    """
    pools: dict[str, dict[str, list[Case]]] = {language: defaultdict(list) for language in LANGUAGES}
    for row in map(json.loads, gzip.decompress(path.read_bytes()).decode("utf-8").strip().split("\n")):
        if _fits(row, part):
            pool = pools[row["lang"]][row["d"] + ("" if row["summary"] else " (titles)")]
            case = _case(row) if len(pool) < count else None
            if case is not None and len(case.article.sentences) >= _FEWEST_SENTENCES:
                pool.append(case)
    return [case for datasets in pools.values() for case in _in_turn(list(datasets.values()), count)]


def _fits(row: dict[str, str], part: str) -> bool:
    """Whether a row has a reference in the article's script and lies in the part."""
    reference = row["summary"] or row["title"]
    half = "ab"[zlib.crc32(row["text"].encode()) % 2]
    wrong_script = row["lang"] == "en" and _CYRILLIC.search(reference)
    return row["lang"] in LANGUAGES and bool(reference) and not wrong_script and part in (half, "all")


def _case(row: dict[str, str]) -> Case:
    title = " ".join(row["title"].split()) if row["summary"] else ""
    text = f"{title}\n\n{row['text']}" if title else row["text"]
    article = parse(text, row["lang"], titled=bool(title))
    return Case(row["lang"], row["d"], article, row["summary"] or row["title"])


def _in_turn(pools: list[list[Case]], count: int) -> Iterator[Case]:
    yield from [case for row in range(count) for pool in pools for case in pool[row : row + 1]][:count]
