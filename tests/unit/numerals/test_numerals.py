"""Numbers in digits and in words, by value."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.numerals.formats import value_in
from polygist.numerals.months import MONTHS
from polygist.numerals.spelled import number_words, spelled


@pytest.mark.parametrize(
    ("number", "language", "value"),
    [
        ("1,000.5", "en", "1000.5"),
        ("1.000,5", "de", "1000.5"),
        ("1 000,5", "uk", "1000.5"),
        ("1.234", "en", "1.234"),
        ("1.234", "de", "1234"),
        ("1.234", "uk", None),
        ("1,5", "en", "1.5"),
        ("2.5", "de", "2.5"),
        ("10’000", "de", "10000"),
        ("1.2.3", "en", None),
        ("٣", "en", "3"),
    ],
)
def test_digits(number: str, language: str, value: str | None) -> None:
    assert value_in(number, language) == (None if value is None else Decimal(value))


def values(text: str, language: str) -> list[str]:
    words = number_words(language)
    assert words is not None
    return [f"{text[n.start : n.end]}={n.value}" for n in spelled(text, 0, len(text), words)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "three hundred and fifty", ["three hundred and fifty=350"]),
        ("en", "twenty-five or thirty", ["twenty-five=25", "thirty=30"]),
        ("en", "two and a half million", ["two and a half million=2500000.0"]),
        ("en", "half a million, hundreds of, several thousand", ["half a million=500000.0"]),
        ("en", "two thousand three hundred and four", ["two thousand three hundred and four=2304"]),
        ("de", "zweihundertfünfundvierzigtausend", ["zweihundertfünfundvierzigtausend=245000"]),
        ("de", "hundertfünfzig, tausend, mehrere tausend", ["hundertfünfzig=150", "tausend=1000"]),
        ("de", "dreißig", ["dreißig=30"]),
        ("de", "zweieinhalb Millionen", ["zweieinhalb Millionen=2500000.0"]),
        ("de", "Achtung, Millionen, dreißigjährig, Elfen", []),
        ("uk", "двадцять п’ять", ["двадцять п’ять=25"]),
        ("uk", "двом тисячам трьомстам", ["двом тисячам трьомстам=2300"]),
        ("uk", "два з половиною мільйони", ["два з половиною мільйони=2500000.0"]),
        ("uk", "мільйон, мільйони, тисячі", ["мільйон=1000000"]),
    ],
)
def test_words(language: str, text: str, expected: list[str]) -> None:
    assert values(text, language) == expected


@given(st.lists(st.sampled_from(["two", "twenty", "hundred", "and", "million", "half a", "a", "-", "x"]), max_size=30))
def test_any_order_of_number_words(parts: list[str]) -> None:
    text, words = " ".join(parts), number_words("en")
    assert words is not None
    found = list(spelled(text, 0, len(text), words))
    assert all(n.start < n.end and n.value >= 0 for n in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_months_know_their_cases() -> None:
    assert (MONTHS["March"], MONTHS["März"], MONTHS["березня"], MONTHS["БЕРЕЗНЯ"]) == (3, 3, 3, 3)
    assert "may" not in MONTHS
