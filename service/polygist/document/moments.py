"""How English, German and Ukrainian write days and times of day. Names of months and weekdays are CLDR's."""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from babel.dates import get_day_names, get_month_names

from polygist.document.phrases import alternatives

_LOCALES = ("en", "en_GB", "de", "de_AT", "uk")
_LONGEST = 80


class Head(NamedTuple):
    """What stands before the text of a line: where its words end, and where the rest begins, in code points."""

    words: int
    rest: int


def timestamp(text: str, *, loose: bool) -> Head | None:
    """The time that a line opens with: '14.05 Uhr: Merkel kommt' -> Head(9, 11), '14:05' -> Head(5, 5).

    A dash, colon, bar or bracket has to set it off; with `loose` a space and a capital letter or quotation mark do.
    """
    match = _stamp().match(text[:_LONGEST])
    if match is None:
        return None
    head = Head(match.end("close"), match.end())
    if match["end"] is not None:
        return head if len(text) == head.rest else None
    if match["set"] is not None or match["close"]:
        return head if head.rest < len(text) else None
    follows = text[head.rest : head.rest + 1]
    return head if loose and (follows.isupper() or follows in '"„“«»') and follows else None


def is_day(text: str) -> bool:
    """Whether a line is a day and nothing else: 'Monday, 3 March 2025', '3 березня 2025 року' -> True."""
    return len(text) <= _LONGEST and _day().fullmatch(text) is not None


def has_day(text: str) -> bool:
    """Whether a time has its day beside it: '3 March 2025, 14:05' -> True. Looks at the first code points only."""
    return _day().search(text[:_LONGEST]) is not None


@cache
def day() -> str:
    """A regular expression for a day of the year: 'March 3', '3. März 2025', '3 березня', '03.03.2025'.

    CLDR has the forms that Ukrainian months take after a number.
    """
    month = _any(
        n
        for locale in _LOCALES
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for n in get_month_names(width, context, locale).values()
    )
    weekday = _any(
        n for locale in _LOCALES for w in ("wide", "abbreviated") for n in get_day_names(w, locale=locale).values()
    )
    year = r"(?:,?\s\d{4})?(?:\s?(?:року|р\.))?"
    written = rf"(?:\d{{1,2}}(?:\.|st|nd|rd|th)?\s?{month}|{month}\s\d{{1,2}}(?:st|nd|rd|th)?){year}"
    numbers = r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?|\d{4}-\d\d-\d\d"
    return rf"(?:{weekday},?\s)?(?:(?:den|the)\s)?(?:{written}|{numbers})(?!\w)"


def _any(names: Iterable[str]) -> str:
    """One of some names, abbreviated or not. CLDR writes "пʼятниця" with the letter, people with any apostrophe."""
    bare = sorted({n.rstrip(".") for n in names}, key=lambda n: (-len(n), n))
    return rf"(?i:{'|'.join(re.escape(n).replace('ʼ', '[’ʼ' + chr(39) + ']') for n in bare)})(?!\w)\.?"


@cache
def _day() -> re.Pattern[str]:
    return re.compile(day())


@cache
def _stamp() -> re.Pattern[str]:
    zone = alternatives("zones")
    half = r"[ap]\.?m\b\.?"
    hour = r"(?:[01]?\d|2[0-4])"
    marked = rf"(?:\.[0-5]\d)?(?=\s?(?:Uhr\b|{half}|(?:{zone})\b))"
    clock = rf"{hour}(?::[0-5]\d(?::[0-5]\d)?|{marked})(?!\d)(?:\s?{half})?(?:\s?(?:{zone})(?!\w))?"
    between = r"(?:,?\s(?:(?:at|um|о|об)\s)?|\s[|•·–-]\s)"
    time = rf"(?:{day()}{between})?{clock}(?:\s?[–-]\s?{clock})?(?:{between}{day()})?"
    return re.compile(rf"[\[(]?(?P<time>{time})(?P<close>[\])]?)\s*(?:(?P<end>$)|(?P<set>[—–|•:-]+\s+)|(?<=[\s\])]))")
