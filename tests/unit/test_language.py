"""The language of a text: labelled texts as a floor, Ukrainian against its neighbours, confidence, hostile text."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.language import Detection, LanguageDetector

DATA = Path(__file__).parents[2] / "bench" / "data" / "languages.jsonl"


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


def samples() -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return [(row["lang"], row["text"]) for row in rows]


@pytest.mark.parametrize("language", ["en", "de", "uk", "ru", "be", "pl", "bg", "nl", "fr", "es", "cs", "sr"])
def test_labelled_texts(detector: LanguageDetector, language: str) -> None:
    texts = [text for lang, text in samples() if lang == language]
    wrong = [text for text in texts if detector.detect(text).language != language]
    assert len(wrong) <= 1, wrong


def test_ukrainian_is_never_taken_for_russian(detector: LanguageDetector) -> None:
    found = Counter(detector.detect(text).language for language, text in samples() if language == "uk")
    assert found["ru"] == 0


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Уряд схвалив новий закон", "uk"),
        ("УРЯД СХВАЛИВ НОВИЙ ЗАКОН", "uk"),
        ("(ІСОПФ).", "uk"),
        ("Він сказав: «Мы все умрём». Але його ніхто не слухав, бо це неправда.", "uk"),
        ("Он сказал: «Їжак». Но его никто не слушал, потому что это была неправда.", "ru"),
        ("Read it at https://beispiel.de/das-ist-ein-deutscher-artikel today, if you have the time.", "en"),
    ],
)
def test_letters_and_addresses(detector: LanguageDetector, text: str, language: str) -> None:
    assert detector.detect(text).language == language


@pytest.mark.parametrize("text", ["", " \n", "1234 5678", "!?…", "🎉🎉", "\ud800", "— — —", "https://example.com/path"])
def test_text_without_letters_is_undetermined(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text) == Detection("und", 0.0, ())


@pytest.mark.parametrize("word", ["Hand", "restaurant", "погода", "Trump", "a"])
def test_an_ambiguous_word_is_not_certain(detector: LanguageDetector, word: str) -> None:
    assert detector.detect(word).confidence < 0.8


def test_a_sentence_is_nearly_certain(detector: LanguageDetector) -> None:
    text = "Міська рада вирішила закрити старий басейн навесні, бо на ремонт немає грошей."
    assert detector.detect(text).confidence > 0.95


@given(text=st.text(max_size=200))
def test_a_detection_is_well_formed(text: str) -> None:
    found = LanguageDetector().detect(text)
    probabilities = [probability for _, probability in found.candidates]
    assert 0.0 <= found.confidence <= 1.0
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) <= 1.0 + 1e-9
    assert (found.language, found.confidence) == (found.candidates[0] if found.candidates else ("und", 0.0))


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "я" * 1_000_000, "x@" * 200_000, "http://" * 100_000, "\0" * 100_000]
)
def test_hostile_text_is_answered(detector: LanguageDetector, text: str) -> None:
    assert 0.0 <= detector.detect(text).confidence <= 1.0


def test_a_long_text_is_judged_by_its_start_middle_and_end(detector: LanguageDetector) -> None:
    text = "Der Stadtrat will das alte Schwimmbad im Frühjahr schließen. " * 2_000
    assert detector.detect(text).language == "de"


def test_threads_get_the_answers_of_their_own_texts(detector: LanguageDetector) -> None:
    texts = [text for _, text in samples()] * 8
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(detector.detect, texts))
    assert together == [detector.detect(text) for text in texts]
