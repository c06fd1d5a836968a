"""Numbers, sums of money, percentages and dates, as an article writes them, with their values."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from polygist.numerals.formats import value_in
from polygist.numerals.spelled import number_words, spelled
from polygist.summarize.dates import iso
from polygist.summarize.lexicon import Lexicon, lexicon
from polygist.summarize.units import Unit, clock_pattern, ranges, sign_openings, sign_pattern, units
from polygist.summarize.words import one_line, word_before
from polygist.summarize.years import is_year
from polygist.types import CONTENT, HEADS, Article, BlockKind, Figure, FigureKind, Span

# Possessive throughout: a number is read once and never given back, which keeps every search linear.
_SPACE = r"[ \u00a0\u202f]"
_GAP = r"[ \u00a0\u202f\r\n]{0,2}"
_DIGITS = rf"(?:\d{{1,3}}(?:(?:{_SPACE}|[.,'’])\d{{3}}(?!\d))++(?:[.,]\d++)?+|\d++(?:[.,]\d++)?+)"
_NUMERIC_DATE = (
    r"(?<![\w.])(?:(?:1[5-9]|20)\d\d-[01]\d-[0-3]\d|[0-3]?\d[./][01]?\d[./](?:(?:1[5-9]|20)\d\d|\d\d))(?!\w)(?![./]\d)"
)
_CLOCK = r"(?<![\w.,:])\d{1,3}:\d{1,3}(?![\w:])"
_LONGEST_JOINT = 10
_LONGEST_OPENING = 40  # of a date or number before its first digit: a month, a currency
_LEAST_SPELLED = 13  # in words, a smaller number counts with its unit only


class _Number(NamedTuple):
    """A number at a place: the ends of a range (`low` alone without one), the scale word it ends in, a currency sign.

    `low` is None where digits are no quantity: a time of the day, a score.
    """

    start: int
    end: int
    low: Decimal | None
    high: Decimal | None = None
    scale: Decimal = Decimal(1)
    sign: str = ""
    is_word: bool = False
    is_bare: bool = False
    is_ordinal: bool = False


def figures(article: Article) -> tuple[Figure, ...]:
    """The figures in title, headings, content and tables, in the order of the text; none overlaps another.

    Money and percentages, dates, years, counts. `value` has the scale words in it ('5 Mrd. Euro' -> 5e9), `unit` says
    what is counted. Numbers in words count with a unit or from 13 on. Digits inside words ('G7', 'F-16') are no
    figures.
    """
    reader = _Reader(lexicon(article.language))
    return tuple(f for start, end in _ranges(article) for f in reader.read(article.text, start, end))


def figures_in(article: Article, span: Span) -> tuple[Figure, ...]:
    """As `figures`, of one range of the text."""
    return tuple(_Reader(lexicon(article.language)).read(article.text, *span))


def _ranges(article: Article) -> Iterator[Span]:
    for block in article.blocks:
        if block.kind in HEADS:
            yield block.span
        elif block.kind in CONTENT or block.kind is BlockKind.TABLE:
            yield from block.sentences


class _Reader:
    """Reads the figures of a range of text in one language."""

    def __init__(self, words: Lexicon) -> None:
        self._language = words.language
        self._hint, self._pattern = _hint(words), _pattern(words)
        self._words, self._units = number_words(words.language), units(words.language)
        self._joints = ranges(words.language)

    def read(self, text: str, start: int, end: int) -> Iterator[Figure]:
        """The figures of text[start:end] in order."""
        hint = self._hint.search(text, start, end)
        first = max(start, hint.start() - _LONGEST_OPENING) if hint else end
        found = list(self._pattern.finditer(text, first, end))
        numbers = [self._number(m) for m in found if m.lastgroup != "date"]
        if self._words:
            free = _Free([m.span() for m in found])
            numbers += [
                _Number(n.start, n.end, n.value, scale=n.scale, is_word=True)
                for n in spelled(text, start, end, self._words)
                if free(n.start, n.end)
            ]
        if not found and not any(n.low != 1 or self._units.amount(text, n.end, end) for n in numbers):
            return  # nothing, or articles: "a bridge"
        made = [self._date(text, Span(*m.span())) for m in found if m.lastgroup == "date"]
        joined = list(self._joined(text, sorted(numbers, key=lambda n: n.start)))
        starts = sorted([*(n.start for n in joined), *(f.span.start for f in made), end])
        counted = [(n, self._unit(text, n, starts[bisect_left(starts, n.end)])) for n in joined]
        made += [f for n, unit in self._shared(text, counted) if (f := self._figure(text, n, unit, end))]
        yield from sorted(made, key=lambda f: f.span)

    def _number(self, match: re.Match[str]) -> _Number:
        if match.lastgroup == "clock":
            return _Number(*match.span(), None)
        scales = [self._power(match[s]) for s in ("low_scale", "high_scale")]
        low, high = (self._value(match[s]) for s in ("low", "high"))
        if match["high"] and scales[0] == 1:
            scales[0] = scales[1]
        if low is not None:
            low *= -scales[0] if match["minus"] in ("-", "−") else scales[0]
        if high is not None:
            high *= scales[1]
        if match["high"] and (low is None or high is None or low >= high):
            low = high = None
        bare = not (match["minus"] or match["low_scale"] or match["high_scale"] or match["ordinal"] or match["sign"])
        scale = scales[1] if match["high"] else scales[0]
        return _Number(
            *match.span(), low, high, scale, match["sign"] or "", is_bare=bare, is_ordinal=bool(match["ordinal"])
        )

    def _value(self, digits: str | None) -> Decimal | None:
        return value_in(digits, self._language) if digits else None

    def _power(self, form: str | None) -> Decimal:
        return self._words.power(form) if form and self._words else Decimal(1)

    def _joined(self, text: str, numbers: Sequence[_Number]) -> Iterator[_Number]:
        """The numbers, with those that make one together as one: '1 млн 200 тис.', 'between 5 and 7', '5 to 7'."""
        last: _Number | None = None
        for number in numbers:
            whole = self._together(text, last, number) if last else None
            if last and not whole:
                yield last
            last = whole or number
        if last:
            yield last

    def _together(self, text: str, one: _Number, other: _Number) -> _Number | None:
        if other.start - one.end > _LONGEST_JOINT or one.low is None or other.low is None or one.high or other.high:
            return None
        joint = " ".join(text[one.end : other.start].casefold().split())
        if not joint:
            tail = other.scale > 1 or (not other.is_word and other.low >= 100)
            fits = one.scale > other.scale and other.low < one.scale and tail
            return one._replace(end=other.end, low=one.low + other.low, scale=other.scale) if fits else None
        before = word_before(text, one.start)
        is_range = (joint in self._joints["to"] and before not in self._joints["from"]) or (
            joint in self._joints["and"] and before in self._joints["between"]
        )
        low = one.low * (other.scale if one.scale == 1 else 1)
        years = _is_year_like(one) and _is_year_like(other)
        if not is_range or years or low >= other.low:
            return None
        return one._replace(end=other.end, low=low, high=other.low, scale=other.scale, is_bare=False)

    def _shared(
        self, text: str, counted: Sequence[tuple[_Number, Unit | None]]
    ) -> Iterator[tuple[_Number, Unit | None]]:
        """The numbers with their units, also one that they share: 'from 3 to 5 percent'."""
        last: tuple[_Number, Unit] | None = None
        made: list[tuple[_Number, Unit | None]] = []
        for number, unit in reversed(counted):
            if last and unit is None and number.low is not None and not self._is_year(text, number, None):
                following, shared = last
                joint = " ".join(text[number.end : following.start][:_LONGEST_JOINT].casefold().split())
                if shared.kind is not FigureKind.NUMBER and joint in self._joints["shares"]:
                    number = _scaled(number, following)
                    unit = shared._replace(end=number.end)
            made.append((number, unit))
            last = (number, unit) if unit else None
        return reversed(made)

    def _figure(self, text: str, number: _Number, unit: Unit | None, end: int) -> Figure | None:
        at = number.end
        is_glued = at < end and (text[at].isalnum() or (text[at] in "-‑" and text[at + 1 : at + 2].isalnum()))
        if (unit is None and is_glued) or (number.is_word and not _counts(number, unit)):
            return None
        if self._is_year(text, number, unit):
            return self._date(text, Span(number.start, at))
        if unit is None or number.low is None:
            unit = Unit(at, FigureKind.NUMBER, "")
        # A noun that is counted is no part of a figure, nor is the space before it.
        span = Span(number.start, unit.end if text[at : unit.end].strip() else at)
        low, high = (None if n is None else float(n * unit.factor) for n in (number.low, number.high))
        return Figure(one_line(text[slice(*span)]), unit.kind, span, low, high, unit.id)

    def _unit(self, text: str, number: _Number, end: int) -> Unit | None:
        if number.is_ordinal:
            return Unit(number.end, FigureKind.NUMBER, "")
        if number.sign:
            return Unit(number.end, FigureKind.MONEY, *self._units.currency(number.sign))
        if number.is_word and number.low == 1:  # "a percent" is a figure, "a bridge" and "a mile" are none
            return self._units.amount(text, number.end, end)
        return self._units.after(text, number.end, end)

    def _is_year(self, text: str, number: _Number, unit: Unit | None) -> bool:
        return number.is_bare and is_year(text, Span(number.start, number.end), unit, self._language)

    def _date(self, text: str, span: Span) -> Figure:
        written = one_line(text[slice(*span)])
        return Figure(written, FigureKind.DATE, span, date=iso(written, self._language))


class _Free:
    """Whether a range touches none of some ranges in order; asked from left to right."""

    def __init__(self, taken: Sequence[tuple[int, int]]) -> None:
        self._taken, self._at = taken, 0

    def __call__(self, start: int, end: int) -> bool:
        while self._at < len(self._taken) and self._taken[self._at][1] <= start:
            self._at += 1
        return self._at == len(self._taken) or end <= self._taken[self._at][0]


def _is_year_like(number: _Number) -> bool:
    """'von 1998 bis 2003' are two years."""
    return number.is_bare and number.end - number.start == 4 and 1500 <= (number.low or 0) < 2100


def _counts(number: _Number, unit: Unit | None) -> bool:
    """Whether a number in words is a figure: with a unit, or one that is not small; 'one day' is none."""
    if unit is None:
        return number.low is not None and number.low >= _LEAST_SPELLED
    return number.low != 1 or unit.kind is not FigureKind.NUMBER


def _scaled(number: _Number, following: _Number) -> _Number:
    """A number with the scale word of the one that follows, where it has none and that makes sense."""
    if number.scale != 1 or number.low is None or abs(number.low) >= following.scale:
        return number
    return number._replace(low=number.low * following.scale)


@cache
def _hint(words: Lexicon) -> re.Pattern[str]:
    """What every match of the pattern holds: a digit or a weekday. Most sentences hold neither."""
    return re.compile(rf"\d|\b(?:{_calendar(words.weekdays, words)})\b", re.IGNORECASE)


@cache
def _pattern(words: Lexicon) -> re.Pattern[str]:
    """Dates, times of the day, numbers with their scale words, the longest reading of each place first."""
    months = _calendar(words.months | words.months_short, words)
    days = _calendar(words.weekdays, words)
    dates = [rf"\b(?:{p.replace('MONTHS', months).replace('WEEKDAYS', days)})" for p in words.date_patterns]
    dates = [d.replace(" ", r"\s") for d in dates]
    spoken = number_words(words.language)
    scale = rf"(?:{_GAP}(?P<SIDE_scale>{spoken.scale if spoken else '(?!)'})(?!\w))?+"
    side = rf"(?P<SIDE>{_DIGITS}){scale}"
    sign = sign_pattern()
    number = (
        rf"(?:(?P<sign>{sign}){_SPACE}?)?+(?:(?<![\w.])(?P<minus>[-−+]))?+(?<![\w.,])(?<!\w[-–])"
        rf"{side.replace('SIDE', 'low')}(?![.,:]\d)"
        rf"(?:{_SPACE}?[-–—]{_SPACE}?(?:{sign}{_SPACE}?)?{side.replace('SIDE', 'high')}(?![-–—.,:]\d))?+"
        rf"(?P<ordinal>(?:{words.ordinals or '(?!)'})(?!\w))?+"
    )
    hour = r"(?<![\w.,:])\d{1,2}(?:[.:]\d\d)?"
    clock = rf"{hour}{_SPACE}?{clock_pattern(words.language)}|{_CLOCK}"
    named = "".join(sorted({name[0] for name in words.months | words.months_short | words.weekdays}))
    # Where none of this stands nothing can begin; to try all readings at each character takes three times as long.
    opening = rf"(?=[\d{sign_openings()}+−-]|(?<!\w)[A-Z{named}])"
    return re.compile(
        rf"{opening}(?:(?P<date>{'|'.join([*dates, _NUMERIC_DATE])})|(?P<clock>{clock})|(?P<number>{number}))",
        re.IGNORECASE,
    )


def _calendar(names: frozenset[str], words: Lexicon) -> str:
    """Months or weekdays, longest first; with a capital where the language writes one ("may" is no month)."""
    order = sorted(names, key=lambda n: (-len(n), n))
    if words.language == "uk":
        return _any(order)
    return f"(?-i:{_any(n.capitalize() for n in order)})"


def _any(forms: Iterable[str]) -> str:
    """Any of some forms, in their order among those with the same first letter, which is looked at once."""
    rests: dict[str, list[str]] = {}
    for form in forms:
        rests.setdefault(re.escape(form[0]), []).append(re.escape(form[1:]))
    return "|".join(f"{first}(?:{'|'.join(tails)})" for first, tails in rests.items()) or "(?!)"
