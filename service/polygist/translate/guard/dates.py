"""Does the translation name another month, or another day of the week?

Only where both name as many: the one that has fewer may say it otherwise ("next month", "on the 3rd").
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
_PART = re.compile(r"[^\W\d_]++")


def differ(source: Side, target: Side) -> bool:
    """Whether both sides name as many months, and not the same, or days of the week.

    "on 3 October" -> "3 листопада" True; "He may come in March." -> "Er kommt vielleicht im März." False.
    """
    return _other(_months(source), _months(target)) or (
        _other(_days(source), _days(target)) and not any(_NIGHT.search(side.bare) for side in (source, target))
    )


def _other(said: set[int], made: set[int]) -> bool:
    return len(said) == len(made) and said != made


def _months(side: Side) -> set[int]:
    words = (word for t in side.tokens if side.cyrillic or not t.text.islower() for word in _PART.findall(t.text))
    found = (word for word in words if word in months.MONTHS)
    return {months.MONTHS[word] for word in found if len(word) >= _SHORTEST or word.capitalize() in _SHORT}


def _days(side: Side) -> set[int]:
    words = (word.removesuffix("'s") for word in side.words)
    return {day for word in words if len(word) <= _LONGEST for day in _days_of(word, side.language)}


@lru_cache(maxsize=20_000)
def _days_of(word: str, language: str) -> frozenset[int]:
    return frozenset(day for day, forms in _weekdays().get(language, {}).items() if forms.has(word))


@cache
def _weekdays() -> dict[str, dict[int, Forms]]:
    data = tomllib.loads(files(months.__package__).joinpath("weekdays.toml").read_text(encoding="utf-8"))
    return {language: {int(day): Forms.of(forms) for day, forms in days.items()} for language, days in data.items()}
