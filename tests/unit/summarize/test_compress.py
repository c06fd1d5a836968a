"""Shortened sentences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygist.summarize.compress import shorten
from polygist.summarize.words import WORD, folded

SHORTENED = [
    ("en", "However, the town council voted for it on Friday.", "The town council voted for it on Friday."),
    ("en", "But Mayor Ann Hill signed the order on Friday.", "Mayor Ann Hill signed the order on Friday."),
    ("en", "And the price of bread rose by a third.", "The price of bread rose by a third."),
    (
        "en",
        "Ann Hill, however, remained cautious about the new deal.",
        "Ann Hill remained cautious about the new deal.",
    ),
    ("en", "The price rose to €90m ($98m) in the last year.", "The price rose to €90m in the last year."),
    ("de", "Doch der Rat lehnte den Antrag am Freitag ab.", "Der Rat lehnte den Antrag am Freitag ab."),
    ("de", "Der Rat lehnte den Antrag jedoch am Freitag ab.", "Der Rat lehnte den Antrag am Freitag ab."),
    ("de", "Ministerin Eva Klein (SPD) stellte den Plan am Freitag vor.", None),
    (
        "uk",
        "Однак черга на протезування в місті залишається довгою.",
        "Черга на протезування в місті залишається довгою.",
    ),
    ("uk", "Крім того, міська рада виділила гроші на ремонт школи.", "Міська рада виділила гроші на ремонт школи."),
    ("uk", "Мер Львова, однак, не погодився з рішенням ради.", "Мер Львова не погодився з рішенням ради."),
    ("uk", "Міністерство фінансів (МФУ) оприлюднило новий план на рік.", None),
]
KEPT = [
    ("en", "However, he denied it to the press on Friday."),  # the rest still leans on what comes before
    ("en", "But for the rain the match would have been played."),
    ("en", "We must beat them (PSG) in the first half of it."),  # the parenthesis says who is meant
    ("en", "The scheme is (not) yet in force in the whole country."),
    ("en", "“The scheme (EPS) works well for us all,” Ann Hill said."),  # quoted words stay as they were said
    ("en", "However, that failed."),
    ("de", "Allerdings hat der Rat den Antrag am Freitag abgelehnt."),  # the verb would come first
    ("de", "Und die rückten mit der ganzen Parteispitze zum Gespräch an."),  # 'die' is a pronoun
    ("de", "Der Rat stimmte zu, nicht jedoch der Bürgermeister der Stadt."),
    ("de", "Das Gesetz ist (noch) nicht in Kraft getreten, sagt Klein."),
    ("uk", "Однак він не погодився з рішенням ради про ремонт."),
    ("uk", "Але ж міська рада виділила гроші на ремонт школи."),
    ("uk", "Закон (не) набрав чинності в усіх областях країни торік."),
    ("fr", "Mais le conseil municipal a voté pour lui vendredi dernier."),
]
WORDS = [
    "However,",
    "but",
    "the",
    "Rat",
    "jedoch",
    "Doch",
    "der",
    "Однак",
    "міст",
    ", однак,",
    "(SPD)",
    "(5 %)",
    "«",
    "Ann",
    ".",
]


@pytest.mark.parametrize(("language", "text", "expected"), SHORTENED)
def test_what_can_go_goes(language: str, text: str, expected: str | None) -> None:
    start, _, rest = text.partition(" (")
    assert shorten(text, language) == (expected or start + rest.partition(")")[2])


@pytest.mark.parametrize(("language", "text"), KEPT)
def test_what_cannot_go_stays(language: str, text: str) -> None:
    assert shorten(text, language) == text


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.text(max_size=200),
    st.sampled_from(["en", "de", "uk", "und"]),
)
def test_a_shortened_sentence_is_a_subsequence_of_its_words(text: str, language: str) -> None:
    words = iter([folded(w) for w in WORD.findall(text)])
    assert all(folded(w) in words for w in WORD.findall(shorten(text, language)))


@pytest.mark.parametrize("unit", ["(", " (A", "a (AB) ", ", however, ", "but ", "jedoch ", "1,", "a (A" + "A" * 950])
def test_hostile_sentences(unit: str) -> None:
    for language in ("en", "de", "uk"):
        long = "Word " + unit * (990 // len(unit))
        assert len(shorten(long, language)) <= len(long)
        assert shorten(unit * 100_000, language) == unit * 100_000
