"""Did a number lose its minus sign, or get one?"""

import re
import tomllib
from functools import cache
from importlib.resources import files

from polygist.numerals.formats import SPACES, Value, values_in
from polygist.translate import numbers
from polygist.translate.guard.forms import Forms
from polygist.translate.guard.side import Side

# A sign before digits that is no hyphen or dash: not in "10 -5", "F -16", "5-10", "-5-10" or "(044) -555".
_NEGATIVE = re.compile(rf"(?<![^\s(])(?<![^a-zäöüßа-яіїєґ’'(:,][{SPACES}])[-−](\d++(?:[.,]\d++)*+)(?!\s?[-–−])")


def lost(source: Side, target: Side) -> bool:
    """Whether a number stands with a minus sign on one side, and on the other one without it or a word for it.

    "It was −5 °C." -> "Es waren 5 °C." True; "Es waren 5 Grad unter null." False.
    """
    said, made = _negative(source), _negative(target)
    return said != made and (_is_positive(said - made, target) or _is_positive(made - said, source))


def _negative(side: Side) -> frozenset[Value]:
    found = _NEGATIVE.finditer(side.text)
    return frozenset(value for match in found for value in values_in(match[1], side.language)[:1])


def _is_positive(values: frozenset[Value], side: Side) -> bool:
    """Whether any of the values is there in digits, and no word that could mean a minus."""
    if not values or any(map(_minus().has, side.words)):
        return False
    found = numbers.readings(side.text, side.language)
    return not values.isdisjoint(reading[0] for number in found for reading in number if len(reading) == 1)


@cache
def _minus() -> Forms:
    data = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return Forms.of(data["signs"]["minus"])
