"""Numbers of a translation in its language's format: which are rewritten, and what never changes."""

import re

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate import numbers
from polygist.translate.glossary.terms import Glossary, Term
from polygist.translate.localization import changes, localized
from polygist.types import SentencePair, Span, TranslatedText, Warning, WarningType

NB = "\u00a0"
LANGUAGES = ("en", "de", "uk")

REWRITTEN = [
    ("en", "de", "It cost 1,000.5 euros.", "Es kostete 1,000.5 Euro.", "Es kostete 1.000,5 Euro."),
    ("en", "uk", "It cost 1,000.5 euros.", "Це коштувало 1,000.5 євро.", f"Це коштувало 1{NB}000,5 євро."),
    ("de", "en", "Es kostet 1.234.567,89 Euro.", "It costs 1.234.567,89 euros.", "It costs 1,234,567.89 euros."),
    ("uk", "en", "Тут 2 952 301 людина.", "Here are 2 952 301 people.", "Here are 2,952,301 people."),
    ("uk", "de", f"Тут 12{NB}345 людей.", f"Hier sind 12{NB}345 Leute.", "Hier sind 12.345 Leute."),
    # In the format of neither language, or of the wrong one of two that a number could have.
    ("en", "uk", "Some 1,234.5 t.", "Десь 1.234,5 т.", f"Десь 1{NB}234,5 т."),
    ("en", "uk", "It cost 1.000,5 euros.", "Це коштувало 1.000,5 євро.", f"Це коштувало 1{NB}000,5 євро."),
    ("en", "de", "Some 1,234 people.", "Etwa 1,234 Leute.", "Etwa 1.234 Leute."),
    ("en", "de", "It weighs 1.234 kg.", "Es wiegt 1.234 kg.", "Es wiegt 1,234 kg."),
    ("en", "de", "Some 12,345 people.", "Etwa 12 345 Leute.", "Etwa 12.345 Leute."),
    ("en", "de", "Some 12,345 people.", "Etwa 12'345 Leute.", "Etwa 12.345 Leute."),
    ("en", "de", "Some 12,345 people.", "Etwa 12345 Leute.", "Etwa 12.345 Leute."),
    # Zeros stay.
    ("en", "de", "Only 0.50 of 2.00.", "Nur 0.50 von 2.00.", "Nur 0,50 von 2,00."),
    # What touches a number or stands beside it.
    ("en", "de", "It has 1.5Ghz, 2.5km.", "Es hat 1.5Ghz, 2.5km.", "Es hat 1,5Ghz, 2,5km."),
    ("uk", "en", "Це 5,2млрд грн.", "It is 5,2bn UAH.", "It is 5.2bn UAH."),
    ("en", "de", "It cost $5.2bn.", "Es kostete 5.2 Mrd. $.", "Es kostete 5,2 Mrd. $."),
    ("en", "de", "From 3.25 to 4.15 percent.", "Von 3.25 bis 4.15 Prozent.", "Von 3,25 bis 4,15 Prozent."),
    ("en", "de", "At 3.25 percent.", "Bei 3.25 Prozent.", "Bei 3,25 Prozent."),
    ("en", "de", "A 1.5-litre engine, (2.5).", "Ein 1.5-Liter-Motor, (2.5).", "Ein 1,5-Liter-Motor, (2,5)."),
    ("en", "de", "EUR 1.5 each, -1.5 or +2.5.", "EUR 1.5 je, -1.5 oder +2.5.", "EUR 1,5 je, -1,5 oder +2,5."),
    # Percent.
    ("en", "de", "It rose by 5% or 4.5%.", "Es stieg um 5% oder 4.5 %.", f"Es stieg um 5{NB}% oder 4,5{NB}%."),
    ("en", "de", "It rose 5%-10%.", "Es stieg um 5%-10%.", f"Es stieg um 5{NB}%-10{NB}%."),
    ("en", "uk", "It rose by 4.5%, 5%.", "Воно зросло на 4.5 %, 5%.", "Воно зросло на 4,5 %, 5%."),
    ("de", "en", "Es stieg um 4,5 %.", "It rose by 4,5 %.", "It rose by 4.5%."),
]  # fmt: skip

