"""What the dictionaries of simplemma know of a word."""

from functools import lru_cache

import simplemma

_LANGUAGES = frozenset({"en", "de", "uk"})
_LONGEST = 40


def covers(language: str) -> bool:
    """Whether there is a dictionary of the language here."""
    return language in _LANGUAGES


def knows(word: str, language: str) -> bool:
    """Whether the language's dictionary has the word in just this form; False without a dictionary.

    >>> knows("reporters", "en"), knows("реporters", "en")
    (True, False)
    """
    return language in _LANGUAGES and len(word) <= _LONGEST and _known(word, language)


def base(word: str, language: str) -> str:
    """The dictionary form: `base("Лондона", "uk")` -> "Лондон"; the word itself where there is none."""
    return _lemma(word, language) if language in _LANGUAGES and len(word) <= _LONGEST else word


@lru_cache(maxsize=20_000)
def _known(word: str, language: str) -> bool:
    return simplemma.is_known(word, lang=language)


@lru_cache(maxsize=20_000)
def _lemma(word: str, language: str) -> str:
    return simplemma.lemmatize(word, lang=language)
