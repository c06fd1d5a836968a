"""Sentences of a text: what is plain is not parsed, and comes out as if it were."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygist.document import segments
from polygist.document.segments import sentences

ROOT = Path(__file__).parents[3]
LANGUAGES = ("en", "de", "uk")
CASES = [
    sentence
    for name in ("sentences.jsonl", "sentences-heldout.jsonl")
    for line in (ROOT / "bench/data" / name).read_text(encoding="utf-8").splitlines()
    for sentence in json.loads(line)["sentences"]
]
# Words that an article's parser knows: initials, abbreviations, dates, bylines, datelines, captions, notices.
WORDS = """
a I Dr Mr St No vs am pm U S B 1 12 2024 10 By Photo Updated January May Subscribe Read more AFP KYIV don't well-known
von Nr Abs z B bzw Herr Frau Foto Von Stand Januar dpa BERLIN geht's Nord-Süd Lesen Sie auch
й і ст м р вул Фото Автор Оновлено січня УНІАН КИЇВ п'ять обов’язково Нью-Йорк Читайте також
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_sentences_are_what_the_parser_finds(language: str) -> None:
    plain = [text for text in CASES if segments._ONE.fullmatch(text)]
    assert len(plain) > len(CASES) // 4
    for text in plain:
        assert segments._parsed(text, language) == [(0, len(text))]


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=12), st.sampled_from(("", ".", "!", "?")), st.data()
)
def test_whatever_words_it_is_made_of(words: list[str], end: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from((" ", ", "))).join(words) + end
    assert segments._ONE.fullmatch(text)
    for language in LANGUAGES:
        assert sentences(text, language) == segments._parsed(text, language)


@settings(max_examples=200)
@given(st.text(st.sampled_from(" ,.!?'’-_\t\n\r\u00a0\u2028aБß1Є\u0301[|#*"), max_size=12))
def test_whatever_characters_it_is_made_of(text: str) -> None:
    assert sentences(text, "uk") == segments._parsed(text, "uk")


@pytest.mark.parametrize(
    "text",
    ["слово " * 20_000 + "кінець", "a" * 100_000, "a-" * 50_000, "a, " * 50_000, "a'" * 50_000, "a " * 249 + "b"],
)
def test_long_texts_take_no_longer_and_come_out_the_same(text: str) -> None:
    assert sentences(text, "uk") == segments._parsed(text, "uk")


@pytest.mark.parametrize(
    "text", ["Mr. Smith left.", "One. Two.", "- One", "One: two", "Title\nText", " One", "One  two", "e.g. one", "One…"]
)
def test_what_is_less_plain_is_parsed(text: str) -> None:
    assert not segments._ONE.fullmatch(text)
