import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.errors import TermInvalid
from polygist.translate.glossary.spellings import Case
from polygist.translate.glossary.terms import Glossary, Match, Term, in_case
from polygist.translate.glossary.words import tokens


def found(text: str, *terms: Term) -> list[tuple[str, str]]:
    """What stands in the text, and what is to stand there."""
    return [(text[m.span.start : m.span.end], m.target) for m in Glossary(terms).find(text)]


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("A virus, viruses, antivirus.", Term("virus", "Virus"), [("virus", "Virus")]),
        ("Virus! VIRUS! vIrus!", Term("virus", "вірус"), [("Virus", "Вірус"), ("VIRUS", "ВІРУС")]),
        ("The NATO, Nato and nato", Term("NATO", "НАТО"), [("NATO", "НАТО")]),
        ("An iPhone, an IPHONE, an iphone", Term("iPhone"), [("iPhone", "iPhone")]),
        ("A Phone, a phone, PHONES, PHONE", Term("phone", "iPhone"),
         [("Phone", "iPhone"), ("phone", "iPhone"), ("PHONE", "iPhone")]),
        ("Apple, apple, APPLE", Term("Apple"), [("Apple", "Apple"), ("APPLE", "APPLE")]),
        ("Apple, apple, APPLE", Term("apple", "Apfel", case_sensitive=True), [("apple", "Apfel")]),
        ("Climate Change and climate\nchange", Term("climate change", "зміна клімату"),
         [("Climate Change", "Зміна клімату"), ("climate\nchange", "зміна клімату")]),
        ("Die Straße, DIE STRASSE, Straßen", Term("Straße", "вулиця"), [("Straße", "вулиця"), ("STRASSE", "ВУЛИЦЯ")]),
        ("Уряд: урядовий уряд", Term("уряд", "government"), [("Уряд", "Government"), ("уряд", "government")]),
        ("Прем'єр, прем’єр", Term("премʼєр", "premier"), [("Прем'єр", "Premier"), ("прем’єр", "premier")]),
        ("Б'є, б’є", Term("є", "is"), []),
        ("Trump's and Trump’s", Term("Trump"), [("Trump", "Trump"), ("Trump", "Trump")]),
        ("e\u0301te\u0301 and été", Term("été", "Sommer"), [("e\u0301te\u0301", "Sommer"), ("été", "Sommer")]),
        ("ete\u0301", Term("ete", "x"), []),
        ("Wahl\u00adkampf", Term("Wahlkampf", "campaign"), [("Wahl\u00adkampf", "campaign")]),
        ("C++11, C+, .NET and a.b", Term("C++", "C++"), [("C++", "C++")]),
        ("ab a.b", Term("a.b", "x"), [("a.b", "x")]),
        ("COVID-19 (COVID)", Term("COVID", "Covid"), [("COVID", "Covid"), ("COVID", "Covid")]),
        ("שלום עולם, שלום", Term("שלום", "Frieden"), [("שלום", "Frieden"), ("שלום", "Frieden")]),
        ("I won't, won’t, I WON'T", Term("won", "gewonnen"), []),
        ("He can't, a can", Term("can", "Dose"), [("can", "Dose")]),
        ("Don't ask Don", Term("Don"), [("Don", "Don")]),
        ("Don’t, don't", Term("don't", "x"), [("Don’t", "X"), ("don't", "x")]),
        ("O'Brien, D’Angelo", Term("Brien"), []),
        ("they're, we'll, I've, she'd, I'm", Term("re"), []),
        ("Die Frau's, ihr's", Term("Frau", "жінка"), [("Frau", "жінка")]),
        ("П'ять і 'п'", Term("п", "x"), [("п", "x")]),
        ("1.5 or 1,5 or 5.", Term("5", "fünf"), [("5", "fünf")]),
        ("Python 3.11", Term("Python 3", "x"), []),
        ("https://apple.com/news from Apple", Term("apple", "Apfel"), [("Apple", "Apfel")]),
        ("support@firm.com, @support, #support, support.", Term("support", "Hilfe"), [("support", "Hilfe")]),
        ("{name} %(name)s {{ name }} name", Term("name", "Vorname"), [("name", "Vorname")]),
        ("Booking.com is not Booking", Term("Booking.com", "B"), [("Booking.com", "B")]),
        ("example.NET and .NET", Term(".NET"), [(".NET", ".NET")]),
        ("@Trump", Term("@Trump", "@Трамп"), [("@Trump", "@Трамп")]),
        ("snake_case snake", Term("snake", "Schlange"), [("snake", "Schlange")]),
    ],
)  # fmt: skip
def test_whole_words_in_their_case(text: str, term: Term, expected: list[tuple[str, str]]) -> None:
    assert found(text, term) == expected


