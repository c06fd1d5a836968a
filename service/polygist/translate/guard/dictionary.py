"""What dictionaries know of a word, Russian ones among them."""

import re
from functools import lru_cache

from polygist import lemmas

_LANGUAGES = frozenset({"en", "de", "uk"})
_LONGEST = 40
_SHORTEST = 3
_RUSSIAN = re.compile(r"[а-я]++")
# Grammemes of names: a surname "Громко" makes no Ukrainian word of "громко".
_NAMES = frozenset({"Surn", "Name", "Patr", "Geox", "Orgn"})


def covers(language: str) -> bool:
    """Whether there is a dictionary of the language here."""
    return language in _LANGUAGES


def knows(word: str, language: str) -> bool:
    """Whether the language's dictionary has the word in just this form; False without a dictionary.

    >>> knows("reporters", "en"), knows("реporters", "en")
    (True, False)
    """
    return language in _LANGUAGES and len(word) <= _LONGEST and lemmas.is_known(word, language)


def base(word: str, language: str) -> str:
    """The dictionary form: `base("Лондона", "uk")` -> "Лондон"; the word itself where there is none."""
    return lemmas.lemmatize(word, language) if language in _LANGUAGES and len(word) <= _LONGEST else word


def is_russian(word: str) -> bool:
    """Whether a word in small letters is Russian and, names left out, not Ukrainian.

    >>> is_russian("опоздал"), is_russian("собака"), is_russian("київ")
    (True, False, False)
    """
    return _SHORTEST <= len(word) <= _LONGEST and _RUSSIAN.fullmatch(word) is not None and _is_only_russian(word)


@lru_cache(maxsize=20_000)
def _is_only_russian(word: str) -> bool:
    if any(lemmas.is_known(form, "uk") for form in (word, word.capitalize())) or not lemmas.analyzer(
        "ru"
    ).word_is_known(word):
        return False
    ukrainian = lemmas.analyzer("uk")
    return not (ukrainian.word_is_known(word) and any(_NAMES.isdisjoint(tag.grammemes) for tag in ukrainian.tag(word)))
