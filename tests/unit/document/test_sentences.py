"""The spans of sentences: their invariants on any text, and the labelled cases of bench/data as a floor."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.document.sentences import split

DATA = Path(__file__).parents[3] / "bench" / "data"
LANGUAGES = ("en", "de", "uk")

PIECES = (
    "a b. C. Dr. U.S. 5 5. 12. II. z. B. usw. ст. р. І. В. Він Die The … ... ! ? — – - „ “ ” « » \" ' ( ) "
    "[1] 🎉 👍🏽 \ud800 \0 www.a.de x@y.z said asked 日本。 י"
)
pieces = st.lists(st.sampled_from(PIECES.split(" ")), max_size=60)
texts = st.one_of(st.text(max_size=300), pieces.map(" ".join), pieces.map("".join))


def sentences(text: str, language: str) -> list[str]:
    return [text[start:end] for start, end in split(text, language)]


def cases(name: str) -> list[tuple[str, tuple[str, ...]]]:
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    return [(row["lang"], tuple(row["sentences"])) for row in rows]


@given(text=texts, language=st.sampled_from([*LANGUAGES, "fr", "und", ""]))
def test_spans_cover_every_character_once_in_order(text: str, language: str) -> None:
    spans = split(text, language)
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())


@given(text=st.text(alphabet=" \t\n\u00a0\u2028", max_size=20))
def test_blank_text_has_no_sentences(text: str) -> None:
    assert split(text, "en") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_labelled_cases(language: str) -> None:
    labelled = [gold for lang, gold in cases("sentences.jsonl") if lang == language]
    wrong = [gold for gold in labelled if sentences(" ".join(gold), language) != list(gold)]
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out_cases(language: str) -> None:
    labelled = [gold for lang, gold in cases("sentences-heldout.jsonl") if lang == language]
    wrong = [gold for gold in labelled if sentences(" ".join(gold), language) != list(gold)]
    assert len(wrong) <= 0.2 * len(labelled), wrong


@pytest.mark.parametrize(
    ("language", "gold"),
    [
        ("de", ["Sie kamen zur Welt.", "38 Beschäftigte streikten."]),
        ("de", ["Er wohnt in Rom.", "12 Gäste kamen im Mai.", "5 blieben, siehe Abs. 3 und Bd. 4."]),
        ("de", ["Böen bis 140 km/h.", "Der Zug stand bei 1,80 m/s.", "38 Leute warteten."]),
        ("en", ["It reached 140 km/h.", "Officials said so.", "See p. 38."]),
        ("uk", ["Вітер дув 25 км/год.", "Міський голова прибув.", "Було 25 км/год.", "38 людей поранено."]),
        ("uk", ["Вітер 25 км/год. віяв цілий день."]),
    ],
)
def test_a_sentence_ends_before_a_figure_and_after_a_rate(language: str, gold: list[str]) -> None:
    assert sentences(" ".join(gold), language) == gold


def test_line_breaks_inside_a_paragraph_are_spaces() -> None:
    assert sentences("The council met\non Monday.\nIt voted.", "en") == ["The council met\non Monday.", "It voted."]


def test_a_short_quotation_stays_whole_and_a_long_one_is_split() -> None:
    assert sentences("„Es ist spät. Los!“ Sie gingen.", "de") == ["„Es ist spät. Los!“", "Sie gingen."]
    said = "We waited for the bus in the rain for nearly an hour and nobody came to tell us why."
    assert sentences(f"“{said} {said} {said}” Then they left.", "en") == [
        f"“{said}", said, f"{said}”", "Then they left.",
    ]  # fmt: skip


def test_an_unclosed_bracket_does_not_swallow_the_rest() -> None:
    text = "Wear a ring (not one that looks costly. Women should know this. Be firm."
    assert len(sentences(text, "en")) == 3


@pytest.mark.parametrize(
    "text",
    [
        "Er wohnt in der Hauptstr. 5 in Ulm.",
        "Die Karl-Marx-Str. 12 ist leer.",
        "Див. табл. 3 у додатку.",
        "Das Urteil nach § 5 Abs. 2 steht fest.",
        "He paid approx. 300 dollars.",
    ],
)
def test_an_abbreviation_before_a_figure_goes_on(text: str) -> None:
    assert [sentences(text, language) for language in LANGUAGES].count([text]) >= 1


@pytest.mark.parametrize("text", ["— — —", "***", '""', "…", "🎉"])
def test_marks_alone_are_one_span_and_join_the_sentence_before(text: str) -> None:
    assert sentences(text, "en") == [text]
    assert sentences(f"It rained. {text}", "en") == [f"It rained. {text}"]


def test_an_unknown_language_is_split_by_the_general_rules() -> None:
    assert sentences("Il pleut. Elle reste.", "fr") == ["Il pleut.", "Elle reste."]
    assert sentences("Ab cd. Ef gh.", "no-such-language") == ["Ab cd.", "Ef gh."]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "1" * 1_000_000,
        "a. " * 100_000,
        "А. Б " * 50_000,
        "„a “b «c. " * 30_000,
        "(" * 200_000,
        "1. " * 100_000,
        "🎉 " * 100_000,
        "\ud800. " * 50_000,
        "\0" * 100_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_text_is_covered(text: str) -> None:
    spans = split(text, "uk")
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text.rstrip())


def test_offsets_are_code_points() -> None:
    text = "Ми перемогли! 🎉 Дякуємо всім."
    assert split(text, "uk") == [(0, 15), (16, 29)]
    assert text[slice(*split(text, "uk")[1])] == "Дякуємо всім."
