"""How the cost of a regular expression grows with hostile texts that are made of its own characters."""

import re
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice, product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from statistics import median
from typing import Any

# Code points. What grows faster than with the square shows before the last of TINY.
TINY, SMALL, LARGE = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512), 1_000, 4_000
# Seconds: what is quadratic takes more for SMALL, and what is linear less for the last of TINY.
_NOISE, _FAR_TOO_LONG = 0.0007, 0.02
# Cost of four times the text: 4 where it is linear, 16 where it is quadratic.
MOST = 8.0
_UNITS, _ENDS = 60, ("", "\x00")
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_WORD: "aї1_",
    codes.CATEGORY_SPACE: " \n",
    codes.CATEGORY_NOT_DIGIT: "a ",
    codes.CATEGORY_NOT_WORD: " .",
    codes.CATEGORY_NOT_SPACE: "a.",
}
_ANY = 'a1 .\n-ї"«'


def units(pattern: re.Pattern[str]) -> list[str]:
    """What is repeated: single characters, pairs of them, and the strings of the pattern."""
    singles, strings = _pieces(pattern)
    pairs = (a + b for a, b in product(singles[:9], repeat=2) if a != b)
    mixed = (string + sign for string, sign in product(strings[:4], singles[:4]))
    return list(islice(dict.fromkeys([*singles, *strings, *pairs, *mixed]), _UNITS))


def _pieces(pattern: re.Pattern[str]) -> tuple[list[str], list[str]]:
    parsed = parser.parse(pattern.pattern, pattern.flags)
    singles, strings = dict.fromkeys(_characters(parsed)), dict.fromkeys(_strings(parsed))
    return list(singles)[:25], sorted(strings, key=len)[:12]


def _children(argument: Any) -> Iterator[Any]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for one in argument:
            yield from _children(one)


def _characters(parsed: Iterable[Any]) -> Iterator[str]:
    for code, argument in parsed:
        if code in (codes.LITERAL, codes.NOT_LITERAL):
            yield chr(argument)
        elif code is codes.ANY:
            yield from _ANY
        elif code is codes.IN:
            yield from _members(argument)
        else:
            for child in _children(argument):
                yield from _characters(child)


def _members(items: Iterable[tuple[Any, Any]]) -> Iterator[str]:
    """Some characters that a class has, or where it names those that it has not, some of others, too."""
    for code, argument in items:
        if code is codes.LITERAL:
            yield chr(argument)
        elif code is codes.RANGE:
            yield chr(argument[0])
        elif code is codes.CATEGORY:
            yield from _CATEGORIES.get(argument, "a")
        elif code is codes.NEGATE:
            yield from _ANY


def _strings(parsed: Iterable[Any]) -> Iterator[str]:
    """Literals that stand side by side."""
    run = ""
    for code, argument in parsed:
        if code is codes.LITERAL:
            run += chr(argument)
            continue
        if len(run) > 1:
            yield run
        run = ""
        for child in _children(argument) if code is not codes.IN else ():
            yield from _strings(child)
    if len(run) > 1:
        yield run


def repeated(unit: str, size: int) -> str:
    """A text of about that size."""
    return unit * (size // len(unit) or 1)


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """Of this processor, that all searches of a text take."""
    begun = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - begun


def growth(pattern: re.Pattern[str], unit: str, end: str, times: int = 1) -> float:
    """The cost of LARGE over that of SMALL, the median of some measurements; 0 where SMALL costs next to nothing."""
    small, large = (repeated(unit, size) + end for size in (SMALL, LARGE))
    for size in TINY:
        if seconds(pattern, repeated(unit, size) + end) > _FAR_TOO_LONG:
            return sys.float_info.max
    least = min(seconds(pattern, small) for _ in range(times))
    if least < _NOISE:
        return 0.0
    return median(seconds(pattern, large) for _ in range(times)) / least


def worst(pattern: re.Pattern[str], tries: int = 4) -> tuple[float, str]:
    """The greatest growth and what is repeated in the text of it, with its end; the first one beyond MOST is enough.

    One beyond MOST is measured again, as often as `tries` says.
    """
    found = (0.0, "")
    for unit, end in product(units(pattern) or ["a"], _ENDS):
        found = max(found, (_settled(pattern, unit, end, tries), unit + end))
        if found[0] > MOST:
            break
    return found


def _settled(pattern: re.Pattern[str], unit: str, end: str, tries: int) -> float:
    return next((g for i in range(tries) if (g := growth(pattern, unit, end, 2 * i + 1)) <= MOST), MOST + 1)
