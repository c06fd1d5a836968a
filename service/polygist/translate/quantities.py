"""Which numbers of a text are quantities, and which are dates, times, versions, addresses or other names."""

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files

from babel.numbers import list_currencies

from polygist.numerals.formats import SPACES
from polygist.translate.verbatim import addresses

# Groups of three digits between spaces or apostrophes of one kind, or digits between marks.
_NUMBER = re.compile(
    rf"[0-9]{{1,3}}([{SPACES}'’])[0-9]{{3}}(?:\1[0-9]{{3}})*(?![0-9])(?:[.,][0-9]+)?|[0-9]+(?:[.,:/][0-9]+)*"
)
_CODE = re.compile(r"`[^`\n]*`")
# Code points before a number that are looked at.
_BEFORE = 40

# What a number is a part of.
_GLUED_BEFORE = re.compile(r"(?:[\w.,:/\\@#§№=^]|[^\W\d_][-–])$")
_GLUED_AFTER = re.compile(r"[.,:]?[/\\@#_=^0-9]|[.,:]\w|-(?:alpha|beta|rc|dev|pre)", re.IGNORECASE)
_TOUCHING = re.compile(r"\w+")
_DIALLED = re.compile(r"(?:\+|\)\s?)$")
_WORD_BEFORE = re.compile(r"(?<![\w-])([^\W\d_][\w-]*)\s$")
# What makes a number a quantity whatever stands before; another number of the same unit may stand between.
_UNIT = re.compile(
    r"(?:\s?(?:to|and|or|[-–])\s?[0-9.,]+)?[\s-]?"
    r"(?:[%$€£₴¥]|per\s?cent|percentage|points?\b|hundred|thousand|[mbtr]+illion|[mb]n?\b|tn\b)",
    re.IGNORECASE,
)
# A time of the day as British English, German and Ukrainian have it, and what tells it from a number.
_TIME = re.compile(r"(?:[01]?[0-9]|2[0-4])\.[0-5][0-9]")
_CLOCK_BEFORE = re.compile(r"(?<!\w)(?:at|from|until|till|о|об)\s$", re.IGNORECASE)
_CLOCK_AFTER = re.compile(
    r"\s?(?:[ap]\.?\s?m\b|o['’]clock|hrs?\b|hours\b|gmt\b|utc\b|c?est\b|cet\b|uhr\b)", re.IGNORECASE
)
# With three digits after its decimal mark, a sum or a round number is more often one of thousands in a foreign format.
_THREE = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_MONEY_BEFORE, _MONEY_AFTER = re.compile(r"[$€£₴¥]\s?$"), re.compile(r"\s?[$€£₴¥]")


def numbers(text: str, keep: Collection[str] = ()) -> Iterator[re.Match[str]]:
    """Digits with the marks between them, outside of addresses, hashtags, `code` and all texts to `keep`."""
    verbatim: list[tuple[int, int]] = [*addresses(text), *(m.span() for m in _CODE.finditer(text))]
    for part in keep:
        verbatim += [m.span() for m in re.finditer(re.escape(part), text)]
    verbatim.sort()
    at = 0
    for match in _NUMBER.finditer(text):
        while at < len(verbatim) and verbatim[at][1] <= match.start():
            at += 1
        if at == len(verbatim) or match.end() <= verbatim[at][0]:
            yield match


def is_glued(number: re.Match[str]) -> bool:
    """Whether a number is a part of something longer: a name, an ordinal, a file, a number to dial."""
    before, after = _around(number)
    if _GLUED_BEFORE.search(before) or _GLUED_AFTER.match(number.string, after):
        return True
    if _DIALLED.search(before) and any(c.isspace() for c in number.group()):
        return True
    touching = _TOUCHING.match(number.string, after)
    return touching is not None and touching[0].lower() not in _units()


def in_doubt(found: list[re.Match[str]], decimal: str) -> list[bool]:
    """For each of the numbers of a sentence whether it may be no quantity, or another one than it says.

    `decimal` is the mark before a fraction in the language of the sentence.
    """
    return [
        is_glued(n) or _is_named(n, decimal) or _may_be_thousands(n, decimal) or time
        for n, time in zip(found, may_be_times(found), strict=True)
    ]


def may_be_times(found: list[re.Match[str]]) -> list[bool]:
    """For each of the numbers of a sentence whether it could be a time of the day, where one of them surely is."""
    clock = any(map(_is_timed, found))
    return [clock and _could_be_time(number) for number in found]


def _around(number: re.Match[str]) -> tuple[str, int]:
    return number.string[max(0, number.start() - _BEFORE) : number.start()], number.end()


def _is_named(number: re.Match[str], decimal: str) -> bool:
    """Whether it stands behind the name of what it counts or tells apart: "Chapter 3.2", "Python 3.11"."""
    before, after = _around(number)
    if _reference().search(before):
        return True
    word = _WORD_BEFORE.search(before)
    if word is None or word[1] in list_currencies() or _UNIT.match(number.string, after):
        return False
    capital = word[1] != word[1].lower() and word[1].lower() not in _common()
    if " " in number.group():
        return capital and word[1].isascii()
    return capital and decimal == "." and "." in number.group() and "," not in number.group()


def _could_be_time(number: re.Match[str]) -> bool:
    return bool(_TIME.fullmatch(number.group()) and not _UNIT.match(number.string, number.end()))


def _is_timed(number: re.Match[str]) -> bool:
    before, after = _around(number)
    told = _CLOCK_BEFORE.search(before) or _CLOCK_AFTER.match(number.string, after)
    return bool(told and _could_be_time(number))


def _may_be_thousands(number: re.Match[str], decimal: str) -> bool:
    if decimal not in number.group() or not _THREE.fullmatch(number.group()):
        return False
    before, after = _around(number)
    money = _MONEY_BEFORE.search(before) or _MONEY_AFTER.match(number.string, after)
    return bool(money or number.group().endswith("000"))


@cache
def _words() -> dict[str, list[str]]:
    return tomllib.loads(files(__package__).joinpath("quantities.toml").read_text(encoding="utf-8"))


@cache
def _common() -> frozenset[str]:
    return frozenset(_words()["common"])


@cache
def _units() -> frozenset[str]:
    return frozenset(_words()["units"])


@cache
def _reference() -> re.Pattern[str]:
    words = "|".join(_words()["references"])
    return re.compile(rf"(?:(?<!\w)(?:{words})\.?:?|[#§№])\s?$", re.IGNORECASE)
