"""Days that are named by their distance from the day of the article."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.document.parse import parse
from polygist.summarize.extract import summarize
from polygist.summarize.figures import figures
from polygist.summarize.names import mentions
from polygist.summarize.quotes import quotes
from polygist.summarize.relative import relative_dates
from polygist.summarize.timeline import day_of, timeline
from polygist.types import Article, Span, SummaryOptions
from tests.conftest import ROOT

CASES = json.loads((ROOT / "tests/data/dates/relative.json").read_text(encoding="utf-8"))
HOSTILE = {
    "en": ["the day before ", "last " * 9, "said on ", "1 day "],
    "de": ["vor zwei ", "teilte die die die die ", "am vergangenen "],
    "uk": ["минулого ", "повідомила а а а ", "два дні "],
}


def told(article: Article) -> dict[str, str]:
    made = timeline(article, figures(article), quotes(article, mentions(article)))
    for one in made:
        assert one.sentence.start <= one.span.start < one.span.end <= one.sentence.end
    return {article.text[slice(*d.span)]: d.date for d in made if d.relative}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']}: {case['text'][:40]}")
def test_labelled_sentences(case: dict[str, str]) -> None:
    article = replace(parse(case["text"], case["language"]), date=case["day"])
    if case["day"].startswith("-"):
        found = relative_dates(article.text, Span(0, len(article.text)), article.language, case["day"])
        assert {article.text[slice(*span)]: date for span, date in found} == case["dates"]
    else:
        assert told(article) == case["dates"]


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("KYIV, March 3, 2025 (Reuters) — The mill burned down yesterday. Nobody was hurt.", "en", "2025-03-03"),
        ("KYIV, March 3 (Reuters) — The mill burned down yesterday. Nobody was hurt.", "en", "--03-03"),
        ("Berlin, 3. März 2025 (dpa) - Die Mühle brannte gestern ab. Niemand wurde verletzt.", "de", "2025-03-03"),
        ("Київ, 3 березня 2025 року (Укрінформ) — Млин учора згорів. Ніхто не постраждав.", "uk", "2025-03-03"),
        ("The mill burned down yesterday. Nobody was hurt.", "en", ""),
        ("The mill of 3 March 2025 burned down yesterday. Nobody was hurt.", "en", ""),
    ],
)
def test_the_day_of_an_article_is_that_of_its_dateline(text: str, language: str, day: str) -> None:
    article = parse(text, language)
    assert day_of(article) == day
    yesterday = {"2025-03-03": ["2025-03-02"], "--03-03": ["--03-02"], "": []}[day]
    assert [d.date for d in summarize(article, SummaryOptions()).key_dates if d.relative] == yesterday


def test_a_day_that_is_named_is_told_once() -> None:
    text = "The mill burned down yesterday. On 5 March 2025 two barns burned, too. Last year there was no fire."
    made = timeline(replace(parse(text, "en"), date="2025-03-06"), figures(parse(text, "en")), ())
    assert [(d.date, d.relative) for d in made] == [("2025-03-05", False), ("2024", True)]


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.sampled_from([("en", "last {}"), ("en", "this coming {}")]))
def test_weekdays_are_theirs(day: date, way: tuple[str, str]) -> None:
    for number, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")):
        text = way[1].format(name)
        for _, found in relative_dates(text, Span(0, len(text)), way[0], day.isoformat()):
            distance = date.fromisoformat(found) - day
            assert date.fromisoformat(found).weekday() == number
            assert timedelta(0) < abs(distance) < timedelta(14)
            assert (distance < timedelta(0)) == (way[1] == "last {}")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "0000-01-01", "2025-13-01", "2025-3-1", "--02-29", "x"])
def test_days_at_the_ends_of_time(day: str) -> None:
    text = "yesterday tomorrow, last year, next year, last month, 99 days ago"
    for _, found in relative_dates(text, Span(0, len(text)), "en", day):
        assert found


@pytest.mark.parametrize("language", HOSTILE)
def test_long_texts_that_nearly_match(language: str) -> None:
    for part in HOSTILE[language]:
        text = part * (200_000 // len(part))
        assert list(relative_dates(text, Span(0, len(text)), language, "2025-03-06")) == []
