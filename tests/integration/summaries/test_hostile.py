"""What a summary model may say at its worst, through a real server: the extractive summary stays, and says why."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from tokenizers import Tokenizer

from polygist.client import Client
from polygist.engines.base import Ended, Halt, Hypothesis, Row
from polygist.types import ModelInfo
from polygist.v1 import polygist_pb2 as pb
from tests import checkpoints
from tests.conftest import ROOT
from tests.integration.summaries.conftest import LIBRARY, SEQ2SEQ, Shelf

ARTICLES = {
    "en": LIBRARY,
    "de": (ROOT / "tests/data/articles/de.hochwasser.txt").read_text(encoding="utf-8"),
    "uk": (ROOT / "tests/data/articles/uk.uhoda.txt").read_text(encoding="utf-8"),
}
SENTENCES = {
    "en": "Staff will be offered other jobs, according to the council.",
    "de": "Das Bundesheer schickte 300 Soldaten.",
    "uk": "Речник Кремля Дмитро Пєсков розкритикував угоду.",
}
EXTRACTIVE = pb.SummaryOptions(method=pb.SUMMARY_METHOD_EXTRACTIVE)
FOREIGN = {"en": "uk", "de": "en", "uk": "de"}
REASONS = {
    "unsupported": "does not support",
    "unfinished": "no whole sentence",
    "long": "too long a sentence",
    "loop": "repeated itself",
    "markup": "tags or marks",
}


@dataclass(frozen=True)
class Hostile:
    """What a model says to a prompt, by the article's language; why it is replaced, and whether it comes to an end."""

    says: Callable[[str], str]
    reason: str
    ends: bool = True


def first(code: str) -> str:
    """A sentence of the article, which by itself holds."""
    return SENTENCES[code]


HOSTILE = {
    "the whole article in one sentence": Hostile(lambda code: re.sub(r"\W+", " ", ARTICLES[code]) + ".", "long"),
    "an endless loop": Hostile(lambda _: "no " * 2_000, "unfinished", ends=False),
    "a loop that ends": Hostile(lambda code: f"{first(code)[:-1]}, " * 3 + ".", "loop"),
    "a sentence that is cut off": Hostile(first, "unfinished", ends=False),
    "nothing": Hostile(lambda _: "", "unfinished"),
    "spaces": Hostile(lambda _: " \n \t ", "unfinished"),
    "control characters": Hostile(lambda _: "\x00\x01\x1b\x07\u202e\u200b", "unfinished"),
    "another language": Hostile(lambda code: first(FOREIGN[code]), "unsupported"),
    "a script": Hostile(lambda code: f"<script>alert(1)</script>{first(code)}", "markup"),
    "HTML": Hostile(lambda code: f"<b>{first(code)[:-1]}</b>.", "markup"),
    "Markdown": Hostile(lambda code: f"**{first(code)[:-1]}**.", "markup"),
    "an answer to an order": Hostile(lambda _: "Sure! Here is the summary you asked for.", "unsupported"),
}


class Answering:
    """An engine that gives the same answer to every prompt, after as many tokens as it may have."""

    joins, spare = False, 0

    def __init__(self, tokenizer: Tokenizer, info: ModelInfo) -> None:
        self._tokenizer, self.info = tokenizer, info
        self.answer, self.ends = "", True

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        ids = self._tokenizer.encode(self.answer, add_special_tokens=False).ids
        for row in rows:
            made = tuple(ids[: row.max_new_tokens])
            ended(row, Hypothesis(made, self.ends and len(made) == len(ids), -1.0))

    def drop(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def answering(shelf: Shelf) -> Iterator[tuple[Client, Answering]]:
    """A server whose summary model says what a test wants. Its tokenizer knows every byte."""
    folder = shelf.place("hostile")
    checkpoints.bart(folder, positions=4096)
    shelf.profile("hostile", "seq2seq", SEQ2SEQ, window=4000, max_new_tokens=1900)
    info = ModelInfo("hostile", "1", "0" * 64, "Apache-2.0", ("de", "en", "uk"), "scripted", "none")
    engine = Answering(Tokenizer.from_file(str(folder / "tokenizer.json")), info)
    with shelf.serving("hostile", lambda *_: engine) as client:
        yield client, engine


@pytest.mark.parametrize("code", ARTICLES)
@pytest.mark.parametrize("name", HOSTILE)
def test_the_extractive_summary_stays(answering: tuple[Client, Answering], name: str, code: str) -> None:
    client, engine = answering
    hostile = HOSTILE[name]
    engine.answer, engine.ends = hostile.says(code), hostile.ends
    made = client.digest(ARTICLES[code], source=code)
    before = client.digest(ARTICLES[code], source=code, summary=EXTRACTIVE)
    assert made.summary == before.summary
    doubts = {w.where: w.detail for w in made.warnings if w.type == pb.Warning.TYPE_UNSUPPORTED_STATEMENT}
    assert {"summary.headline", "summary.lead"} < set(doubts)
    assert len(doubts) == made.tokens.segments
    assert all(REASONS[hostile.reason] in detail for detail in doubts.values()), doubts
    assert [m.model for m in made.models] == ["pacsum-tfidf"]


@pytest.mark.parametrize("code", ARTICLES)
def test_what_can_not_be_seen_is_taken_off(answering: tuple[Client, Answering], code: str) -> None:
    client, engine = answering
    head, _, tail = first(code).partition(" ")
    engine.answer, engine.ends = f"- {head}\x00\u202e \x1b{tail}\u200b", True
    assert client.digest(ARTICLES[code], source=code).summary.lead == first(code)


@pytest.mark.parametrize("code", ARTICLES)
def test_the_article_itself_is_no_summary(answering: tuple[Client, Answering], code: str) -> None:
    """Each of its sentences holds: the lead has as many as it may have, and nothing is said twice."""
    client, engine = answering
    engine.answer, engine.ends = ARTICLES[code], True
    made = client.digest(ARTICLES[code], source=code).summary
    before = client.digest(ARTICLES[code], source=code, summary=EXTRACTIVE).summary
    assert len(made.lead) + sum(len(p.text) for p in made.key_points) < len(ARTICLES[code])
    assert len(made.lead_spans) <= max(1, len(before.lead_spans)) + 1
    points = [p.text for p in made.key_points]
    assert len(set(points)) == len(points)
    assert made.headline in " ".join(ARTICLES[code].split())
