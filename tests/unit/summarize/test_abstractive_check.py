"""What of a model's statements becomes the summary, and what stands in their place."""

from collections import Counter
from collections.abc import Mapping

import pytest

from polygist.document.parse import parse
from polygist.summarize import extract
from polygist.summarize.abstractive_check import Drafts, Reason, checked
from polygist.summarize.faithfulness import THRESHOLD, Evidence
from polygist.summarize.words import one_line
from polygist.types import Summary, SummaryOptions, Warning, WarningType
from tests.conftest import ROOT

TEXTS = {
    code: (ROOT / f"tests/data/articles/{name}.txt").read_text(encoding="utf-8")
    for code, name in (("en", "en.library"), ("de", "de.hochwasser"), ("uk", "uk.uhoda"))
}
NONSENSE = {
    "en": "Emperor Barbarossa sold 99 submarines to Liechtenstein.",
    "de": "Kaiser Barbarossa verkaufte 99 U-Boote an Liechtenstein.",
    "uk": "Імператор Барбаросса продав Ліхтенштейну 99 субмарин.",
}


class Tally:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.told: Counter[tuple[str, ...]] = Counter()

    def checked(self, field: str) -> None:
        self.told["checked", field] += 1

    def replaced(self, field: str, reason: str) -> None:
        self.told["replaced", field, reason] += 1


def check(
    code: str,
    headline: list[str] | None,
    lead: list[str] | None,
    points: list[list[str] | None] | None = None,
    refused: Mapping[str, Reason] | None = None,
) -> tuple[Summary, Summary, list[Warning], Counter[tuple[str, ...]]]:
    """(the extractive summary, what comes of drafts, the warnings, what was counted)"""
    article = parse(TEXTS[code], code)
    base = extract.summarize(article, SummaryOptions())
    tally = Tally()
    points = [None] * len(base.key_points) if points is None else points
    made, warnings = checked(article, base, Drafts(headline, lead, points), Evidence(article), tally, refused or {})
    return base, made, list(warnings), tally.told


@pytest.mark.parametrize("code", TEXTS)
def test_what_the_article_does_not_support_changes_nothing(code: str) -> None:
    n = len(extract.summarize(parse(TEXTS[code], code), SummaryOptions()).key_points)
    wrong = [NONSENSE[code]]
    base, made, warnings, told = check(code, wrong, wrong, [wrong] * n)
    assert made == base
    assert [w.where for w in warnings] == [
        "summary.headline",
        "summary.lead",
        *(f"summary.key_points[{i}].text" for i in range(n)),
    ]
    assert {w.type for w in warnings} == {WarningType.UNSUPPORTED_STATEMENT}
    assert told["replaced", "key_point", "unsupported"] == n == told["checked", "key_point"]


@pytest.mark.parametrize("code", TEXTS)
def test_sentences_of_the_article_hold(code: str) -> None:
    article = parse(TEXTS[code], code)
    said = [one_line(s.text) for s in article.sentences]
    base, made, warnings, _ = check(code, [said[-1]], [said[0], said[1], said[2]])
    assert (made.headline_generated, made.lead_generated) == (True, True)
    assert made.lead == " ".join(said[: len(base.lead_spans)])
    assert made.lead_spans[0] == article.sentences[0].span
    assert warnings == []


def test_what_was_not_asked_for_stays() -> None:
    base, made, warnings, told = check("en", None, None)
    assert (made, warnings, told) == (base, [], Counter())


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ([], "unfinished"),
        ([NONSENSE["en"], "The library library library library."], "unsupported"),
        (["The library and the library and the library."], "loop"),
        (["The building needs repairs. " * 100], "long"),
        (["Councillors voted 21 to 14 to close Riverside Library, " * 10], "long"),
        (["<b>Staff will be offered other jobs.</b>"], "markup"),
        (["Staff will be offered **other jobs**."], "markup"),
        (["Staff &amp; books will move."], "markup"),
        (["<" * 400 + "a" * 90], "unsupported"),
    ],
)
def test_why_something_is_replaced(statements: list[str], reason: str) -> None:
    base, made, (warning,), told = check("en", None, statements)
    assert made == base
    assert told["replaced", "lead", reason] == 1
    assert warning.detail.endswith("a sentence of the article stands in its place")
    assert not any(statement in warning.detail for statement in statements)


def test_a_later_statement_may_hold() -> None:
    good = "Councillors in Ashford voted 21 to 14 to close Riverside Library."
    _, made, warnings, told = check("en", None, [NONSENSE["en"], good, NONSENSE["en"]])
    assert (made.lead, made.lead_generated, warnings) == (good, True, [])
    assert told == Counter({("checked", "lead"): 3})


def test_nothing_is_said_twice() -> None:
    good = "Councillors in Ashford voted 21 to 14 to close Riverside Library."
    base, made, _, told = check("en", [good], [good], [[good], [good], None, None])
    assert (made.headline, made.lead) == (good[:-1], good)
    assert made.key_points == base.key_points
    assert told["replaced", "key_point", "repeated"] == 2
    # Also where the lead is that of the article.
    first = "The building, opened in 1964, needs repairs worth £2.3 million."
    base, made, _, told = check("en", None, None, [[first], None, None, None])
    assert made == base
    assert told["replaced", "key_point", "repeated"] == 1


def test_a_headline_has_no_marks_around_it() -> None:
    for text in ('"Ashford votes to close Riverside Library."', "“Ashford votes to close Riverside Library”"):
        assert check("en", [text], None)[1].headline == "Ashford votes to close Riverside Library"


def test_key_points_keep_rank_and_section() -> None:
    staff = "Staff will be offered other jobs."
    base, made, _, _ = check("en", None, None, [None, None, [staff], None])
    was, now = base.key_points[2], made.key_points[2]
    assert (now.text, now.generated, now.rank_score, now.section) == (staff, True, was.rank_score, was.section)
    assert THRESHOLD <= now.support_score <= 1
    assert now.spans == was.spans
    assert made.compression_ratio > 0
