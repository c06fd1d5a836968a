"""Numbers, sums of money, percentages and dates, as an article writes them."""

import re
from collections.abc import Iterator
from functools import cache

from polygist.summarize.lexicon import Lexicon, lexicon
from polygist.types import CONTENT, HEADS, Article, BlockKind, Figure, FigureKind, Span

# Possessive throughout: a number is read once and never given back, which keeps every search linear.
_SPACE = r"[ \u00a0\u202f]"
_GAP = r"[ \u00a0\u202f\r\n]{0,2}"
_DIGITS = rf"(?:\d{{1,3}}(?:(?:{_SPACE}|[.,'’])\d{{3}}(?!\d))++(?:[.,]\d++)?+|\d++(?:[.,]\d++)?+)"
_NUMBER = rf"(?:(?<![\w.])[-−+])?+(?<![\w.,])(?<!\w[-–]){_DIGITS}(?:{_SPACE}?[-–—]{_SPACE}?{_DIGITS}(?![-–—.]\d))?+"
_SIGN = r"(?:US\$|[$€£₴¥₽])"
_CODE = r"(?:USD|EUR|GBP|UAH|CHF|JPY|CNY|PLN|Rs\.?)"
_NUMERIC_DATE = (
    r"(?<![\w.])(?:(?:1[5-9]|20)\d\d-[01]\d-[0-3]\d|[0-3]?\d[./][01]?\d[./](?:(?:1[5-9]|20)\d\d|\d\d))(?!\w)(?![./]\d)"
)
_YEAR = r"(?<![\w.,])(?<!\d[-–])(?:1[5-9]|20)\d\d(?:[-–](?:(?:1[5-9]|20)\d\d|\d\d))?+(?![\w])(?![.,:]\d)"
_CLOCK = r"(?<![\w.,:])\d{1,2}:\d{2}(?![\w:])"
_KINDS = {
    "money": FigureKind.MONEY,
    "percent": FigureKind.PERCENT,
    "date": FigureKind.DATE,
    "year": FigureKind.DATE,
    "number": FigureKind.NUMBER,
}


def figures(article: Article) -> tuple[Figure, ...]:
    """The figures in title, headings, content and tables, in the order of the text; none overlaps another.

    At each place the reading that says most wins: money and percentages, then dates, years, plain numbers. A number
    keeps its scale word ('5 Mrd. Euro', '3 million'). Digits inside words ('G7', 'F-16') are no figures.
    """
    pattern = _pattern(lexicon(article.language))
    return tuple(
        Figure(" ".join(article.text[a:b].split()), kind, Span(a, b))
        for start, end in _ranges(article)
        for a, b, kind in _find(pattern, article.text, start, end)
    )


def _ranges(article: Article) -> Iterator[Span]:
    for block in article.blocks:
        if block.kind in HEADS:
            yield block.span
        elif block.kind in CONTENT or block.kind is BlockKind.TABLE:
            yield from block.sentences


def _find(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int, FigureKind]]:
    for match in pattern.finditer(text, start, end):
        if match.lastgroup:
            yield match.start(), match.end(), _KINDS[match.lastgroup]


@cache
def _pattern(words: Lexicon) -> re.Pattern[str]:
    """One alternation, the longest reading of each place first."""
    scale = _any(words.scales)
    scaled = rf"{_NUMBER}(?:{_GAP}(?:{scale})(?!\w))?+"
    currency = _any((*words.currencies, _CODE))
    months = _calendar(words.months | words.months_short, words)
    days = _calendar(words.weekdays, words)
    dates = [rf"\b(?:{p.replace('MONTHS', months).replace('WEEKDAYS', days)})" for p in words.date_patterns]
    dates = [d.replace(" ", r"\s") for d in dates]
    readings = [
        (
            "money",
            rf"(?:{_SIGN}|(?<!\w){_CODE}){_SPACE}?{_DIGITS}(?:[-–]{_DIGITS})?+(?:{_GAP}(?:{scale})(?!\w))?+(?!\w)",
        ),
        ("money", rf"{scaled}{_GAP}(?:{_SIGN}|(?:{currency})(?!\w))"),
        ("percent", rf"{_NUMBER}{_GAP}(?:[%‰]|(?:{_any(words.percent_words)})(?!\w))"),
        ("date", _any((*dates, _NUMERIC_DATE))),
        ("year", _YEAR),
        (
            "number",
            rf"{_CLOCK}|{_NUMBER}(?:{_GAP}(?:{scale})(?!\w)|{words.ordinals or '(?!)'}(?!\w)|(?![\w])(?!-\w))",
        ),
    ]
    return _alternation(readings)


def _alternation(readings: list[tuple[str, str]]) -> re.Pattern[str]:
    by_name: dict[str, list[str]] = {}
    for name, body in readings:
        by_name.setdefault(name, []).append(body)
    parts = (f"(?P<{name}>{'|'.join(bodies)})" for name, bodies in by_name.items())
    return re.compile("|".join(parts), re.IGNORECASE)


def _calendar(names: frozenset[str], words: Lexicon) -> str:
    """Months or weekdays, longest first; with a capital where the language writes one ("may" is no month)."""
    order = sorted(names, key=lambda n: (-len(n), n))
    if words.language == "uk":
        return _any(tuple(map(re.escape, order)))
    return f"(?-i:{_any(tuple(re.escape(n.capitalize()) for n in order))})"


def _any(patterns: tuple[str, ...]) -> str:
    return "|".join(patterns) if patterns else "(?!)"
