"""Does a translation look wrong? Detectors over a source segment and its translation, each with its warning.

All are cheap (linear in the text) and need no model. They are made to be right when they fire: what they pass is not
proven good.
"""

import re
from collections.abc import Callable, Iterator

from polygist.translate import numbers
from polygist.translate.layout import without_addresses
from polygist.types import WarningType

# Raise it when the detectors judge otherwise: what was judged before is forgotten then.
REVISION = 1

_WORD = re.compile(r"\w+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_MIXED = re.compile(r"[A-Za-z][\u0400-\u052f]|[\u0400-\u052f][A-Za-z]")
# An ordinary word in Latin letters; names are none.
_LATIN_WORD = re.compile(r"\b[a-z\u00df-\u00ff]{4,}\b")
_RUSSIAN_ONLY = re.compile(r"[ыэёъЫЭЁЪ]")
_CYRILLIC_LANGUAGES = frozenset({"uk", "ru", "be", "bg", "sr", "mk"})


def repeats(text: str) -> int:
    """Length in words of the longest run that says one phrase of up to 8 words again and again.

    >>> repeats("the cat sat on the cat"), repeats("no no no no")
    (0, 4)
    """
    words, longest = _WORD.findall(text.casefold()), 0
    for size in range(1, 9):
        run = 0
        for i in range(size, len(words)):
            run = run + 1 if words[i] == words[i - size] else 0
            if run >= 2 * size:  # said three times
                longest = max(longest, run + size)
    return longest


def _repetition(source: str, target: str, language: str) -> bool:
    return repeats(target) > max(2, repeats(source))


def _wrong_language(source: str, target: str, language: str) -> bool:
    cyrillic, latin = len(_CYRILLIC.findall(target)), len(_LATIN.findall(target))
    if language not in _CYRILLIC_LANGUAGES:
        return cyrillic > 0.2 * (cyrillic + latin)
    if set(_LATIN_WORD.findall(target)) - set(_LATIN_WORD.findall(source)) or (
        _MIXED.search(target) and not _MIXED.search(source)
    ):
        return True
    if language == "uk" and _RUSSIAN_ONLY.search(target) and not _RUSSIAN_ONLY.search(source):
        return True
    # Names and brands keep their letters, so a short segment may be all Latin.
    return len(_WORD.findall(target)) > 3 and latin > 0.6 * (cyrillic + latin)


def _untranslated(source: str, target: str, language: str) -> bool:
    if language in _CYRILLIC_LANGUAGES and set(_LATIN_WORD.findall(target)) & set(_LATIN_WORD.findall(source)):
        return True
    words = _WORD.findall(source)
    return source.strip() == target.strip() and sum(w.islower() and w.isalpha() for w in words) >= 3


def _length(source: str, target: str, language: str) -> bool:
    if len(source) < 25:
        return not target or len(target) > 4 * len(source) + 20
    return not 0.4 < len(target) / len(source) < 2.5


# They see the texts without addresses; numbers are compared apart, with those in an address.
_DETECTORS: dict[WarningType, Callable[[str, str, str], bool]] = {
    WarningType.REPETITION: _repetition,
    WarningType.WRONG_LANGUAGE: _wrong_language,
    WarningType.UNTRANSLATED: _untranslated,
    WarningType.LENGTH_OUT_OF_RANGE: _length,
}

# How bad a doubt is, to choose between two translations that both have some.
SEVERITY = {
    WarningType.REPETITION: 4,
    WarningType.WRONG_LANGUAGE: 4,
    WarningType.UNTRANSLATED: 3,
    WarningType.OUTPUT_CUT: 3,
    WarningType.LENGTH_OUT_OF_RANGE: 2,
    WarningType.NUMBER_MISMATCH: 1,
}

DETAILS = {
    WarningType.REPETITION: "the translation repeats itself",
    WarningType.WRONG_LANGUAGE: "the translation, or a word of it, is not in the target language",
    WarningType.UNTRANSLATED: "the text, or a word of it, came back untranslated",
    WarningType.OUTPUT_CUT: "the model reached its length limit, the end may be missing",
    WarningType.LENGTH_OUT_OF_RANGE: "the translation is much shorter or longer than the source",
    WarningType.NUMBER_MISMATCH: "a number is missing or was added",
    WarningType.SEGMENT_SPLIT: "a sentence beyond the model's window was translated in parts",
}


def doubts(source: str, target: str, language: str, finished: bool) -> frozenset[WarningType]:
    """What is doubtful about `target` as the translation of `source` into `language` (BCP-47 primary subtag).

    `finished` is False where the model stopped at its length limit.
    """

    def found() -> Iterator[WarningType]:
        if not finished:
            yield WarningType.OUTPUT_CUT
        if numbers.mismatch(source, target, language):
            yield WarningType.NUMBER_MISMATCH
        bare_source, bare_target = without_addresses(source), without_addresses(target)
        for warning, detect in _DETECTORS.items():
            if detect(bare_source, bare_target, language):
                yield warning

    return frozenset(found())


def severity(warnings: frozenset[WarningType]) -> int:
    """0 for none; the higher, the worse."""
    return sum(SEVERITY[w] for w in warnings)
