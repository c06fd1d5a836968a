"""Text that no model here can read: in a script that none of its languages uses, or one long run of characters."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

# Scripts, by the first word of their characters' Unicode names, and the languages (BCP-47 primary subtags) that use
# them. A language that stands nowhere here is taken to use any script.
_LANGUAGES = {
    "LATIN": "af bs ca cs cy da de en es et eu fi fr ga gl hr hu id is it lt lv ms mt nl nb nn no pl pt ro sk sl sq sr "
    "sv sw tl tr vi",
    "CYRILLIC": "be bg kk ky mk mn ru sr tg uk",
    "GREEK": "el",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "HEBREW": "he yi",
    "ARABIC": "ar fa ps ur",
    "DEVANAGARI": "hi mr ne",
    "BENGALI": "bn as",
    "TAMIL": "ta",
    "THAI": "th",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "ja zh ko",
}
# Signs that count as letters in Unicode and belong to no script: the Ukrainian ʼ, and ª, º, µ.
_NEUTRAL = frozenset({"MODIFIER", "FEMININE", "MASCULINE", "MICRO"})
_SPACELESS = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"})
_LONGEST_WORD = 100
_CHUNK = re.compile(r"\S+")


def foreign(text: str, languages: Collection[str]) -> bool:
    """Whether more than half of the letters are in scripts that none of the languages uses.

    Combining marks, digits and signs are no letters; a text without letters is not foreign. Letters that only look
    like another script's are foreign to it: mathematical 𝔘𝔫𝔦 is not Latin. Nothing is foreign to a language that is
    not known here.

    >>> foreign("ⴰⵣⵓⵍ", ["en", "uk"]), foreign("Привіт", ["en", "uk"]), foreign("Привіт", ["en", "de"])
    (True, False, True)
    """
    allowed: set[str] = set()
    for language in languages:
        subtag = language.split("-")[0].casefold()
        scripts = {script for script, users in _LANGUAGES.items() if subtag in users.split()}
        if not scripts:
            return False
        allowed |= scripts
    found = [script for script in map(_script, text) if script]
    return bool(allowed) and sum(script not in allowed for script in found) > len(found) / 2


def is_run(text: str) -> bool:
    """Whether the text holds no real word: all letters stand in runs of more than 100 characters without white space.

    Scripts that are written without spaces (Chinese, Japanese, Thai) make no run.

    >>> is_run("x" * 101), is_run("see " + "x" * 101), is_run("Donaudampfschifffahrt")
    (True, False, False)
    """
    runs = False
    for match in _CHUNK.finditer(text):
        chunk = match.group()
        if len(chunk) > _LONGEST_WORD:
            if sum(_script(c) in _SPACELESS for c in chunk) > len(chunk) / 2:
                return False
            runs = True
        elif any(map(str.isalpha, chunk)):
            return False
    return runs


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """The first word of a letter's name: "LATIN", "CYRILLIC", "MATHEMATICAL"; "" for all that is no letter."""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "UNNAMED").split()[0].split("-")[0]
    return "" if name in _NEUTRAL else name
