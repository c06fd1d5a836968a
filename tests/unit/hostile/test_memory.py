"""What is remembered of texts is bounded in the length of each as well as in number: no text stays behind."""

import functools
import gc
from collections.abc import Iterator

import pytest

from polygist.document.parse import parse
from polygist.language import LanguageDetector
from polygist.lemmas import is_known, lemmatize
from polygist.summarize.extract import summarize
from polygist.summarize.faithfulness import Evidence
from polygist.summarize.words import Remembered
from polygist.translate import guard
from polygist.types import SummaryOptions

LONG = 3_000
DEEPEST = 4


def strings(found: object, depth: int = 0) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, tuple | list | frozenset | set) and depth < DEEPEST:
        for one in found:
            yield from strings(one, depth + 1)


def remembered() -> Iterator[tuple[str, str]]:
    """The keys of every cache of our own, with what it belongs to."""
    for cache in gc.get_objects():
        # Some objects warn where they are asked what they are.
        kind = type(cache)
        if kind is functools._lru_cache_wrapper and cache.__module__.startswith("polygist."):
            for table in gc.get_referents(cache):
                if isinstance(table, dict):
                    yield from ((f"{cache.__module__}.{cache.__qualname__}", key) for key in strings(list(table)))
        elif kind is Remembered:
            yield from (("Remembered", key) for key in cache)


@pytest.mark.parametrize("language", ["en", "de", "uk"])
@pytest.mark.parametrize("piece", ["a", "ї", "я", "1.", "a'", "und-", "$1"])
def test_no_text_is_kept(piece: str, language: str) -> None:
    word = piece * (LONG // len(piece))
    other = "de" if language == "en" else "en"
    for text in (word, f"One {word} two. 5 {word}. Він {word} не.", f"„{word}“, sagte Anna {word}. In {word} 2024."):
        article = parse(text, language)
        summary = summarize(article, SummaryOptions(focus=text[:200]))
        Evidence(article).support(summary.lead)
        guard.found(text, text, language, other)
        guard.found("One two. 5 three.", text, "en", "uk")
        LanguageDetector().detect(text)
    assert sorted({name for name, key in remembered() if len(key) >= LONG // 2}) == []


def test_a_cache_that_keeps_texts_is_found() -> None:
    @functools.lru_cache(maxsize=8)
    def known(text: str) -> int:
        return len(text)

    known.__module__ = "polygist.none"
    known("a" * LONG)
    assert any(len(key) == LONG for _, key in remembered())


def test_very_long_words_are_in_no_dictionary() -> None:
    for language in ("en", "de", "uk"):
        assert lemmatize("a" * LONG, language) == "a" * LONG
        assert not is_known("a" * LONG, language)
    assert lemmatize("Häuser", "de") == "Haus"
