"""Days, months and years that a text names by their distance from its own day: 'yesterday', 'am vergangenen Freitag',
'минулого року'."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from polygist.types import Span

_DAY = re.compile(r"(?:(\d{4})|-)-(\d\d)-(\d\d)")
_WORD_BEFORE = re.compile(r"(?<![^\W\d_])([^\W\d_]++)\s*+$")
_WORD_AFTER = re.compile(r"\s++([^\W\d_]++)")
_NEAR = 24  # code points in which a neighbouring word lies
# A day without a year may be one of a common year or of a leap year.
_ANY_YEARS = (2023, 2024)
_WAYS = ("days", "months", "years", "ago", "last", "coming", "said")


@dataclass(frozen=True)
class _Words:
    """The phrases of a language, see relative.toml."""

    days: Mapping[str, int]
    months: Mapping[str, int]
    years: Mapping[str, int]
    ago_before: list[str]
    ago_after: list[str]
    numbers: Mapping[str, int]
    last: list[str]
    coming: list[str]
    said: list[str]
    on: list[str]
    between: int
    weekdays: list[str]
    not_after: list[str]
    not_before: list[str]
    exact: list[str]


def relative_dates(text: str, span: Span, language: str, day: str) -> Iterator[tuple[Span, str]]:
    """Where text[span] names a day, month or year by its distance from `day`, and which in ISO 8601.

    `day` is '2025-03-06', or '--03-06' where the year is not known: then years and what weekdays tell are left out, and
    the others have no year either. What may be two days is left out: 'next Friday', 'last Friday' on a Saturday.

    On 2025-03-06 'yesterday' -> '2025-03-05', 'last month' -> '2025-02', 'im vergangenen Jahr' -> '2024'
    """
    days = _days(day)
    if not days:
        return
    words = _words(language)
    for match in _pattern(language).finditer(text, *span):
        way = next(way for way in _WAYS if match[way])
        if not _is_figure_of_speech(text, match, words):
            results = {_iso(match, way, d, words) for d in days}
            if day.startswith("-"):
                results = set(map(_without_year, results))
            if len(results) == 1 and (result := results.pop()):
                yield Span(*match.span("on_said" if way == "said" else way)), result


def _days(day: str) -> list[date]:
    """What a day may be."""
    found, made = _DAY.fullmatch(day), list[date]()
    if not found:
        return made
    for year in [int(found[1])] if found[1] else _ANY_YEARS:
        with suppress(ValueError):  # 29 February in a common year, or no day at all
            made.append(date(year, int(found[2]), int(found[3])))
    return made


def _without_year(result: str) -> str:
    """'2025-03-05' -> '--03-05', '2025' -> ''."""
    return "-" + result[4:] if len(result) > 4 else ""


def _iso(match: re.Match[str], way: str, day: date, words: _Words) -> str:
    phrase = _plain(match[way])
    match way:
        case "days":
            return _after(day, words.days[phrase])
        case "ago":
            number = _plain(match["number"])
            return _after(day, -(int(number) if number.isdigit() else words.numbers[number]))
        case "months":
            month = 12 * day.year + day.month - 1 + words.months[phrase]
            return f"{month // 12:04}-{month % 12 + 1:02}"
        case "years":
            return f"{day.year + words.years[phrase]:04}"
        case _:
            return _after(day, _to_weekday(way, day.weekday(), _weekdays(words)[_plain(match[f"on_{way}"])]))


def _to_weekday(way: str, today: int, wanted: int) -> int | None:
    """Days to a weekday; None where it may be one of two."""
    if way == "coming":
        return (wanted - today) % 7 or 7
    back = (today - wanted) % 7
    if way == "said":
        return -back
    return None if 0 < back <= today else -(back or 7)  # of this week, or of the last


def _after(day: date, days: int | None) -> str:
    try:
        return "" if days is None else (day + timedelta(days)).isoformat()
    except OverflowError:
        return ""


def _is_figure_of_speech(text: str, match: re.Match[str], words: _Words) -> bool:
    """'Leaders of tomorrow', 'the last year of his term'; an exact phrase in another case, 'am Morgen'."""
    before = _WORD_BEFORE.search(text[max(0, match.start() - _NEAR) : match.start()])
    after = _WORD_AFTER.match(text[match.end() : match.end() + _NEAR])
    if _plain(match[0]) in words.exact and not match[0].islower():
        return True
    if before and not match["said"] and before[1].casefold() in words.not_after:
        return True
    return bool(after and not match["days"] and after[1].casefold() in words.not_before)


def _plain(phrase: str) -> str:
    return " ".join(phrase.casefold().replace("’", "'").replace("ʼ", "'").split())


@cache
def _words(language: str) -> _Words:
    raw = tomllib.loads(files(__package__).joinpath("relative.toml").read_text(encoding="utf-8"))
    folded: dict[str, Any] = {
        k: {_plain(p): n for p, n in v.items()} if isinstance(v, dict) else v for k, v in raw[language].items()
    }
    return _Words(**folded)


def _weekdays(words: _Words) -> dict[str, int]:
    """The number of each form, Monday is 0."""
    return {form: n for n, forms in enumerate(words.weekdays) for form in _plain(forms).split()}


@cache
def _pattern(language: str) -> re.Pattern[str]:
    words = _words(language)
    weekdays = _any(_weekdays(words))
    ways = {name: _any(getattr(words, name)) for name in ("days", "months", "years")}
    number = rf"(?P<number>\d{{1,2}}|{_any(words.numbers)})"
    ways["ago"] = rf"{_any(f'{b} ' if b else '' for b in words.ago_before)}{number}\s{_any(words.ago_after)}"
    for name in ("last", "coming"):
        ways[name] = rf"{_any(getattr(words, name))}\s(?P<on_{name}>{weekdays})"
    gap = rf"(?:\s[^\W\d_]++){{0,{words.between}}}?"
    ways["said"] = rf"{_any(words.said)}{gap}\s{_any(words.on)}\s(?P<on_said>{weekdays})"
    either = "|".join(f"(?P<{way}>{ways[way]})" for way in _WAYS)
    return re.compile(rf"(?<![\w'’ʼ-])(?:{either})(?![\w'’ʼ-])", re.IGNORECASE)


def _any(phrases: Iterable[str]) -> str:
    """One of some phrases, the longest first, with any apostrophe and any space."""
    escaped = (re.escape(p).replace("\\ ", r"\s").replace("'", "['’ʼ]") for p in sorted(phrases, key=len, reverse=True))
    return f"(?:{'|'.join(escaped)})"
