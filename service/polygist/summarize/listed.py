"""What the lists of a lexicon and the dictionary say of single words."""

from functools import cache, partial

from polygist.summarize import morphology
from polygist.summarize.lexicon import Lexicon
from polygist.summarize.tokens import key_of
from polygist.summarize.words import (
    Remembered,
    base_form,
    folded,
    is_german_noun,
    is_known,
    is_listed_name,
    name_form,
    remembered,
)

UKRAINIAN_ENDINGS = ("", "ь", "й", "о", "а", "я", "ій", "ія", "ий")
_ROMAN = frozenset("IVXІХ")


class Listed:
    """For any word as a token has it (`Token.text`), in any case form, whether it is one of those; see `listed`.

    `titles`: the title or office of a person ('президента', 'CSU-Landesgruppenchef'); `first_names`; `places`:
    countries, cities, regions; `names`: any name in a list; `no_names`: never part of a name, though capitalised.
    """

    def __init__(self, words: Lexicon) -> None:
        language = words.language
        self.titles = Remembered(partial(_is_title, words=words))
        self.first_names = Remembered(partial(_in_forms, names=words.first_names, language=language))
        self.places = Remembered(partial(_in_forms, names=words.places, language=language))
        self.names = Remembered(partial(_in_forms, names=words.listed, language=language))
        self.no_names = Remembered(self._is_no_name)
        self._words = words

    def _is_no_name(self, word: str) -> bool:
        low, words = folded(word), self._words
        if is_acronym(word):
            return low in words.months_short or low in words.common_acronyms
        return (
            len(low) < 2
            or _ROMAN.issuperset(word)
            or low in words.common_capitals
            or low in words.weekdays
            or low in words.pronouns
            or low in words.determiners
            or self.titles[word]
        )


@cache
def listed(words: Lexicon) -> Listed:
    """What is known of the words of a language, remembered from article to article."""
    return Listed(words)


def is_acronym(text: str) -> bool:
    """Whether a word is written in capitals only: 'NATO', 'U.S', 'СБУ' -> True."""
    if not text.isupper():
        return False
    letters = text.replace(".", "")
    return 2 <= len(letters) <= 6 and letters.isalpha() and not _ROMAN.issuperset(letters)


def _is_title(word: str, words: Lexicon) -> bool:
    low = folded(word)
    if low in words.titles or base_form(low, words.language) in words.titles:
        return True
    return words.language == "de" and word[0].isupper() and low.endswith(_title_ends(words))


@cache
def _title_ends(words: Lexicon) -> tuple[str, ...]:
    return tuple(t for t in words.titles if len(t) > 4 or t in ("chef", "vize"))


def _in_forms(word: str, names: frozenset[str], language: str) -> bool:
    low = folded(word)
    if low in names or name_form(low, language) in names:
        return True
    if language == "de" and low.endswith("s") and len(low) > 4:
        return low[:-1] in names
    if language != "uk" or len(key := key_of(low, language)) <= 3:
        return False
    guessed = {key + e for e in UKRAINIAN_ENDINGS} & names
    known = morphology.bases(word)  # "Швець" is no form of "Швеція"
    return not guessed.isdisjoint(known) if known else bool(guessed)


@remembered
def is_german_word(text: str) -> bool:
    """Whether the dictionary has a capitalised word, or both halves of it: 'Getreideabkommens' -> True."""
    last = text.rsplit("-", 1)[-1]
    forms = (last, last.removesuffix("s"), last.removesuffix("es"), last.removesuffix("n"), last.removesuffix("en"))
    if is_known(last, "de") or any(is_german_noun(form) for form in forms if len(form) > 1):
        return True
    if len(last) > 40 or not last.isalpha():
        return True
    if is_known(last.lower(), "en") and not is_listed_name(last.lower(), "en"):
        return True
    cuts = range(3, len(last) - 3)
    return any(
        _is_half(last[:c]) and any(is_known(f[c:].capitalize(), "de") for f in forms if len(f) - c > 3) for c in cuts
    )


def _is_half(text: str) -> bool:
    return is_known(text, "de") or is_known(text + "e", "de") or (text.endswith("s") and is_known(text[:-1], "de"))
