"""Headline and lead: what is learnt from an article."""

import gzip
import json
from pathlib import Path

import pytest

from training.prepare.heldout import HeldOut
from training.prepare.summaries import Articles, essence, examples, lead, supported

SOURCE = {
    "en": "Angela Merkel met Emmanuel Macron in Berlin on 12 May 2024. They spoke about 300 new jobs.",
    "de": "Angela Merkel traf am 12. Mai 2024 in Berlin Emmanuel Macron. Es ging um 300 neue Stellen.",
    "uk": "Ангела Меркель зустріла 12 травня 2024 року в Берліні Емманюеля Макрона. Йшлося про 300 нових місць.",
}


@pytest.mark.parametrize(
    ("language", "target", "expected"),
    [
        ("en", "Merkel and Macron discuss 300 jobs", True),
        ("en", "Merkel and Macron discuss 400 jobs", False),
        ("en", "Merkel and Scholz discuss jobs", False),
        ("en", "Merkel and Macron meet in Paris", False),
        ("de", "Merkel und Macron sprechen über 300 Stellen", True),
        ("de", "Merkel und Macron sprechen über 400 Stellen", False),
        ("de", "Merkel und Sarkozy sprechen über Arbeit", False),
        ("uk", "Меркель і Макрон говорили про 300 місць", True),
        ("uk", "Меркель і Макрон говорили про 400 місць", False),
        ("uk", "Меркель і Зеленський говорили про роботу", False),
    ],
)
def test_names_and_numbers_must_be_there(language: str, target: str, expected: bool) -> None:
    assert supported(target, SOURCE[language], language) is expected


def test_essence_is_whole_sentences_in_order() -> None:
    sentences = [f"Sentence number {n} says that the mayor of the town has plan {n}." for n in range(40)]
    found = essence("\n".join(sentences), "en", 60)
    chosen = [s for s in sentences if s in found]
    assert found == " ".join(chosen)
    assert chosen[:3] == sentences[:3]
    assert 3 < len(chosen) <= 4
    assert essence("", "en", 60) == ""


def test_a_lead_is_two_sentences() -> None:
    assert lead("One is here. Two is here. Three is here.", "en") == "One is here. Two is here."
    assert lead("", "uk") == ""


def test_examples(tmp_path: Path) -> None:
    def row(text: str, title: str, summary: str, d: str = "news") -> dict[str, str]:
        return {"lang": "en", "title": title, "text": text, "summary": summary, "d": d}

    good = row(SOURCE["en"], "Merkel and Macron discuss jobs", "Merkel met Macron. They spoke about jobs. It rained.")
    rows = [
        good,
        row(SOURCE["en"], "Merkel and Scholz discuss jobs", "Too short."),
        row("", "Merkel and Macron discuss jobs", "Merkel met Macron in Berlin."),
        good | {"d": "10kgnad-test"},
    ]
    with gzip.open(tmp_path / "articles.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(r) + "\n" for r in rows)
    config = Articles(str(tmp_path / "articles.jsonl.gz"), ("news",), ("news",), 100, 12, 40, held_out_half="")
    found = list(examples(config, HeldOut([])))
    assert [(p.direction, p.source, p.target) for p in found] == [
        ("en-headline", SOURCE["en"], "Merkel and Macron discuss jobs"),
        ("en-summary", SOURCE["en"], "Merkel met Macron. They spoke about jobs."),
    ]
    halves = [list(examples(Articles(config.file, ("news",), (), 100, 12, 40, half), HeldOut([]))) for half in "ab"]
    assert sorted(map(len, halves)) == [0, 1]
    assert list(examples(config, HeldOut([("en", "Merkel and Macron discuss jobs")]))) == found[1:]
