"""The stories under tests/data/stories: articles with what several say, what differs and what one alone says."""

import json
from collections.abc import Iterable
from typing import Any

from polygist.document.parse import parse
from polygist.summarize import extract
from polygist.summarize.brief.compose import brief
from polygist.summarize.brief.types import Brief, Document
from polygist.types import SummaryLength, SummaryOptions
from tests.conftest import ROOT

FOLDER = ROOT / "tests" / "data" / "stories"
NAMES = sorted(p.stem for p in FOLDER.glob("*.json"))
LONG = SummaryOptions(SummaryLength.LONG)


def load(name: str) -> dict[str, Any]:
    """A story and what is expected of it, written before any output was seen; `missed_...` is what is not found."""
    story: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return story


def document(text: str, language: str, *, titled: bool = False) -> Document:
    """An article as the pipeline hands it over."""
    article = parse(text, language, titled=titled)
    return Document(article, extract.summarize(article, LONG))


def documents(story: dict[str, Any]) -> list[Document]:
    """The articles of a story."""
    return [document(f"{a['title']}\n\n{a['body']}", story["language"], titled=True) for a in story["articles"]]


def made(story: dict[str, Any], options: SummaryOptions = LONG) -> Brief:
    """The brief of a story."""
    return brief(documents(story), story["language"], options)


def contradictions(found: Brief) -> set[frozenset[tuple[str, frozenset[int]]]]:
    """Each as its figures and the documents that give them."""
    return {
        frozenset((c.figure.text, frozenset(x.document for x in c.citations)) for c in contradiction.claims)
        for contradiction in found.contradictions
    }


def wanted(listed: Iterable[list[dict[str, Any]]]) -> set[frozenset[tuple[str, frozenset[int]]]]:
    """The same of what is expected."""
    return {frozenset((c["figure"], frozenset(c["documents"])) for c in claims) for claims in listed}


def agrees(found: Brief, story: dict[str, Any], expected: dict[str, str]) -> bool:
    """Whether an agreement cites the sentences that hold these texts, by document."""
    texts = [d.article.text for d in documents(story)]
    return any(
        all(
            any(c.document == int(d) and t in texts[int(d)][slice(*c.span)] for c in p.citations)
            for d, t in expected.items()
        )
        for p in found.agreements
    )


def is_unique(found: Brief, expected: dict[str, Any]) -> bool:
    """Whether a unique point of the document holds the text."""
    return any(
        expected["text"] in p.text and any(c.document == expected["document"] for c in p.citations)
        for p in found.unique_points
    )
