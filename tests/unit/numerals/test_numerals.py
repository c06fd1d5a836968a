"""Numbers in digits and in words, by value."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.numerals.formats import value_in
from polygist.numerals.months import MONTHS
from polygist.numerals.spelled import number_words, runs_of, spelled


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
        ("en", "SIX, sıx mİllion", ["SIX=6", "sıx mİllion=6000000"]),
        ("uk", "двадцять п’ять", ["двадцять п’ять=25"]),
        ("uk", "п'ять, пʼять, П’ЯТЬ, п ять", ["п'ять=5", "пʼять=5", "П’ЯТЬ=5"]),
        ("uk", "сім'ї, сім’я, п'ятниця, семи сімей", ["семи=7"]),
        ("en", "one's, three’s", []),
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


PARTS = {
    "en": ["two", "thirty", "half a", "hundred", "twofold", "and", "one and a half"],
    "de": ["zwei", "und", "zwanzig", "Million", "Achtung", "eine halbe", "eins"],
    "uk": ["п'ять", "пʼять", "дев’яносто", "п", "тисяч", "з половиною", "одна"],
}


@pytest.mark.parametrize("language", PARTS)
@given(st.data())
def test_numbers_begin_where_the_pattern_of_all_says(language: str, data: st.DataObject) -> None:
    words = number_words(language)
    assert words is not None
    joint = st.sampled_from([" ", " ", "-", "", "_", "5-", "'", "ʼ", "x", ". "])
    text = "".join(data.draw(st.lists(st.sampled_from(PARTS[language]) | joint, max_size=20)))
    runs = [m.span() for m in words.run.finditer(text)]
    assert [m.span() for m in runs_of(text, 0, len(text), words)] == runs


def test_months_know_their_cases() -> None:
    assert (MONTHS["March"], MONTHS["März"], MONTHS["березня"], MONTHS["БЕРЕЗНЯ"]) == (3, 3, 3, 3)
    assert "may" not in MONTHS