LEFT = [
    # No number of the source, or not surely which one.
    ("en", "de", "Some people.", "Etwa 1,234 Leute."),
    ("en", "de", "1,234 people with 1.234 kg.", "1,234 Leute mit 1.234 kg."),
    # Years, dates, times.
    ("en", "de", "In 2024 he had 2024 votes.", "2024 hatte er 2024 Stimmen."),
    ("en", "uk", "On 2024-05-03 and 03/05/2024.", "2024-05-03 і 03/05/2024."),
    ("de", "uk", "Am 3.5. und am 03.05.2024.", "3.5. і 03.05.2024."),
    ("en", "de", "He left at 10.30.", "Er ging um 10.30."),
    ("en", "de", "He left at 10.30, back by 11.45.", "Er ging um 10.30, zurück um 11.45."),
    ("en", "uk", "It is 9.15 p.m. or 10:30.", "Зараз 9.15 вечора або 10:30."),
    ("en", "de", "The 9.15 train and the 10.30 one.", "Der Zug um 9.15 und der um 10.30 Uhr."),
    ("en", "uk", "The 9.15 train.", "Потяг о 9.15."),
    # Versions, names, ids.
    ("en", "de", "The 802.11n and 1.5b2 norms.", "Die Normen 802.11n und 1.5b2."),
    ("en", "uk", "Some 1,234 people.", "Десь 1234 людини."),
    ("en", "de", "Version 1.2.3 or version 1.2.", "Version 1.2.3 oder Version 1.2."),
    ("en", "de", "It needs Python 3.11.", "Es braucht Python 3.11."),
    ("en", "de", "Python 3.11 is out.", "Python 3.11 ist da."),
    ("en", "de", "GPT-4.5 and v2.0 and 2.0-beta.", "GPT-4.5 und v2.0 und 2.0-beta."),
    ("en", "de", "See chapter 3.2, No. 4.5 and § 5.1.", "Siehe Kapitel 3.2, Nr. 4.5 und § 5.1."),
    ("en", "de", "The 1,000th guest.", "Der 1,000th Gast."),
    ("uk", "en", "Це iPhone 15 256 ГБ.", "It is an iPhone 15 256 GB."),
    ("en", "de", "It is 1.5 or 12,345.", "Es ist v1.5, x=1.5, 1.5er Normen, A12,345."),
    # Numbers to dial, results, addresses, code.
    ("uk", "de", "Телефон: +380 671 234 567.", "Telefon: +380 671 234 567."),
    ("uk", "de", "Тел. 123 456.", "Tel. 123 456."),
    ("uk", "en", "Телефонуйте за номером 123 456.", "Call 123 456."),
    ("uk", "en", "Пишіть або дзвоніть: 123 456.", "Write or call 123 456."),
    ("uk", "en", "Зв'язок за телефоном 123 456.", "Contact by phone 123 456."),
    ("en", "de", "A 100%-natural juice.", "Ein 100%-natürlicher Saft."),
    ("en", "de", "They won 2:1 at 192.168.0.1.", "Sie siegten 2:1 bei 192.168.0.1."),
    ("en", "de", "See example.org/1,000.5 or a@1.5.de.", "Siehe example.org/1,000.5 oder a@1.5.de."),
    ("en", "de", "It is 1.5: https://a.de/1.5?b=1.5", "Es ist: https://a.de/1.5?b=1.5"),
    ("en", "de", "Use `1,000.5` or x=1.5.", "Nimm `1,000.5` oder x=1.5."),
    # Thousands in another language's format more likely than thousandths.
    ("en", "de", "It cost €1.234.", "Es kostete 1.234 €."),
    ("en", "de", "I ran 100.000 meters.", "Ich lief 100.000 Meter."),
    # The value stands in doubt in one place.
    ("en", "de", "Python 3.5 is 3.5 times faster.", "Python 3.5 ist 3.5 Mal schneller."),
    ("de", "en", "Es ist 5.25 oder 5,25.", "It is 5.25 or 5,25."),
    # No format of the language's own.
    ("uk", "de", "Тут 3.5 млн.", "Hier sind 3.5 Mio."),
    # Groups that would run together with other digits.
    ("en", "uk", "In 2022 1,234 came.", "У 2022 1,234 прийшли."),
    # A break of lines, percent in a word, and a language without a format.
    ("en", "de", "It rose by 5%.", "Es stieg um 5\n%."),
    ("en", "de", "A 100% one.", "Ein 100%iger."),
    ("en", "xx", "It cost 1,000.5 euros.", "Es kostete 1,000.5 Euro."),
    ("de", "hi", "Es kostet 1.000,5 Euro.", "1.000,5 Euro."),
]  # fmt: skip


def sentence(source: str, translation: str, pair: tuple[str, str], glossary: Glossary | None = None) -> str:
    """The translation of a sentence with its numbers localized."""
    whole = SentencePair(Span(0, len(source)), Span(0, len(translation)))
    made = TranslatedText(translation, pairs=(whole,))
    return localized(made, changes(made, source, pair, glossary)).text


