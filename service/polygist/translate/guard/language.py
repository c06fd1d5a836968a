"""Is a translation in another language than asked for, wholly or in a word?

Letters tell scripts apart, and Ukrainian from Russian and Belarusian where they have letters of their own. Russian
without them is told by words that only its dictionary has, and by words and endings that Ukrainian spelling does not
have (Український правопис 2019: no "и" before a vowel outside prefixes, no "шь" or "чь" at the end, no reflexive
"тся"); English and German by their function words. A text that has none of those, or none of the Ukrainian letters, is
shown to the detector of languages.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from operator import and_

from polygist.language import UNDETERMINED, LanguageDetector
from polygist.translate.guard import dictionary
from polygist.translate.guard.names import is_listed, is_place
from polygist.translate.guard.side import Side

_MIXED = re.compile(r"[A-Za-z\u00c0-\u024f][\u0400-\u052f]|[\u0400-\u052f](?:['’ʼ]?[A-Za-z\u00c0-\u024f])")
# A word in Latin letters that is no acronym.
_LATIN_WORD = re.compile(r"\b[A-Za-z\u00df-\u00ff][a-z\u00df-\u00ff]{3,}\b")
# Letters by which a word of the source is known again in another form.
_BEGIN = 3
_CYRILLIC_WORD = re.compile(r"[\u0400-\u052f]{2,}")
_OWN_LETTERS = re.compile(r"[іїєґІЇЄҐ]")
# Russian words that make a text of another language, and those that do where it has no Ukrainian letter.
_MOST_RUSSIAN = 2
_LEAST_RUSSIAN = 4
# Words that the detector of languages needs, the share of function words that makes it needless, and how sure it has
# to be of another language, and how little of the right one.
_FEWEST = 4
_OWN_SHARE = 0.1
_SURE, _LEFT = 0.9, 0.02
_SURE_CYRILLIC, _LEFT_CYRILLIC = 0.5, 0.05
_ALIEN_LETTERS = re.compile(r"[ыэёъўЫЭЁЪЎ]")
# Hardly any of these ends a word in 2.9 million words of Ukrainian (the training texts of the embedded model).
_RUSSIAN_ENDING = re.compile(
    r"(?:[шчщж]ь|[аеиуыюя]тся|лся|[ктвн]ость|остью|[аяуе][ею]т|[аеи]ешь|ие|[цснзтфгдлм]ия|ии|[цснзт]ию|и[ея]м|и[её]й"
    r"|[цснзтл]иями|[цснзтл]иях|[шнр]ее|ское|нное|ская|нная|ские|енье|анье)\Z"
)


def wrong(source: Side, target: Side) -> bool:
    """Whether the target, or a word of it that the source does not have, is not in the target language."""
    if target.cyrillic:
        return _half_latin(source, target) or (target.language == "uk" and _not_ukrainian(source, target))
    cyrillic = _words_of(_CYRILLIC_WORD, target)
    if not source.cyrillic:
        cyrillic -= _words_of(_CYRILLIC_WORD, source)  # quoted
    return bool(cyrillic) or _of_another(source, target)


def _words_of(pattern: re.Pattern[str], side: Side) -> set[str]:
    return set(map(str.lower, pattern.findall(side.bare)))


def _half_latin(source: Side, target: Side) -> bool:
    """Whether a Cyrillic text has Latin letters where none belong: "Кaja", "України's", "früheren президент".

    A brand may keep its letters; a small word or the name of a country that the source does not have is none, nor are
    two known names in a row ("Donald Trump").
    """
    cyrillic, latin = target.scripts
    if not latin:
        return False
    known = _words_of(_LATIN_WORD, source)
    strange = {w for w in _LATIN_WORD.findall(target.bare) if w.lower() not in known}
    if strange and (not cyrillic or any(w.islower() or is_place(w.lower()) for w in strange)):
        return True
    if not source.cyrillic and any(_from_nowhere(w.lower(), source) for w in strange):
        return True
    if _MIXED.search(target.bare) and not _MIXED.search(source.bare):
        return True
    listed = [t.folded.isascii() and t.capital and is_listed(t.folded) for t in target.tokens]
    if any(map(and_, listed, listed[1:])):
        return True
    # Names and brands keep their letters, so a short segment may be all Latin.
    return len(target.tokens) > 3 and latin > 0.6 * (cyrillic + latin)


def _from_nowhere(word: str, source: Side) -> bool:
    """Whether a source in Latin letters has nowhere what a word in small letters begins with: "apple" for "Äpfel"."""
    return word[:_BEGIN] not in source.text.lower()


def _not_ukrainian(source: Side, target: Side) -> bool:
    if _ALIEN_LETTERS.search(target.bare) and not _ALIEN_LETTERS.search(source.bare):
        return True
    seen = frozenset(source.words)
    if any(word not in seen and _is_alien(word) for word in target.words):
        return True
    mixed = _OWN_LETTERS.search(target.bare) is not None
    words = {t.folded for t in target.tokens if t.text.islower() or not (mixed or t.marked)} - seen
    russian = [word for word in words if dictionary.is_russian(word)]
    if mixed or len(russian) >= _MOST_RUSSIAN:
        return len(russian) >= _MOST_RUSSIAN
    return any(len(w) >= _LEAST_RUSSIAN for w in russian) or _sounds_foreign(
        source, target, _SURE_CYRILLIC, _LEFT_CYRILLIC
    )


def _is_alien(word: str) -> bool:
    """Whether a word is Russian or Belarusian and cannot be Ukrainian: "сегодня", "праздность", "таксама"."""
    if word in _words()["alien"]:
        return True
    return len(word) > 5 and word != "силует" and _RUSSIAN_ENDING.search(word[-6:]) is not None


def _of_another(source: Side, target: Side) -> bool:
    """Whether function words of English or German outnumber those of the target's, or it is of a third language."""
    lists = _words()
    if target.language not in ("en", "de"):
        return False
    own, other = ("en", "de") if target.language == "en" else ("de", "en")
    mine = sum(w in lists[own] for w in target.words)
    theirs = sum(w in lists[other] for w in target.words)
    if source.words == target.words:
        return False
    if theirs > 1 and theirs > 2 * mine:
        return True
    return mine < _OWN_SHARE * len(target.words) and _sounds_foreign(source, target, _SURE, _LEFT)


def _sounds_foreign(source: Side, target: Side, sure: float, left: float) -> bool:
    """Whether the target, without its names and the words that the source has too, is surely of another language."""
    seen = frozenset(source.words)
    words = [t.text for t in target.tokens if not t.marked and t.folded not in seen]
    if len(words) < _FEWEST:
        return False
    found = _detector().detect(" ".join(words))
    return (
        found.language not in (target.language, UNDETERMINED)
        and found.confidence >= sure
        and dict(found.candidates).get(target.language, 0.0) < left
    )


@cache
def _detector() -> LanguageDetector:
    return LanguageDetector()


@cache
def _words() -> dict[str, frozenset[str]]:
    """The word lists of words.toml, each as a set."""
    data = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return {name: frozenset(words.split()) for name, words in data["language"].items()}
