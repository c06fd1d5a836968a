"""Does the translation name another month, or another day of the week?

Only where either side names one alone: a text that has two may say one of them otherwise ("next month").
"""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

from polygist.numerals import months
from polygist.translate.guard.forms import Forms
from polygist.translate.guard.side import Side

# Shorter names of months are abbreviations, and other words: "бер", "Mar-a-Lago", "Jan".
_SHORTEST = 5
_SHORT = frozenset({"May", "Mai", "March", "März", "June", "Juni", "July", "Juli", "січні"})
# A night belongs to the day before it or after it: Sunday night, in der Nacht zum Montag.
_NIGHT = re.compile(r"\bnacht (?:auf|zum?)\b|\bovernight\b|\bніч (?:на|з)\b", re.IGNORECASE)
_LONGEST = 40


def differ(source: Side, target: Side) -> bool:
    """Whether each side names one month, and not the same, or one day of the week.

    "on 3 October" -> "3 листопада" True; "He may come in March." -> "Er kommt vielleicht im März." False.
    """
    return _other(_months(source), _months(target)) or (
        _other(_days(source), _days(target)) and not any(_NIGHT.search(side.bare) for side in (source, target))
    )


def _other(said: set[int], made: set[int]) -> bool:
    return len(said) == len(made) == 1 and said != made


def _months(side: Side) -> set[int]:
    return {
        months.MONTHS[token.text]
        for token in side.tokens
        if token.text in months.MONTHS and (len(token.text) >= _SHORTEST or token.text.capitalize() in _SHORT)
    }


def _days(side: Side) -> set[int]:
    return {day for word in side.words if len(word) <= _LONGEST for day in _days_of(word, side.language)}


@lru_cache(maxsize=20_000)
def _days_of(word: str, language: str) -> frozenset[int]:
    return frozenset(day for day, forms in _weekdays().get(language, {}).items() if forms.has(word))


@cache
def _weekdays() -> dict[str, dict[int, Forms]]:
    data = tomllib.loads(files(months.__package__).joinpath("weekdays.toml").read_text(encoding="utf-8"))
    return {language: {int(day): Forms.of(forms) for day, forms in days.items()} for language, days in data.items()}
