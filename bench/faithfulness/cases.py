"""Statements about documents: with human labels, damaged by rule, written as summaries."""

import gzip
import json
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from damage import DAMAGE, HARMLESS, Source

from polygist.document.parse import parse
from polygist.document.sentences import split
from polygist.summarize.faithfulness import Evidence
from polygist.summarize.faithfulness.signs import Signs, score
from polygist.summarize.names import mentions
from polygist.types import Article

LANGUAGES = ("en", "de", "uk")
SUMMARY = "summary"
_SEED = 20261129
_ARTICLES = 60  # a language and half
_SENTENCES = 3  # an article


@dataclass(frozen=True)
class Case:
    """A statement about a document; `kind` is the data set, what was done to a sentence, or SUMMARY."""

    document: str
    language: str
    statement: str
    supported: bool
    kind: str

    @property
    def half(self) -> str:
        return half(self.document)

    @property
    def pieces(self) -> list[str]:
        """The sentences of the statement."""
        found = [self.statement[a:b] for a, b in split(self.statement, self.language)]
        return [p for p in found if any(c.isalnum() for c in p)] or [self.statement]

    @property
    def evidence(self) -> Evidence:
        return _evidence(self.document, self.language)


@dataclass(frozen=True)
class Judged:
    """A case and the signs of each of its sentences."""

    case: Case
    signs: tuple[Signs, ...]

    @property
    def score(self) -> float:
        """That of the worst sentence."""
        return min(map(score, self.signs))


def judged(case: Case) -> Judged:
    """The case with its signs."""
    return Judged(case, tuple(case.evidence.signs(p)[0] for p in case.pieces))


def half(text: str) -> str:
    """Which half a document belongs to, however it is cased and tokenised: "even" or "odd"."""
    letters = re.sub(r"[\W_]", "", text[:400]).casefold()[:100]
    return ("even", "odd")[zlib.crc32(letters.encode()) % 2]


def labelled(path: Path) -> Iterator[Case]:
    """Those with human labels."""
    for row in _rows(path):
        yield Case(row["document"], "en", row["summary_sentence"], bool(row["label"]), row["d"])


def damaged(path: Path, wanted: str) -> Iterator[Case]:
    """Sentences of the articles of a half, each with every damage and every harmless change that it can take."""
    chance = random.Random(_SEED)
    for source in _sources(path, wanted):
        for kind, change in DAMAGE.items():
            statement = change(source, chance)
            if statement is not None:
                yield Case(source.article.text, source.language, statement, kind in HARMLESS, kind)


def summaries(path: Path, wanted: str) -> Iterator[Case]:
    """What people wrote as summaries of the articles of a half. Not all of it is supported by the text."""
    for language in LANGUAGES:
        for article, summary in _articles(path, language, wanted):
            if summary:
                yield Case(article.text, language, summary, True, SUMMARY)


def _sources(path: Path, wanted: str) -> Iterator[Source]:
    chance = random.Random(_SEED)
    for language in LANGUAGES:
        pool = [article for article, _ in _articles(path, language, wanted)]
        named = [mentions(a) for a in pool]
        for i, article in enumerate(pool):
            other = (i + 1) % len(pool)
            fitting = [s for s in article.sentences if 8 <= len(s.text.split()) <= 40]
            for sentence in chance.sample(fitting, min(_SENTENCES, len(fitting))):
                yield Source(
                    article,
                    sentence.text,
                    sentence.span,
                    language,
                    named[i],
                    tuple(m.name for m in named[other]),
                    chance.choice(pool[other].sentences).text,
                )


@cache
def _articles(path: Path, language: str, wanted: str) -> list[tuple[Article, str]]:
    """Articles of six sentences or more with their summaries ("" for none), the data sets in turn."""
    pools: dict[str, list[tuple[Article, str]]] = defaultdict(list)
    for row in _rows(path):
        if row["lang"] == language and half(row["text"]) == wanted and len(pools[row["d"]]) < _ARTICLES:
            article = parse(row["text"], language)
            if len(article.sentences) > 5:
                pools[row["d"]].append((article, row["summary"]))
    return [pair for i in range(_ARTICLES) for pool in pools.values() for pair in pool[i : i + 1]][:_ARTICLES]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@cache
def _evidence(document: str, language: str) -> Evidence:
    return Evidence(parse(document, language))