@pytest.mark.parametrize(("source_language", "target_language", "source", "translation", "expected"), REWRITTEN)
def test_numbers_are_written_as_the_target_language_does(
    source_language: str, target_language: str, source: str, translation: str, expected: str
) -> None:
    assert sentence(source, translation, (source_language, target_language)) == expected


@pytest.mark.parametrize(("source_language", "target_language", "source", "translation"), LEFT)
def test_what_is_no_quantity_or_in_doubt_stays(
    source_language: str, target_language: str, source: str, translation: str
) -> None:
    assert sentence(source, translation, (source_language, target_language)) == translation


def test_pairs_follow_and_what_stands_between_stays() -> None:
    source = "1,000 here. 2,000.5 there."
    text = "So 1,000 hier. 1,000 So 2,000.5 dort."
    made = TranslatedText(
        text,
        (Warning(WarningType.REPETITION, "it says so", span=Span(0, 11)),),
        pairs=(
            SentencePair(Span(0, 11), Span(0, 14)),
            SentencePair(Span(12, 26), Span(21, 37)),
        ),
    )
    new = localized(made, changes(made, source, ("en", "uk")))
    assert new.text == f"So 1{NB}000 hier. 1,000 So 2{NB}000,5 dort."
    assert [new.text[slice(*pair.target)] for pair in new.pairs] == [f"So 1{NB}000 hier.", f"So 2{NB}000,5 dort."]
    assert [pair.source for pair in new.pairs] == [pair.source for pair in made.pairs]
    assert (new.warnings, new.usage) == (made.warnings, made.usage)


def test_terms_stay_as_their_glossary_has_them() -> None:
    source, text = "The 1,000 Islands have 1,000 trees.", "Die 1,000 Inseln haben 1,000 Bäume."
    glossary = Glossary([Term("1,000 Islands", "1,000 Inseln")])
    assert sentence(source, text, ("en", "de"), glossary) == "Die 1,000 Inseln haben 1.000 Bäume."
    assert sentence(source, text, ("en", "de")) == "Die 1.000 Inseln haben 1.000 Bäume."


PAIRS = st.permutations(LANGUAGES).map(lambda found: (found[0], found[1]))
DIGITS = "0123456789"
MIXED = st.text(alphabet=f"{DIGITS}.,:'’ {NB}%-/$€`#@=+()amTv\nж²٣", max_size=80)
# Texts that have numbers of each other.
RELATED = MIXED.flatmap(lambda s: st.tuples(st.just(s), st.one_of(st.just(s), MIXED, MIXED.map(lambda t: s + " " + t))))


def bare(text: str) -> str:
    """What is no mark inside numbers, and no space."""
    return re.sub(rf"(?<=[0-9])[.,'’ {NB}]+(?=[0-9])|[ {NB}]+(?=%)", "", text)


@given(RELATED, PAIRS)
def test_only_marks_between_digits_and_spaces_before_percent_change(
    texts: tuple[str, str], pair: tuple[str, str]
) -> None:
    source, translation = texts
    assert bare(sentence(source, translation, pair)) == bare(translation)


@given(RELATED, PAIRS)
def test_a_second_time_changes_nothing(texts: tuple[str, str], pair: tuple[str, str]) -> None:
    source, translation = texts
    once = sentence(source, translation, pair)
    assert sentence(source, once, pair) == once


@given(RELATED, PAIRS)
def test_the_guard_has_no_new_doubt(texts: tuple[str, str], pair: tuple[str, str]) -> None:
    source, translation = texts
    if not numbers.mismatch(source, translation, pair[1], pair[0]):
        assert not numbers.mismatch(source, sentence(source, translation, pair), pair[1], pair[0])


@given(
    st.decimals(0, 10**9, allow_nan=False, places=2) | st.integers(0, 10**12),
    PAIRS,
    st.sampled_from(["own", "source", "target"]),
)
def test_a_number_in_either_format_gets_that_of_the_target(number: object, pair: tuple[str, str], how: str) -> None:
    said, wanted = (format_decimal(number, locale=language) for language in pair)
    wrote = {"own": said, "source": said, "target": wanted}[how]
    assert sentence(f"x {said} x", f"y {wrote} y", pair) == f"y {wanted} y"


@pytest.mark.parametrize(
    "text",
    [
        "9" * 50_000,
        "1,000" * 10_000,
        "1,000 " * 10_000,
        "1 " * 30_000,
        "1 000" * 10_000,
        "%1.5" * 10_000,
        "`1" * 30_000,
    ],
)
def test_hostile_texts_end(text: str) -> None:
    assert bare(sentence(text, text, ("en", "uk"))) == bare(text)
