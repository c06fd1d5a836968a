"""Dates as ISO 8601 has them."""

import re
from bisect import bisect_right
from collections.abc import Iterable

from polygist.numerals.months import MONTHS
from polygist.types import Article, Figure, KeyDate

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_NUMERIC = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{2,4})")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_YEARS = re.compile(r"(\d{4})[-–](\d{4}|\d\d)")
_DECADE = re.compile(r"(\d{3})0(?:s|er|-[хти])")


def iso(text: str, language: str) -> str:
    """A date as an article writes it in ISO 8601; parts that it does not name are left out, "" where nothing is known.

    '3 March 2025' -> '2025-03-03', 'März 2025' -> '2025-03', '2025' -> '2025', '3 березня' -> '--03-03' (of any
    year), '2014-18' -> '2014/2018', 'the 1990s' -> '199X' (ISO 8601-2). 03/04/2025 is two days in English: ''.
    """
    if _ISO.fullmatch(text):
        return _checked(*map(int, text.split("-")))
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        return _numeric(numeric, language)
    years = _YEARS.match(text)
    if years:
        first, last = years.groups()
        return f"{first}/{first[: 4 - len(last)]}{last}"
    decade = _DECADE.search(text)
    if decade:
        return f"{decade[1]}X"
    month = next((MONTHS[w] for w in _WORD.findall(text) if w in MONTHS), 0)
    numbers = _NUMBER.findall(text)
    year = next((int(n) for n in numbers if len(n) == 4), 0)
    day = next((int(n) for n in numbers if len(n) < 3), 0)
    if month and day:
        return _checked(year, month, day)
    if month:
        return f"{year}-{month:02}" if year else f"--{month:02}"
    return str(year) if year else ""


def key_dates(article: Article, found: Iterable[Figure]) -> tuple[KeyDate, ...]:
    """The days, months and years among an article's figures, each once, in the order of the text, with their sentences.

    One is left out where a fuller one says it: 'March 2025' beside '3 March 2025'.
    """
    sentences = article.sentences
    dated = [f for f in found if f.date]
    known = {f.date for f in dated}
    made: dict[str, KeyDate] = {}
    for figure in dated:
        i = bisect_right(sentences, figure.span.start, key=lambda s: s.span.start) - 1
        inside = i >= 0 and figure.span.end <= sentences[i].span.end
        if inside and figure.date not in made and not any(d.startswith(figure.date + "-") for d in known):
            made[figure.date] = KeyDate(figure.date, figure.text, figure.span, sentences[i].span)
    return tuple(made.values())


def _numeric(match: re.Match[str], language: str) -> str:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    if len(match[3]) == 2:
        year += 2000 if year < 50 else 1900
    if language == "en" and "/" in match[0]:
        if first <= 12 and second <= 12 and first != second:
            return ""
        if first <= 12 < second:
            first, second = second, first
    return _checked(year, second, first)


def _checked(year: int, month: int, day: int) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ""
    return f"{year:04}-{month:02}-{day:02}" if year else f"--{month:02}-{day:02}"
