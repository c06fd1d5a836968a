"""Does a translation look wrong? Detectors over a source segment and its translation, each with its warning.

All take time linear in the text and need no model. They are made to be right when they fire: what they pass is not
proven good. How often they are right is measured by bench/guard.
"""

from collections.abc import Callable, Iterator

from polygist.translate import numbers
from polygist.translate.guard import (
    copies,
    dates,
    language,
    length,
    marks,
    names,
    negation,
    placeholders,
    repetition,
    signs,
    units,
)
from polygist.translate.guard.side import Side
from polygist.types import WarningType

# Raise it when the detectors judge otherwise: what was judged before is forgotten then.
REVISION = 8

Detector = Callable[[Side, Side], bool]


def _numbers_differ(source: Side, target: Side) -> bool:
    return numbers.mismatch(source.text, target.text, target.language, source.language)


# By name, each with the warning it stands for.
DETECTORS: dict[str, tuple[WarningType, Detector]] = {
    "repetition": (WarningType.REPETITION, repetition.loops),
    "language": (WarningType.WRONG_LANGUAGE, language.wrong),
    "copies": (WarningType.UNTRANSLATED, copies.untranslated),
    "cut": (WarningType.OUTPUT_CUT, length.cut),
    "length": (WarningType.LENGTH_OUT_OF_RANGE, length.out_of_range),
    "sentences": (WarningType.SENTENCE_MISMATCH, length.sentence_lost),
    "negation": (WarningType.NEGATION_MISMATCH, negation.mismatch),
    "names": (WarningType.NAME_MISMATCH, names.mismatch),
    "numbers": (WarningType.NUMBER_MISMATCH, _numbers_differ),
    "signs": (WarningType.NUMBER_MISMATCH, signs.lost),
    "dates": (WarningType.NUMBER_MISMATCH, dates.differ),
    "units": (WarningType.NUMBER_MISMATCH, units.swapped),
    "placeholders": (WarningType.PLACEHOLDER_MISSING, placeholders.lost),
    "marks": (WarningType.UNBALANCED, marks.unbalanced),
}

_STRAYS = ("language", "copies")

# How bad a doubt is, to choose between two translations that both have some.
SEVERITY = {
    WarningType.REPETITION: 5,
    WarningType.WRONG_LANGUAGE: 5,
    WarningType.UNTRANSLATED: 4,
    WarningType.OUTPUT_CUT: 4,
    WarningType.SENTENCE_MISMATCH: 3,
    WarningType.LENGTH_OUT_OF_RANGE: 3,
    WarningType.NEGATION_MISMATCH: 3,
    WarningType.NAME_MISMATCH: 2,
    WarningType.NUMBER_MISMATCH: 2,
    WarningType.PLACEHOLDER_MISSING: 2,
    WarningType.UNBALANCED: 1,
}

DETAILS = {
    WarningType.REPETITION: "the translation repeats itself",
    WarningType.WRONG_LANGUAGE: "the translation, or a word of it, is not in the target language",
    WarningType.UNTRANSLATED: "the text, or a word of it, came back untranslated",
    WarningType.OUTPUT_CUT: "the translation ends before its sentence does, or at the model's length limit",
    WarningType.LENGTH_OUT_OF_RANGE: "the translation is much shorter or longer than the source",
    WarningType.SENTENCE_MISMATCH: "a sentence is missing or was added",
    WarningType.NEGATION_MISMATCH: "one side denies what the other does not",
    WarningType.NAME_MISMATCH: "a name is missing or was added",
    WarningType.NUMBER_MISMATCH: "a number or date is missing or was added, or a number counts something else",
    WarningType.PLACEHOLDER_MISSING: "an address, a @name, a hashtag or a placeholder is missing or was added",
    WarningType.UNBALANCED: "a quotation mark or bracket is missing or has no partner",
    WarningType.SEGMENT_SPLIT: "a sentence beyond the model's window was translated in parts",
}


def found(source: str, target: str, source_language: str, target_language: str) -> frozenset[str]:
    """The names of the detectors that fire."""
    sides = Side(source, source_language), Side(target, target_language)
    return frozenset(name for name, (_, detect) in DETECTORS.items() if detect(*sides))


def doubts(
    source: str, target: str, source_language: str, target_language: str, *, finished: bool
) -> frozenset[WarningType]:
    """What is doubtful about `target` as the translation of `source` (languages: BCP-47 primary subtags).

    `finished` is False where the model stopped at its length limit.
    """

    def seen() -> Iterator[WarningType]:
        if not finished:
            yield WarningType.OUTPUT_CUT
        for name in found(source, target, source_language, target_language):
            yield DETECTORS[name][0]

    return frozenset(seen())


def strays(source: str, target: str, source_language: str, target_language: str) -> list[WarningType]:
    """What a translation by way of a third language has in it that each of its steps may have let pass.

    Words of that language, of the source, or of none of them; the other detectors would only say again what the steps
    said.
    """
    sides = Side(source, source_language), Side(target, target_language)
    return [doubt for doubt, detect in (DETECTORS[name] for name in _STRAYS) if detect(*sides)]


def severity(warnings: frozenset[WarningType]) -> int:
    """0 for none; the higher, the worse."""
    return sum(SEVERITY[w] for w in warnings)
