import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate import guard
from polygist.types import WarningType as W

GOOD = [
    ("He left for Kyiv in 2022.", "Він поїхав до Києва у 2022 році.", "uk"),
    ("The deal is worth $1,000.50.", "Угода коштує 1 000,50 долара.", "uk"),
    ("NATO", "НАТО", "uk"),
    ("Volodymyr Zelensky", "Volodymyr Zelensky", "de"),
    ("No, no, no!", "Nein, nein, nein!", "de"),
    (
        "See https://example.org/about/us or mail to info@example.org.",
        "Див. https://example.org/about/us чи info@example.org.",
        "uk",
    ),
    ("The iPhone and eBay are brands.", "iPhone та eBay – це бренди.", "uk"),
    ("He scored 3 goals at 10 p.m.", "Er schoss um 22:00 Uhr drei Tore.", "de"),
    ("Ziel ist der Frieden.", "The goal is peace.", "en"),
]
BAD = [
    (
        "He said that he would go home.",
        "Він сказав, що він сказав, що він сказав, що він сказав, що",
        "uk",
        W.REPETITION,
    ),
    ("The cat.", "die die die die die die", "de", W.REPETITION),
    ("He left the city at night.", "Он уехал из города ночью, чтобы выжить.", "uk", W.WRONG_LANGUAGE),
    ("He left the city at night.", "He left this city in the night.", "uk", W.WRONG_LANGUAGE),
    ("The former president", "früheren президент", "uk", W.WRONG_LANGUAGE),
    ("Kaja Kallas spoke.", "Кaja Kallas виступила.", "uk", W.WRONG_LANGUAGE),
    ("He told reporters this.", "Він сказав reporters це.", "uk", W.UNTRANSLATED),
    ("He left the city at night.", "Він поїхав з міста вночі.", "de", W.WRONG_LANGUAGE),
    ("He left the city at night.", "He left the city at night.", "de", W.UNTRANSLATED),
    ("In 2022 there were 150 people.", "Im Jahr 2023 waren es 150 Personen.", "de", W.NUMBER_MISMATCH),
    ("It cost $5.2 million.", "Коштувало 52 мільйони.", "uk", W.NUMBER_MISMATCH),
    ("Section 5 of the act applies.", "Закон діє.", "uk", W.NUMBER_MISMATCH),
    ("See #euro2024 today.", "Siehe #euro2028 heute.", "de", W.NUMBER_MISMATCH),
    ("He left the city at night and did not return for years.", "Er ging.", "de", W.LENGTH_OUT_OF_RANGE),
    ("He left.", "", "de", W.LENGTH_OUT_OF_RANGE),
]


@pytest.mark.parametrize(("source", "target", "language"), GOOD)
def test_good_translations_pass(source: str, target: str, language: str) -> None:
    assert guard.doubts(source, target, language, finished=True) == frozenset()


@pytest.mark.parametrize(("source", "target", "language", "expected"), BAD)
def test_bad_translations_are_caught(source: str, target: str, language: str, expected: W) -> None:
    assert expected in guard.doubts(source, target, language, finished=True)


def test_an_unfinished_translation_is_said_to_be_cut() -> None:
    assert guard.doubts("He left.", "Er ging.", "de", finished=False) == {W.OUTPUT_CUT}


def test_every_doubt_has_a_severity_and_a_sentence() -> None:
    found = {W.REPETITION, W.WRONG_LANGUAGE, W.UNTRANSLATED, W.OUTPUT_CUT, W.LENGTH_OUT_OF_RANGE, W.NUMBER_MISMATCH}
    assert found <= set(guard.SEVERITY)
    assert found <= set(guard.DETAILS)


@given(st.text(), st.text(), st.sampled_from(["en", "de", "uk"]))
def test_no_text_breaks_the_guard(source: str, target: str, language: str) -> None:
    assert guard.severity(guard.doubts(source, target, language, finished=True)) >= 0
