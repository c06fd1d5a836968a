"""How the cost of a regular expression grows with hostile texts that are made of what it looks for."""

import re
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice, product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

# Code points. What grows faster than with the square shows before the last of TINY.
TINY, SMALL, LARGE = (16, 24, 32, 48, 64, 96, 128, 256), 512, 4_096
# Seconds of a processor. What is quadratic takes longer than CHEAP for LARGE, the fastest loop of `re` included; what
# is linear takes less than FAR_TOO_LONG for the last of TINY, and less than ENDLESS for any text here.
_CHEAP, _FAR_TOO_LONG, _ENDLESS = 0.001, 0.02, 0.2
# Cost of eight times the text: 8 where it is linear, 64 where it is quadratic.
MOST = 24.0
_UNITS, _LEADS, _TRIES = 24, 8, 3
_UNBOUNDED = 64
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_WORD: "aї1_",
    codes.CATEGORY_SPACE: " \n",
    codes.CATEGORY_NOT_DIGIT: "a ",
    codes.CATEGORY_NOT_WORD: " .",
    codes.CATEGORY_NOT_SPACE: "a.",
}
_ANY = 'a1 .\n-ї"«'

Attack = tuple[str, str]


def attacks(pattern: re.Pattern[str]) -> Iterator[Attack]:
    """What stands first, and what is repeated after it.

    Repeated are single characters, pairs of them, the strings of the pattern; and what its loops read after that which
    they are read after: 'x' and then ' ' for r'x[ ]*y'.
    """
    parsed = parser.parse(pattern.pattern, pattern.flags)
    singles, strings = list(dict.fromkeys(_characters(parsed)))[:25], sorted(set(_strings(parsed)), key=_by_length)[:12]
    pairs = (a + b for a, b in product(singles[:9], repeat=2) if a != b)
    mixed = (string + sign for string, sign in product(strings[:4], singles[:4]))
    units = islice(dict.fromkeys([*singles, *strings, *pairs, *mixed, "a"]), _UNITS)
    loops = list(islice(dict.fromkeys(_loops(parsed, "")), _LEADS))
    led = ((lead, unit) for lead, own in loops for unit in dict.fromkeys([own, *singles[:5]]) if lead and unit)
    yield from (("", unit) for unit in units)
    yield from led
    yield from (("", lead + own) for lead, own in loops if lead)


def _by_length(text: str) -> tuple[int, str]:
    return len(text), text


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


def _loops(parsed: Iterable[Any], lead: str) -> Iterator[tuple[str, str]]:
    """Of each loop without a bound what the pattern reads before it, and what one turn of it reads."""
    for code, argument in parsed:
        if code in _REPEATS and argument[1] >= _UNBOUNDED:
            yield lead, _read(argument[2])
        if code is codes.BRANCH:
            for branch in argument[1]:
                yield from _loops(branch, lead)
        elif code is not codes.IN:
            for child in _children(argument):
                yield from _loops(child, lead)
        lead += _read([(code, argument)])


_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


def _read(parsed: Iterable[Any]) -> str:
    """A text that a part of a pattern reads, most often."""
    text = ""
    for code, argument in parsed:
        if code is codes.LITERAL:
            text += chr(argument)
        elif code is codes.ANY:
            text += "a"
        elif code is codes.NOT_LITERAL:
            text += next(one for one in _ANY if ord(one) != argument)
        elif code is codes.IN:
            text += _member(argument)
        elif code in _REPEATS:
            text += _read(argument[2]) * max(argument[0], 1)
        elif code is codes.BRANCH:
            text += _read(argument[1][0])
        elif code in (codes.SUBPATTERN, codes.ATOMIC_GROUP):
            text += _read(argument[-1] if code is codes.SUBPATTERN else argument)
    return text


def _member(items: list[tuple[Any, Any]]) -> str:
    """A character of a class."""
    if items[0][0] is not codes.NEGATE:
        return next(_members(items))
    kept = re.compile(f"[{''.join(map(re.escape, _members(items[1:])))}]")
    return next((one for one in "a .1-\n" if not kept.match(one)), "\x01")


def texts(lead: str, unit: str, size: int) -> tuple[str, str]:
    """Two of about half that size: what is repeated ends the one, and in the other hardly anything is read after it."""
    text = lead + unit * (size // 2 // len(unit) or 1)
    return text, f"{text}\x00"


def seconds(pattern: re.Pattern[str], attack: Attack, size: int, searched: bool) -> float:
    """Of this processor, that all searches of two texts take, or where they aren't searched, a match at their start."""
    made = texts(*attack, size)
    begun = time.process_time()
    for text in made:
        for _ in pattern.finditer(text) if searched else filter(None, [pattern.match(text)]):
            pass
    return time.process_time() - begun


def growth(pattern: re.Pattern[str], attack: Attack, searched: bool, again: int = 0) -> float:
    """The cost of eight times the text, the least of some measurements each; 0 where that costs next to nothing.

    Each time it is measured again the texts are twice as long, and the measurements more: what is read up to a bound
    costs more with the square below it.
    """
    for size in TINY:
        if seconds(pattern, attack, size, searched) > _FAR_TOO_LONG:
            return sys.float_info.max
    most = min(seconds(pattern, attack, LARGE << again, searched) for _ in range(1 + again))
    if most < _CHEAP or most > _ENDLESS:
        return 0.0 if most < _CHEAP else sys.float_info.max
    least = min(seconds(pattern, attack, SMALL << again, searched) for _ in range(3 + again))
    return most / max(least, sys.float_info.epsilon)


def worst(pattern: re.Pattern[str], searched: bool = True) -> tuple[float, Attack]:
    """The greatest growth and what it came with; the first one beyond MOST is enough."""
    found = (0.0, ("", ""))
    for attack in attacks(pattern):
        found = max(found, (_settled(pattern, attack, searched), attack))
        if found[0] > MOST:
            break
    return found


def _settled(pattern: re.Pattern[str], attack: Attack, searched: bool) -> float:
    least = sys.float_info.max
    for again in range(_TRIES):
        least = growth(pattern, attack, searched, again)
        if least <= MOST or least == sys.float_info.max:
            break
    return least
