"""Does a number count something else in the translation: kilometres for metres, billions for millions, euros?

A unit that is only left out is no doubt, since "5 km" may stand for "5 kilometres wide"; one has to be missing and
another of its kind to be there instead.
"""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

from polygist.numerals.formats import SPACES
from polygist.translate import numbers
from polygist.translate.guard.side import Side

# Where the number changes with the word.
_SCALE = "scale"
# Longer words name no unit, and are not kept.
_LONGEST = 40
_MONEY = re.compile(r"[$€£₴₽]")
# What may be the sign of a unit behind a number; "$5 m" are millions.
_BEHIND = re.compile(rf"(?<![$€£₴₽\d.,])\d++(?:[.,]\d++)*+[{SPACES}-]?(°?[^\W\d_]{{1,3}}+)(?![\w'’])")
_SIGN = "sign"
_JOINED = re.compile(r"[-/·]|(?<=\d)(?=[^\W\d_])")

# A dimension and a unit of it.
Unit = tuple[str, str]


def swapped(source: Side, target: Side) -> bool:
    """Whether a unit of the source is missing and one of the same kind is there that the source does not have.

    "100 metres high" -> "100 Kilometer hoch" True, "hoch wie 100 Häuser" False.
    """
    if not {source.language, target.language} <= _languages():
        return False
    said, made = _units(source), _units(target)
    lost, added = ({dimension for dimension, _ in units} for units in (said - made, made - said))
    changed = lost & added
    return bool(changed - {_SCALE}) or (_SCALE in changed and _same_numbers(source, target))


def signs(text: str) -> list[tuple[int, int]]:
    """Where signs of units stand behind numbers, in order: the "km" of "5 km"."""
    known, _ = _forms()[_SIGN]
    return [m.span(1) for m in _BEHIND.finditer(text) if m[1] in known]


def _same_numbers(source: Side, target: Side) -> bool:
    said, made = (set(numbers.readings(side.text, side.language)) for side in (source, target))
    return said == made


def _units(side: Side) -> frozenset[Unit]:
    parts = (part for word in side.words for part in {word, *_JOINED.split(word)} if len(part) <= _LONGEST)
    found = frozenset(unit for part in (*parts, *_MONEY.findall(side.bare)) for unit in _of(part, side.language))
    known, _ = _forms()[_SIGN]
    return found.union(*(known[side.bare[start:end]] for start, end in signs(side.bare)))


@lru_cache(maxsize=20_000)
def _of(word: str, language: str) -> frozenset[Unit]:
    whole, begins = _forms()[language]
    found = set(whole.get(word, ()))
    for size in range(4, len(word) + 1):
        found |= begins.get(word[:size], frozenset())
    return frozenset(found)


@cache
def _languages() -> frozenset[str]:
    return frozenset(_forms()) - {_SIGN}


@cache
def _forms() -> dict[str, tuple[dict[str, frozenset[Unit]], dict[str, frozenset[Unit]]]]:
    """By language (and for signs) the units of whole words, and those of beginnings."""
    data = tomllib.loads(files(__package__).joinpath("units.toml").read_text(encoding="utf-8"))
    found: dict[str, tuple[dict[str, frozenset[Unit]], dict[str, frozenset[Unit]]]] = {}
    for dimension, units in data.items():
        for unit, languages in units.items():
            for language, forms in languages.items():
                tables = found.setdefault(language, ({}, {}))
                for form in forms.split():
                    table, key = tables[form.endswith("*")], form.removesuffix("*")
                    table[key] = table.get(key, frozenset()) | {(dimension, unit)}
    return found