def test_the_longest_term_wins_whatever_the_order() -> None:
    terms = [Term("York"), Term("New York"), Term("New York Times", "NYT"), Term("New")]
    for order in (terms, terms[::-1]):
        text = "The New York Times of New York, new York"
        assert [t for _, t in found(text, *order)] == ["NYT", "New York", "York"]


def test_a_longer_term_that_ends_inside_a_word_does_not_hide_a_shorter_one() -> None:
    assert found("New Yorkers", Term("New York"), Term("New", "Neu")) == [("New", "Neu")]


def test_what_is_written_so_stands_before_what_is_only_cased_so() -> None:
    assert found("US us", Term("us", "uns"), Term("US", "USA")) == [("US", "USA"), ("us", "uns")]


def test_no_terms_and_no_text() -> None:
    assert found("Text") == []
    assert found("", Term("a", "b")) == []


@pytest.mark.parametrize("source", ["", " ", "\n\t"])
def test_a_term_without_a_source_is_refused(source: str) -> None:
    with pytest.raises(TermInvalid, match="term 1: the source is empty"):
        Glossary([Term("a", "b"), Term(source, "x")])


@pytest.mark.parametrize("again", ["прем’єр", " прем'єр ", "премʼєр", "прем’єр\u202e"])
def test_a_term_that_is_there_twice_is_refused(again: str) -> None:
    with pytest.raises(TermInvalid, match="twice, with different targets") as raised:
        Glossary([Term("x"), Term("прем’єр", "premier"), Term(again, "prime minister")])
    assert (raised.value.index, raised.value.other) == (2, 1)


@pytest.mark.parametrize(
    ("text", "case", "expected"),
    [
        ("вірус", Case.CAPITAL, "Вірус"),
        ("«вірус»", Case.CAPITAL, "«Вірус»"),
        ("ßx", Case.CAPITAL, "ßx"),
        ("GmbH", Case.UPPER, "GmbH"),
        ("", Case.UPPER, ""),
        ("5 g", Case.UPPER, "5 G"),
    ],
)
def test_targets_take_the_case(text: str, case: Case, expected: str) -> None:
    assert in_case(text, case) == expected


def oracle(text: str, sources: list[str]) -> list[tuple[int, int]]:
    """Leftmost, then longest, by a plain alternation; for words of a and b only."""
    longest = sorted(sources, key=len, reverse=True)
    return [m.span() for m in re.finditer(rf"\b(?:{'|'.join(map(re.escape, longest))})\b", text)]


WORDS = st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4).map(" ".join)


@given(st.lists(WORDS, min_size=1, max_size=8, unique=True), st.lists(WORDS, max_size=10).map(", ".join))
def test_what_is_found_is_what_a_plain_search_finds(sources: list[str], text: str) -> None:
    matches = Glossary(Term(s, "x", case_sensitive=True) for s in sources).find(text)
    assert [tuple(m.span) for m in matches] == oracle(text, sources)


HOSTILE = st.text() | st.text(st.sampled_from("aA .*+()[]\\^$|?\x00\x01'’ʼяЯß\u0301\u200dשﬁ😀\n"))


@given(HOSTILE)
def test_tokens_leave_nothing_out(text: str) -> None:
    assert "".join(text[t.start : t.end] for t in tokens(text)) == text


@given(st.lists(HOSTILE, max_size=6), HOSTILE)
def test_matches_are_in_order_and_apart_whatever_the_terms(sources: list[str], text: str) -> None:
    matches = Glossary(usable(sources)).find(text)
    for before, after in pairwise(matches):
        assert before.span.end <= after.span.start
    assert all(0 <= m.span.start < m.span.end <= len(text) for m in matches)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_a_term_between_spaces_is_always_found(before: str, source: str, after: str) -> None:
    terms = usable([source])
    text = f"{before} \n{source.strip()} \n{after}"
    assert len(Glossary(terms).find(text)) >= len(terms)


def usable(sources: list[str]) -> list[Term]:
    """Those that a glossary takes together."""
    terms: list[Term] = []
    for source in sources:
        try:
            Glossary([*terms, Term(source, "x")])
        except TermInvalid:
            continue
        terms.append(Term(source, "x"))
    return terms


def test_ten_thousand_terms_that_contain_each_other() -> None:
    words = [f"w{i}" for i in range(100)]
    terms = [Term(" ".join(words[i : i + n]), f"{i}-{n}") for i in range(100) for n in range(1, 101 - i)]
    made = Glossary(terms)
    assert len(made) == 5050
    text = " ".join(words * 20)
    assert [m.target for m in made.find(text)] == ["0-100"] * 20


def test_ten_thousand_terms_in_a_long_text() -> None:
    made = Glossary(Term(f"term{i} x", f"Begriff{i}") for i in range(10_000))
    text = "; ".join(f"Term{i} x" for i in range(0, 10_000, 2))
    matches: list[Match] = made.find(text)
    assert [m.target for m in matches] == [f"Begriff{i}" for i in range(0, 10_000, 2)]
