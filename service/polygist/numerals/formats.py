"""How languages write numbers, after CLDR: reading digits and marks, and writing them in another language's way."""

import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError

# A value in canonical form: no leading zero, no grouping, "." before a fraction, which has no trailing zero.
Value = str

# Those that stand inside numbers and before a unit.
SPACES = " \u00a0\u202f\u2009"
_LONGEST = 40
_MARK = re.compile(r"([^0-9])")
_PERCENT = re.compile(r"0(\s*)%")
# Languages that write "5%" and "5 %": CLDR has the former, Ukrainian orthography and most translators the latter.
_EITHER_PERCENT = frozenset({"uk"})
# What groups digits in no language otherwise than in thousands.
_PLAIN_GROUPS = frozenset("\u00a0\u202f\u2009'’")


class Digits(NamedTuple):
    """A number in digits, read in one way: those before and after the decimal mark, and the marks ("" for none)."""

    whole: str
    fraction: str = ""
    group: str = ""
    decimal: str = ""

    @property
    def value(self) -> Value:
        return canonical(self.whole, self.fraction)


class Format(NamedTuple):
    """A language's marks: before a fraction, between groups of three digits, between a number and "%" (None: there is
    no one way)."""

    decimal: str
    group: str
    percent: str | None

    def fits(self, digits: Digits) -> bool:
        """Whether a number is surely to be read so in this language: its marks are the language's, or could mean
        nothing else."""
        if digits.group and digits.decimal:
            return True
        grouped = digits.group in {"", self.group, *_PLAIN_GROUPS} or (digits.group == " " and self.group.isspace())
        return grouped and digits.decimal in {"", self.decimal}

    def written(self, digits: Digits, *, grouped: bool) -> str:
        """The same digits in this format.

        >>> Format(",", ".", None).written(Digits("1000", "50"), grouped=True)
        '1.000,50'
        """
        whole = digits.whole
        if grouped:
            first = (len(whole) - 1) % 3 + 1
            whole = self.group.join([whole[:first], *(whole[i : i + 3] for i in range(first, len(whole), 3))])
        return f"{whole}{self.decimal}{digits.fraction}" if digits.fraction else whole


@cache
def format_of(language: str) -> Format | None:
    """The format of a language (BCP-47 primary subtag); None where CLDR has none, or groups otherwise than by three."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
    if locale.decimal_formats[None].grouping != (3, 3):
        return None
    symbols = locale.number_symbols["latn"]
    percent = None if language in _EITHER_PERCENT else _PERCENT.search(locale.percent_formats[None].pattern)
    return Format(symbols["decimal"], symbols["group"], percent[1] if percent else None)


def readings(number: str) -> list[Digits]:
    """All ways to read digits with marks between them as one number; none for "1.2.3" and "10:30".

    >>> [digits.value for digits in readings("1.234")]
    ['1234', '1.234']
    """
    parts = _MARK.split(number)
    groups, marks = parts[::2], parts[1::2]
    if not marks:
        return [Digits(number)]
    *head, last = marks
    found = []
    if len(set(marks)) == 1 and last not in ":/" and is_grouped(groups):
        found.append(Digits("".join(groups), group=last))
    plain = not head or (len(set(head)) == 1 and head[0] not in f"{last}:/")
    if last in ".," and plain and is_grouped(groups[:-1]):
        found.append(Digits("".join(groups[:-1]), groups[-1], head[0] if head else "", last))
    return found


@lru_cache(maxsize=5_000)
def _value_in(number: str, language: str) -> Decimal | None:
    found = values_in("".join(str(int(c)) if c.isdecimal() else c for c in number), language)
    return Decimal(found[0]) if len(found) == 1 else None


def value_in(number: str, language: str) -> Decimal | None:
    """The value of digits in a text of a language; None where they may be read in two ways, or are over 40.

    >>> value_in("1.234", "en"), value_in("1.234", "de"), value_in("1.234", "uk")
    (Decimal('1.234'), Decimal('1234'), None)
    """
    return _value_in(number, language) if len(number) <= _LONGEST else None


def values_in(number: str, language: str | None) -> list[Value]:
    """The values that ASCII digits with marks may have in a text of a language: those that fit its format, or all where
    none does.

    >>> values_in("1,234", "de"), values_in("1,234", None)
    (['1.234'], ['1234', '1.234'])
    """
    found = readings(number)
    form = format_of(language) if language else None
    return [d.value for d in found if form is None or form.fits(d)] or [d.value for d in found]


def is_grouped(groups: list[str]) -> bool:
    """Whether the groups make one whole number: ["1", "000"] and any single group do."""
    return len(groups) == 1 or (
        len(groups[0]) <= 3 and not groups[0].startswith("0") and all(len(g) == 3 for g in groups[1:])
    )


def canonical(whole: str, fraction: str = "") -> Value:
    """The value of digits before and after a decimal mark."""
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole
