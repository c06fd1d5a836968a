"""Are the numbers of a text in its translation? Compared by value, however either language writes them.

A number has readings: "1.234" is 1.234 in English and 1234 in German, "10 p.m." is 10 or 22. It is matched when the
values of one reading all stand on the other side, in digits or as a word ("three", "dritte", "травня").
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from polygist.numerals import formats
from polygist.numerals.formats import SPACES, Value, canonical
from polygist.numerals.months import MONTHS
from polygist.numerals.spelled import Spelled, number_words, spelled
from polygist.translate import clock

# The values that a number consists of, read in one way: 10:30 -> ("10", "30").
Reading = tuple[Value, ...]

# Separators are inside only; a space or an apostrophe only between three-digit groups.
_NUMBER = re.compile(
    rf"\d{{1,3}}(?:[{SPACES}]\d{{3}}(?!\d))+(?:[.,]\d+)?|\d{{1,3}}(?:['’]\d{{3}}(?!\d))+(?:[.,]\d+)?|\d+(?:[.,:]\d+)*"
)
_GROUP = re.compile(r"\D")
# Digits that may go without a trace: CO₂, km², m3, 24/7.
_SCRIPTED = re.compile(r"[²³¹⁰⁴-⁹₀-₉]")
_IGNORED = re.compile(r"(?<!\w)24/7(?!\w)|(?<![^\W\d_])(?:[kcdm]?m|[кдсм]?м)[23](?!\w)")
# The one of "1/4" and "1 in 3", which words for these do not say: "чверть", "jeder Dritte".
_PART = re.compile(r"(?<![\w/.,])1\s?(?:/|(?:in|out of|von|з|із|зі)\s)\s?\d{1,2}+(?![\w/.,:]\d)")
_ONE = frozenset({("1",)})
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
_FRACTION = re.compile(r"(?<=\d)\s?([½¼¾])")
_WORD = re.compile(r"[^\W\d_]+")
_APOSTROPHES = re.compile(r"(?<=[^\W\d_])['’ʼ](?=[яюєї])", re.IGNORECASE)
_ROMAN = re.compile(r"(?<!\w)[IVXL]{1,7}(?!\w)")
_CYRILLIC_ROMAN = str.maketrans("ІХ", "IX")
_DECADE = re.compile(r"(?:['’]?s\b|er[ns]?\b|-?[ерийхті]{1,2}\b|\s?-?\s?(?:роках|роки|рр)\b)", re.IGNORECASE)
_RANGE_END = re.compile(r"(?:1[0-9]|20)\d\d\s?[-–—/]\s?$")
_DATE_TAIL = re.compile(r"\.(?=\s|$)|\.?\s?[-–]")

# Small values that a language without number words here may write in letters.
_SMALL = frozenset(str(n) for n in range(13))
_MONTHS = _HOURS = _SMALL - {"0"}
# Words for less go by many names: "eine", "both", "a trio".
_LEAST_SPELLED = 4
# "Geben Sie acht" says nothing of eight.
_AMBIGUOUS = frozenset({"acht"})
# That a year of two digits may be of.
_CENTURIES = ("18", "19", "20")
# What joins the parts of a word: "fünfundzwanzig", "двадцятип'ятирічний".
_LINKS = ("und", "и")


class _Meaning(NamedTuple):
    """What a word may say: values, and powers of ten that it multiplies the number before it by."""

    values: frozenset[Value]
    scales: frozenset[int]


class _Lexicon(NamedTuple):
    """Number words: forms that are whole words, forms that words begin with, and the months (as they are written)."""

    whole: dict[str, _Meaning]
    begins: dict[str, _Meaning]
    longest: int
    months: dict[str, frozenset[Value]]


class _Numbers(NamedTuple):
    """What a text says: its numbers by their readings, those in words, all values it may mean, and its scale words'
    powers of ten."""

    readings: list[frozenset[Reading]]
    spelled: Set[Value]
    values: Set[Value]
    scales: Set[int]


def mismatch(source: str, target: str, language: str, source_language: str | None = None) -> bool:
    """Whether a number of `source` is missing in `target`, its translation into `language`, or one was added.

    Made to be right when it fires. Values are compared as sets, not counted: a number said twice may well be said once.
    Digits are never missed where the other side has a word or a Roman numeral for them. Two number words are compared
    from 4 on. A scale word is no part of a value, but "15 тис." is 15,000. For a language without number words here,
    its words are not compared and 0 to 12 may be missing in its text; `source_language` None is taken for one that has
    them.

    >>> mismatch("It cost $5.2bn in 2024.", "Es kostete 2024 5,2 Mrd. Dollar.", "de")
    False
    >>> mismatch("It cost $5.2 million.", "Коштувало 52 мільйони.", "uk")
    True
    """
    words = [number_words(code or "") for code in (source_language, language)]
    exact = [
        list(spelled(t, 0, len(t), w)) if w and all(words) else [] for t, w in zip((source, target), words, strict=True)
    ]
    if not (any(exact) or _NUMBER.search(source) or _NUMBER.search(target)):
        return False  # as most sentences
    said, written = _numbers(source, source_language, exact[0]), _numbers(target, language, exact[1])
    known = _languages()
    return _lacks(written, said, frozenset() if language in known else _SMALL) or _lacks(
        said, written, frozenset() if source_language is None or source_language in known else _SMALL
    )


def _lacks(here: _Numbers, there: _Numbers, excused: frozenset[Value]) -> bool:
    """Whether a number of `there` has no reading whose values are all `here`."""
    scales = here.scales | there.scales
    scales |= {a - b for a in scales for b in scales if a > b}  # 1.2 trillion are 1,200 billion

    def has(value: Value) -> bool:
        return (
            value in here.values
            or value in excused
            or any(_shifted(value, by) in here.values for power in scales for by in (power, -power))
        )

    digits = all(any(all(map(has, reading)) for reading in number) for number in there.readings)
    return not (digits and all(map(has, there.spelled)))


def readings(text: str, language: str | None = None) -> list[frozenset[Reading]]:
    """The numbers of a text in their order, each with all the ways to read it (in the language, where it is given).

    >>> [sorted(r) for r in readings("1.234 or 2:1")]
    [[('1.234',), ('1234',)], [('2', '1')]]
    >>> [sorted(r) for r in readings("1.234", "de")]
    [[('1234',)]]
    """
    text = _FRACTION.sub(lambda m: _FRACTIONS[m[1]], _IGNORED.sub("", text))
    return [_read(text, m, language) for m in _NUMBER.finditer(text)]


def _read(text: str, match: re.Match[str], language: str | None) -> frozenset[Reading]:
    token = "".join(str(int(c)) if c.isdecimal() else c for c in match.group())
    groups, signs = _GROUP.split(token), [" " if s in SPACES else s for s in _GROUP.findall(token)]
    plain = tuple(map(canonical, groups))
    is_hour = clock.WORD.match(text, match.end()) is not None
    if not signs:
        return frozenset(_single(text, match, token, is_hour))
    found: set[Reading] = {(value,) for value in formats.values_in(token, language)}
    dated = len(groups) == 3 and all(s == "." for s in signs) and len(groups[0]) < 3 and len(groups[1]) < 3
    if dated and len(groups[2]) == 2:
        found |= {(*plain[:2], century + groups[2]) for century in _CENTURIES}
    timed = (
        set(signs) <= {":", "."}
        and len(groups[1]) == 2
        and len(groups[0]) < 3
        and int(groups[0]) < 25
        and int(groups[1]) < 60
    )
    day = len(groups[0]) < 3 and plain[1] in _MONTHS and _DATE_TAIL.match(text, match.end()) is not None
    pair = len(groups) == 2 and signs[0] == "." and (timed or day)
    if not found or dated or pair or " " in signs:
        found.add(plain)
    if timed and (":" in signs or is_hour):
        minutes = plain[1:] if any(p != "0" for p in plain[1:]) else ()
        found |= {(hour, *minutes) for hour in (plain[0], *clock.other(plain[0]))}
    return frozenset(found)


def _single(text: str, match: re.Match[str], digits: str, is_hour: bool) -> Iterator[Reading]:
    """A number without separators: also an hour, 1200 GMT, the year that "the 90s" or "2014-20" means."""
    value = canonical(digits)
    yield (value,)
    if is_hour and len(digits) <= 2:
        yield from ((hour,) for hour in clock.other(value))
    if len(digits) == 4 and (is_hour or digits.startswith("0")):
        hour, minutes = canonical(digits[:2]), canonical(digits[2:])
        yield from ((h,) if minutes == "0" else (h, minutes) for h in (hour, *clock.other(hour)))
    decade = digits.endswith("0") and _DECADE.match(text, match.end())
    if len(digits) == 4 and decade and digits.endswith("00"):
        yield (str(int(digits[:2]) + 1),)  # the 1900s: the 20th century
    if len(digits) == 2 and (decade or _RANGE_END.search(text, max(0, match.start() - 8), match.start())):
        yield from ((century + digits,) for century in _CENTURIES)


def _shifted(value: Value, power: int) -> Value:
    """The value times ten to the `power`."""
    whole, _, fraction = value.partition(".")
    if power >= 0:
        fraction = fraction.ljust(power, "0")
        return canonical(whole + fraction[:power], fraction[power:])
    whole = whole.rjust(-power, "0")
    return canonical(whole[:power], whole[power:] + fraction)


def _numbers(text: str, language: str | None, exact: Sequence[Spelled]) -> _Numbers:
    said = readings(text, language)
    hours = {m.start(1): m[1] for m in clock.TOWARDS.finditer(text)}
    certain = {
        _value(n)
        for n in exact
        if n.value >= _LEAST_SPELLED and text[n.start : n.end] not in _AMBIGUOUS and n.start not in hours
    }
    values = {v for number in said for reading in number for v in reading}
    named = {v for word in hours.values() for meaning in _meanings(word.casefold()) for v in meaning.values & _HOURS}
    values |= {value for hour in named for value in clock.before(hour)}
    if _PART.search(text):
        said = [number for number in said if number != _ONE]
    values |= {str(unicodedata.digit(c)) for c in _SCRIPTED.findall(text)}
    values |= {_roman(r) for r in _ROMAN.findall(text.translate(_CYRILLIC_ROMAN))}
    spelt: set[Value] = set()
    scales: set[int] = set()
    for word in _WORD.findall(_APOSTROPHES.sub("", text)):
        values |= _lexicon().months.get(word, frozenset())
        for meaning in _meanings(word.casefold().replace("ß", "ss")):
            spelt |= meaning.values
            scales |= meaning.scales
    tens = [t for t in spelt if len(t) == 2 and t[1] == "0"]
    units = [u for u in spelt if len(u) == 1 and u != "0"]
    values |= spelt | {t[0] + u for t in tens for u in units} | {_value(n) for n in exact}
    return _Numbers(said, certain, values, scales)


def _value(number: Spelled) -> Value:
    return canonical(*f"{number.value:f}".split("."))


def _meanings(word: str) -> Iterator[_Meaning]:
    """What a case-folded word says: "five" -> 5, "fünfundzwanzig" -> 5, 20."""
    lexicon, at = _lexicon(), 0
    if word in lexicon.whole:
        yield lexicon.whole[word]
    while at < len(word):
        for size in range(min(lexicon.longest, len(word) - at), 1, -1):
            form = word[at : at + size]
            if form in lexicon.begins:
                yield lexicon.begins[form]
                at += size
                break
        else:
            return
        at += next((len(link) for link in _LINKS if word.startswith(link, at)), 0)


def _roman(numeral: str) -> Value:
    """The value of a numeral in I, V, X and L: "XIX" -> "19"."""
    digits = [{"I": 1, "V": 5, "X": 10, "L": 50}[c] for c in numeral]
    return str(sum(-d if d < after else d for d, after in zip(digits, [*digits[1:], 0], strict=True)))


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("numbers.toml").read_text(encoding="utf-8"))


@cache
def _languages() -> frozenset[str]:
    """The languages with number words."""
    return frozenset(_data()) - {"scales"}


@cache
def _lexicon() -> _Lexicon:
    values: defaultdict[str, set[Value]] = defaultdict(set)
    scales: defaultdict[str, set[int]] = defaultdict(set)
    for table, rows in _data().items():
        for key, forms in rows.items():
            for form in forms:
                if table == "scales":
                    scales[form.replace("ß", "ss")].add(int(key))
                else:
                    values[form.replace("ß", "ss")].add(key)
    meanings = {f: _Meaning(frozenset(values[f]), frozenset(scales[f])) for f in [*values, *scales]}
    begins = {form[:-1]: meaning for form, meaning in meanings.items() if form.endswith("*")}
    return _Lexicon(
        whole={form: meaning for form, meaning in meanings.items() if not form.endswith("*")},
        begins=begins,
        longest=max(map(len, begins)),
        months={form: frozenset({str(month)}) for form, month in MONTHS.items()},
    )
