"""Base forms of words: simplemma's dictionaries of English, German and Ukrainian, and pymorphy3's analyzers.

Simplemma takes two to three seconds of processor time to unpack its three dictionaries and 220 MB to hold them. Made
into tries once (`build`), they are read in milliseconds and take 13 MB; a look-up then takes 1 µs in place of 0.3 µs.
"""

import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pymorphy3
from simplemma import Lemmatizer
from simplemma.__metadata__ import __version__ as _SIMPLEMMA
from simplemma.strategies import DefaultStrategy, DictionaryLookupStrategy
from simplemma.strategies.dictionaries import DictionaryFactory, TrieDictionaryFactory
from simplemma.strategies.dictionaries.dictionary_factory import DEFAULT_DICTIONARY_FACTORY

LANGUAGES = ("de", "en", "uk")
_REMEMBERED = 50_000
# No dictionary has longer words, and what is remembered takes no more memory for texts that are one word.
_LONGEST = 80


def lemmatize(word: str, language: str) -> str:
    """The dictionary form of a word; `language` is one of LANGUAGES.

    >>> lemmatize("Häuser", "de"), lemmatize("Лондона", "uk")
    ('Haus', 'Лондон')
    """
    return _lemma(word, language) if len(word) <= _LONGEST else word


def is_known(word: str, language: str) -> bool:
    """Whether the dictionary has a word, in this form or with its first letter otherwise.

    >>> is_known("reporters", "en"), is_known("reportars", "en")
    (True, False)
    """
    return len(word) <= _LONGEST and _known(word, language)


@cache
def analyzer(language: str) -> pymorphy3.MorphAnalyzer:
    """The analyzer of "uk" or "ru", read at first use."""
    return pymorphy3.MorphAnalyzer(lang=language)


def build(cache: Path, languages: tuple[str, ...] = LANGUAGES) -> bool:
    """Make the tries below the folder `cache`, those that are not there; whether any was made.

    Each appears under its name when it is whole. Raises OSError where they can't be written.
    """
    place = _place(cache)
    missing = [language for language in languages if not _file(place, language).is_file()]
    if missing:
        place.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".partial-", dir=place))
        try:
            for language in missing:
                _write(work, language)
                os.replace(_file(work, language), _file(place, language))
        finally:
            shutil.rmtree(work)
    return bool(missing)


def use(cache: Path) -> None:
    """From now on read the tries that `build` made there; a language that has none is unpacked as before."""
    global _used
    _used = _lookups(_Tries(_place(cache)))


class _Tries(DictionaryFactory):
    """The trie of a language where there is one that can be read, else simplemma's own dictionary."""

    __slots__ = ("_place",)

    def __init__(self, place: Path) -> None:
        self._place = place

    def get_dictionary(self, lang: str) -> Mapping[str, str]:
        return _dictionary(self._place, lang)


class _Trie(Mapping[str, str]):
    """marisa-trie ends its keys with a null, and reads beyond them where a key that is asked for has one."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def get(self, key: str, default: Any = None) -> Any:
        return default if "\0" in key else self._words.get(key, default)

    def __getitem__(self, key: str) -> str:
        if "\0" in key:
            raise KeyError(key)
        return self._words[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


@cache
def _dictionary(place: Path, language: str) -> Mapping[str, str]:
    if not _file(place, language).is_file():
        return DEFAULT_DICTIONARY_FACTORY.get_dictionary(language)
    # One that is damaged is made anew, and written where that is allowed.
    return _Trie(TrieDictionaryFactory(disk_cache_dir=str(place)).get_dictionary(language))


class _Lookups(NamedTuple):
    lemmatizer: Lemmatizer
    dictionary: DictionaryLookupStrategy


def _lookups(factory: DictionaryFactory) -> _Lookups:
    strategy = DefaultStrategy(dictionary_factory=factory)
    # What it finds is remembered here.
    return _Lookups(Lemmatizer(0, lemmatization_strategy=strategy), DictionaryLookupStrategy(factory))


@lru_cache(maxsize=_REMEMBERED)
def _lemma(word: str, language: str) -> str:
    return str(_used.lemmatizer.lemmatize(word, language))


@lru_cache(maxsize=_REMEMBERED)
def _known(word: str, language: str) -> bool:
    return _used.dictionary.get_lemma(unicodedata.normalize("NFC", word), language) is not None


def _write(work: Path, language: str) -> None:
    made = TrieDictionaryFactory(disk_cache_dir=str(work)).get_dictionary(language)
    if not len(made) or not _file(work, language).is_file():
        raise OSError(f"the dictionary of {language!r} can't be written in {work}")


def _place(cache: Path) -> Path:
    return cache / "dictionaries" / f"simplemma-{_SIMPLEMMA}"


def _file(place: Path, language: str) -> Path:
    return place / f"{language}.dic"


_used = _lookups(DEFAULT_DICTIONARY_FACTORY)
