"""Numbers in words: 'three hundred and fifty', 'zweieinhalb Millionen', 'двадцять п’ять'."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

# What the patterns take for an apostrophe or, without regard to case, for an i, and str.casefold() does not.
_ALIKE = str.maketrans("’ʼıİ", "''ii")
_VAGUE = re.compile(r"(?<![^\W\d_])([^\W\d_]++)\s$")
_LONGEST_WORD, _LONGEST_REMEMBERED = 24, 40
# A word, or what stands between the apostrophes (one of which is a letter to Unicode) and hyphens of one.
_PART = re.compile(r"[^\W_ʼ]++")


class Spelled(NamedTuple):
    """A number in words: where it stands, its value, and the scale word that it ends in (1: none)."""

    start: int
    end: int
    value: Decimal
    scale: Decimal = Decimal(1)


@dataclass(frozen=True, eq=False)  # one for a language, and a key of what is remembered
class Words:
    """The number words of a language as patterns; see spelled.toml. `opening` is how the first word of one begins."""

    adds: Mapping[str, Decimal]
    halves: Mapping[str, Decimal]
    times: Mapping[str, Decimal]
    alone: frozenset[str]
    vague: frozenset[str]
    link: str
    piece: re.Pattern[str]
    run: re.Pattern[str]
    scale: str
    opening: re.Pattern[str]

    def power(self, form: str) -> Decimal:
        """What a scale word or its abbreviation multiplies by: 'Mrd.' -> 10^9."""
        return self.times[_folded(form).removesuffix(".")]


def number_words(language: str) -> Words | None:
    """The number words of a BCP-47 primary subtag; None where there are none here."""
    return _words().get(language)


def spelled(text: str, start: int, end: int, words: Words) -> Iterator[Spelled]:
    """The numbers in words of text[start:end]; also 'a' and 'ein', whose value 1 the caller may not want.

    >>> [str(n.value) for n in spelled("three hundred and fifty", 0, 23, number_words("en"))]
    ['350']
    """
    for run in runs_of(text, start, end, words):
        at = run.start()
        vague = _VAGUE.search(text, max(0, at - _LONGEST_WORD), at)
        is_vague = vague is not None and _folded(vague[1]) in words.vague
        short = len(run[0]) <= _LONGEST_REMEMBERED
        found = _remembered_numbers(run[0], is_vague, words) if short else _numbers(run[0], is_vague, words)
        for number in found:
            yield Spelled(at + number.start, at + number.end, number.value, number.scale)


def runs_of(text: str, start: int, end: int, words: Words) -> Iterator[re.Match[str]]:
    """The runs of number words in text[start:end], as words.run.finditer finds them, which tries all forms everywhere.

    "two or thirty-one" -> "two", "thirty-one".
    """
    done = start
    for part in _PART.finditer(text, start, end):
        if _may_open(part[0][:_LONGEST_WORD], words) and part.start() >= done:
            run = words.run.match(text, part.start(), end)
            if run:
                done = run.end()
                yield run


@lru_cache(maxsize=20_000)
def _may_open(part: str, words: Words) -> bool:
    """Whether a number may begin with a part of a word."""
    return words.opening.match(part) is not None


class _Sum:
    """A number in the making: whole groups up to the last scale word, and the group since."""

    def __init__(self) -> None:
        self.total, self.group = Decimal(0), Decimal(0)
        self.last = Decimal(10) ** 15
        self.begun = self.empty = False

    @property
    def value(self) -> Decimal:
        return self.total + self.group

    @property
    def scale(self) -> Decimal:
        return self.last if self.total and not self.group else Decimal(1)

    def add(self, value: Decimal, linked: bool) -> bool:
        """Take a value where it fits: 20 + 5, 100 + 20, 5 and 20 where the language links them so."""
        rest = self.group % 100
        fits = (
            (not self.begun)
            or (rest == 0 and value < 100 and value == int(value))
            or (rest >= 20 and rest % 10 == 0 and 0 < value < 10)
            or (linked and 0 < rest < 10 and value >= 20 and value % 10 == 0 and value < 100)
            or (self.group == 0 and value < self.last)
        )
        if fits:
            self.group, self.begun = self.group + value, True
        return fits

    def add_half(self, value: Decimal) -> bool:
        """Take 'and a half' after ones."""
        fits = 0 < self.group < 1000 and self.group == int(self.group)
        if fits:
            self.group += value
        return fits

    def multiply(self, factor: Decimal, alone: bool) -> bool:
        """Multiply the group; where there is none the word stands for one, if it may."""
        if factor >= self.last or (self.group == 0 and not alone):
            return False
        group = self.group or Decimal(1)
        if factor <= 100:
            if group >= 100:
                return False
            self.group = group * factor
        else:
            self.total, self.group, self.last = self.total + group * factor, Decimal(0), factor
        self.begun = True
        return True


def _numbers(run: str, is_vague: bool, words: Words) -> tuple[Spelled, ...]:
    """The numbers of a run by their places in it; the first has no value where what stands before is vague."""
    found: list[Spelled] = []
    made, start, end = _Sum(), 0, 0
    for piece in words.piece.finditer(run):
        form = _folded(" ".join(piece[0].split()))
        linked = bool(words.link) and words.link in run[end : piece.start()]
        if not _take(made, form, linked, words):
            if made.begun and not is_vague:
                found.append(Spelled(start, end, made.value, made.scale))
            made, start, is_vague = _Sum(), piece.start(), False
            if not _take(made, form, False, words):
                start, is_vague = piece.end(), True  # "hundreds of": no value
                continue
        end = piece.end()
    if made.begun and not is_vague:
        found.append(Spelled(start, end, made.value, made.scale))
    return tuple(found)


_remembered_numbers = lru_cache(maxsize=5_000)(_numbers)


def _take(made: _Sum, form: str, linked: bool, words: Words) -> bool:
    if form in words.times:
        return made.multiply(words.times[form], form in words.alone)
    if form in words.halves:
        return made.add_half(words.halves[form])
    return made.add(words.adds[form], linked)


def _folded(form: str) -> str:
    return form.translate(_ALIKE).casefold()


@cache
def _words() -> dict[str, Words]:
    data = tomllib.loads(files(__package__).joinpath("spelled.toml").read_text(encoding="utf-8"))
    return {language: _made(raw) for language, raw in data.items()}


def _made(raw: dict[str, Any]) -> Words:
    adds, halves, times, short = (_values(raw[key]) for key in ("adds", "halves", "times", "short"))
    inner = "" if "und" in raw["link"] else r"(?!\w)"
    written = [form for key in ("adds", "halves", "times") for forms in raw[key].values() for form in forms]
    piece = rf"(?:{_any(written)}){inner}"
    run = rf"(?<!\w)(?<!\d[-–]){piece}(?:{raw['gap']}{piece})*+(?!\w|['’ʼ][^\W\d_])"
    return Words(
        adds=adds,
        halves=halves,
        times=times | {form.removesuffix("."): value for form, value in short.items()},
        alone=frozenset(raw["alone"]),
        vague=frozenset(raw["vague"]),
        link=raw["link"],
        piece=re.compile(piece, re.IGNORECASE),
        run=re.compile(run, re.IGNORECASE),
        scale=_any([*times, *short]),
        opening=re.compile(rf"(?:{_any({_PART.findall(form)[0] for form in written})}){inner}", re.IGNORECASE),
    )


def _values(table: Mapping[str, Iterable[str]]) -> dict[str, Decimal]:
    return {_folded(form): Decimal(value) for value, forms in table.items() for form in forms}


def _any(forms: Iterable[str]) -> str:
    """Any of the forms, the longest first, with any space and apostrophe; a final stop where the sentence goes on."""
    return "|".join(map(_pattern, sorted(forms, key=lambda f: (-len(f), f))))


def _pattern(form: str) -> str:
    body = re.escape(form.removesuffix(".")).replace(r"\ ", r"\s").replace("'", "['’ʼ]")
    return body + (r"(?:\.(?=\s[\w€$£₴]))?" if form.endswith(".") else "")
