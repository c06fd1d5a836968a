"""The numbers of a translation in the format of its language.

A number is rewritten where just one of its readings is a number of the source: "1,234" in German out of English is
1234 there, and becomes "1.234". Digits never change, and where there is doubt the number stays as it is. It is done
after the guard has checked a translation; the guard knows all readings, so it would find the same afterwards.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import NamedTuple

from polygist.numerals.formats import SPACES, Digits, Format, Value, format_of, readings
from polygist.translate.changes import Changes, Shift, replaced
from polygist.translate.glossary.layers import Finder
from polygist.translate.quantities import in_doubt, is_glued, may_be_times, numbers
from polygist.types import Span, TranslatedText

_PERCENT = re.compile(rf"[{SPACES}]?%(?!\w|-[^\W\d])")
_DIGIT = re.compile(r"([0-9%])")
_DIGIT_BEFORE, _DIGIT_AFTER = re.compile(r"[0-9]\s$"), re.compile(r"\s[0-9]")
# So many digits are right without groups in any language.
_UNGROUPED = 4


class _Said(NamedTuple):
    """The values of a sentence, and those of them that are written in groups wherever they stand."""

    values: frozenset[Value]
    grouped: frozenset[Value]


def localized(made: TranslatedText, changes: Changes) -> TranslatedText:
    """A translation with changes made, its pairs where they stand then."""
    shift = Shift(changes)
    pairs = tuple(pair._replace(target=Span(*map(shift, pair.target))) for pair in made.pairs)
    return replace(made, text=replaced(made.text, changes), pairs=pairs)


def changes(
    made: TranslatedText, source: str, languages: tuple[str, str], glossary: Finder | None = None
) -> dict[Span, str]:
    """What to change in the translation of `source`, between digits and before "%", for its language's number format.

    `languages` are those of source and translation, primary subtags: none where CLDR has no format for one of them.
    Terms of the `glossary` that it was made with stay as they are.
    """
    own, wanted = map(format_of, languages)
    found: dict[Span, str] = {}
    if own is None or wanted is None or own == wanted:
        return found
    for pair in made.pairs:
        said = source[slice(*pair.source)]
        terms = {match.target for match in glossary.find(said)} if glossary else ()
        for span, new in _sentence(_said(said, own), made.text[slice(*pair.target)], wanted, terms):
            found[Span(pair.target.start + span.start, pair.target.start + span.end)] = new
    return found


def _sentence(said: _Said, translation: str, wanted: Format, terms: Collection[str]) -> Iterator[tuple[Span, str]]:
    """The changes in the translation of a sentence."""
    found = list(numbers(translation, terms))
    for number, time in zip(found, may_be_times(found), strict=True):
        digits = _meant(number, said)
        if digits is None or time or is_glued(number):
            continue
        old, new = number.group(), _written(number, digits, said, wanted)
        if wanted.percent is not None and (percent := _PERCENT.match(translation, number.end())):
            old, new = old + percent.group(), f"{new}{wanted.percent}%"
        yield from _differences(old, new, number.start())


def _differences(old: str, new: str, at: int) -> Iterator[tuple[Span, str]]:
    """What differs between the same digits."""
    for before, after in zip(_DIGIT.split(old), _DIGIT.split(new), strict=True):
        if before != after:
            yield Span(at, at + len(before)), after
        at += len(before)


def _said(source: str, own: Format) -> _Said:
    """What a sentence says for sure: numbers in its language's format whose values stand nowhere in doubt."""
    values: dict[Value, bool] = {}
    doubtful: set[Value] = set()
    found = list(numbers(source))
    for number, doubt in zip(found, in_doubt(found, own.decimal), strict=True):
        possible = readings(number.group())
        sure = [] if doubt else [d for d in possible if own.fits(d)]
        if len(sure) == 1:
            value = sure[0].value
            values[value] = values.get(value, True) and bool(sure[0].group)
        else:
            doubtful.update(d.value for d in possible)
    certain = {value: grouped for value, grouped in values.items() if value not in doubtful}
    return _Said(frozenset(certain), frozenset(value for value, grouped in certain.items() if grouped))


def _meant(number: re.Match[str], said: _Said) -> Digits | None:
    """The one reading of a number that the source has; None for none or several."""
    possible = [digits for digits in readings(number.group()) if digits.value in said.values]
    return possible[0] if len(possible) == 1 else None


def _written(number: re.Match[str], digits: Digits, said: _Said, wanted: Format) -> str:
    grouped = bool(digits.group) or (digits.value in said.grouped and len(digits.whole) > _UNGROUPED)
    if grouped and wanted.group.isspace() and _beside_digits(number):
        return number.group()
    return wanted.written(digits, grouped=grouped)


def _beside_digits(number: re.Match[str]) -> bool:
    """Whether a space is all that is between it and other digits, with which its groups would make another number."""
    text, start, end = number.string, number.start(), number.end()
    return bool(_DIGIT_BEFORE.search(text[max(0, start - 2) : start]) or _DIGIT_AFTER.match(text, end))
