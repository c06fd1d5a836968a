"""Which pairs are fit to learn from."""

import pytest

from training.pairs import Pair
from training.prepare.clean import Limits, fault, normalised

LIMITS = Limits()


def pair(source: str, target: str, s: str = "en", t: str = "de") -> Pair:
    return Pair(s, t, source, target, "x")


@pytest.mark.parametrize(
    ("source", "target", "s", "t"),
    [
        ("The minister resigned on 12 May 2024.", "Der Minister trat am 12. Mai 2024 zurück.", "en", "de"),
        ("The minister resigned on Friday.", "Міністр пішов у відставку в п’ятницю.", "en", "uk"),
        ("Der Preis stieg um 1,5 Prozent.", "Ціна зросла на 1,5 відсотка.", "de", "uk"),
        ("Він купив iPhone 15 у Києві.", "He bought an iPhone 15 in Kyiv.", "uk", "en"),
        ("No, no, no!", "Nein, nein, nein!", "en", "de"),
        ("a < b and c > d", "a < b und c > d, ja", "en", "de"),
    ],
)
def test_good_pairs_pass(source: str, target: str, s: str, t: str) -> None:
    assert fault(normalised(pair(source, target, s, t)), LIMITS) is None


@pytest.mark.parametrize(
    ("source", "target", "s", "t", "reason"),
    [
        ("", "Ja.", "en", "de", "empty"),
        ("123 — 456", "123 — 456", "en", "uk", "empty"),
        ("word " * 201, "Wort " * 201, "en", "de", "length"),
        ("Yes.", "Ja, und das sage ich hier mit aller Deutlichkeit noch einmal.", "en", "de", "ratio"),
        ("The house is old and large.", "The house is старий and large.", "en", "uk", "script"),
        ("The house is old.", "Дом был очень старый.", "en", "uk", "script"),
        ("Дім був дуже старий.", "Дім був дуже старий і great.", "uk", "en", "script"),
        ("Click <a href='x'>here</a> now.", "Klicken Sie jetzt <b>hier</b>.", "en", "de", "markup"),
        ("Fish &amp; chips are good.", "Fisch und Pommes sind gut.", "en", "de", "markup"),
        ("See [the page](there) now.", "Siehe [die Seite](dort) jetzt.", "en", "de", "markup"),
        ("Deutsche Bank Aktien steigen.", "Deutsche Bank Aktien steigen!", "de", "en", "copy"),
        ("He said so so so so so so.", "Er sagte es so so so so so so.", "en", "de", "loop"),
        ("It cost 52 million dollars.", "Це коштувало 25 мільйонів доларів.", "en", "uk", "numbers"),
        ("Es kostet 52 Euro.", "It costs 25 euros.", "de", "en", "numbers"),
    ],
)
def test_bad_pairs_are_named(source: str, target: str, s: str, t: str, reason: str) -> None:
    assert fault(normalised(pair(source, target, s, t)), LIMITS) == reason


def test_sides_are_one_line_in_nfc_without_what_is_not_seen() -> None:
    made = normalised(pair("Cafe\u0301\u200b \n\t au\u00adf\x00", " \ufeffй", t="uk"))
    assert (made.source, made.target) == ("Café auf", "й")


@pytest.mark.parametrize("text", ["<a" * 50_000, "&" * 100_000, "a " * 50_000, "1." * 50_000, "\u0301" * 100_000])
def test_hostile_texts_are_judged(text: str) -> None:
    assert fault(normalised(pair(text, text, t="uk")), Limits(most_characters=10**6, most_words=10**6)) is not None
