"""What words are compared by: forms alike, numbers by value, names, negations."""

import pytest

from polygist.summarize.faithfulness.lexicon import Lexicon, lexicon
from polygist.summarize.faithfulness.names import names
from polygist.summarize.faithfulness.negation import Denial, denials, differs
from polygist.summarize.faithfulness.words import Kind, Word, read, stem
from polygist.types import Span


def words(text: str, language: str) -> list[Word]:
    return read(text, Span(0, len(text)), language)


def numbers(text: str, language: str) -> list[str]:
    return [w.key for w in words(text, language) if w.kind is Kind.NUMBER]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "1,234.50", "1234.5"),
        ("en", "5 million", "5m"),
        ("en", "$2.5bn", "2,500,000,000"),
        ("en", "three", "3"),
        ("en", "twelfth", "12th"),
        ("de", "1.234,50", "1234,5"),
        ("de", "2,5 Mrd. Euro", "2.500.000.000 Euro"),
        ("de", "zwölf", "12"),
        ("de", "drei Millionen", "3.000.000"),
        ("uk", "1 234,5", "1234,5"),
        ("uk", "2,5 млрд грн", "2 500 000 000 грн"),
        ("uk", "п’яти", "5"),
        ("uk", "три мільйони", "3000000"),
    ],
)
def test_numbers_are_compared_by_value(language: str, one: str, other: str) -> None:
    assert numbers(one, language) == numbers(other, language) != []


@pytest.mark.parametrize(
    ("language", "text"), [("en", "4.5 and 45"), ("de", "4,5 und 45"), ("uk", "21:45 та 2145"), ("en", "5 million, 5")]
)
def test_numbers_of_other_value_differ(language: str, text: str) -> None:
    assert len(set(numbers(text, language))) == 2


@pytest.mark.parametrize("text", ["9" * 5000, "1,000" * 900, "٣ ² ½", "0.000", "1:2:3.4,5", "5 million million"])
@pytest.mark.parametrize("language", ["en", "de", "uk", "xx"])
def test_odd_numbers_have_keys(language: str, text: str) -> None:
    assert all(w.key and len(w.key) < 100 for w in words(text, language) if w.kind is Kind.NUMBER)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "cities", "city"),
        ("de", "Habecks", "Habeck"),
        ("de", "Häuser", "Hauses"),
        ("uk", "Зеленського", "Зеленський"),
        ("uk", "Києва", "Київ"),
    ],
)
def test_forms_of_a_word_have_one_key(language: str, one: str, other: str) -> None:
    assert stem(one, language) == stem(other, language)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Barack Obama will visit Paris in March.", {"barack", "obama", "paris"}),
        ("en", "barack obama will visit paris", {"barack", "obama", "paris"}),
        ("de", "Robert Habeck besucht die Fabrik in Paris.", {"robert", "habeck", "paris"}),
        ("uk", "Учора Олена відвідала завод у Парижі.", {"олен", "париж"}),
    ],
)
def test_names_of_a_statement(language: str, text: str, expected: set[str]) -> None:
    assert names(text, words(text, language), language) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "The minister did not resign.", [("minist", "resign")]),
        ("en", "The minister didn't resign.", [("minist", "resign")]),
        ("en", "Not only the minister resigned, whether or not he wished.", []),
        ("de", "Der Minister ging nicht.", [("minist", "")]),
        ("de", "Nicht nur der Minister, ob nicht auch der Kanzler.", []),
        ("uk", "Міністр не подав заяву.", [("мініст", "подат")]),
        ("uk", "Не лише міністр.", []),
    ],
)
def test_denials(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert denials(words(text, language), language) == tuple(Denial(*d) for d in expected)


def test_a_denial_differs_where_the_same_is_said_without_one() -> None:
    denial = [Denial("minister", "resign")]
    assert differs(denial, [], ["minister", "resign"])
    assert not differs(denial, [Denial("he", "resign")], ["minister", "resign"])
    assert not differs(denial, [], ["minister", "go"])


def test_every_language_has_every_list() -> None:
    for language in ("en", "de", "uk"):
        assert all(vars(lexicon(language)).values()), language
    assert lexicon("uk-UA") == lexicon("uk")
    assert lexicon("pl") == Lexicon()
