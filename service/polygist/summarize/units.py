"""What a number counts: per cent, money, units of CLDR, or the things that a noun after it names."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from babel import Locale
from babel.units import format_unit

from polygist.summarize import morphology
from polygist.summarize.lexicon import LANGUAGES, lexicon
from polygist.summarize.words import base_form, folded, is_known
from polygist.types import FigureKind

_REGIONS = {"en": ("en", "en_GB"), "de": ("de",), "uk": ("uk",)}
_COUNTS = (1, 2, 5, Decimal("1.5"))
_CODES = r"(?<!\w)(?:USD|EUR|GBP|UAH|CHF|JPY|CNY|PLN|CZK|RUB|CAD|AUD)"
_AMOUNT = re.compile(r"[\d.,\s\u00a0\u202f]+")
_SPACE = r"[ \u00a0\u202f]"
_GAP = re.compile(r"[ \u00a0\u202f\r\n]{0,2}")
_GOES_ON = re.compile(r"\s[^\W\d_]")
_JOINED = re.compile(r"[-‑]([^\W\d_]++)")
_PART = re.compile(r"°?[^\W\d_]++(?:['’ʼ-][^\W\d_]++)*+[²³]?(?:[/·][^\W\d_]++[²³]?)?\.?|°")
_LONGEST_UNIT, _MODIFIERS, _LONGEST_SYMBOL, _SHORT_WORD = 3, 2, 3, 2
_ENGLISH_PLURALS = frozenset({"people", "men", "women", "children", "police", "troops", "lives", "staff", "personnel"})
_GERMAN_ENDINGS = ("e", "en", "er", "es", "em")


class Unit(NamedTuple):
    """What was found: where it ends, its kind, its id ("" for none), and what the number is multiplied by."""

    end: int
    kind: FigureKind
    id: str
    factor: Decimal = Decimal(1)


@dataclass(frozen=True)
class Units:
    """The units of one language: names by the dictionary forms of their words, symbols as they are written."""

    language: str
    names: dict[tuple[str, ...], str]
    symbols: dict[str, str]
    money: re.Pattern[str]
    currencies: dict[str, tuple[str, Decimal]]
    percent: re.Pattern[str]

    def after(self, text: str, at: int, stop: int) -> Unit | None:
        """What stands right after a number that ends at `at`; None where nothing tells."""
        amount = self.amount(text, at, stop)
        if amount:
            return amount
        joined = _JOINED.match(text, at, stop)
        if joined:
            unit = self._known(joined[1])
            return Unit(joined.end(), FigureKind.NUMBER, unit) if unit else None
        start = _start(text, at, stop)
        return self._unit(text, start, stop, apart=start > at)

    def amount(self, text: str, at: int, stop: int) -> Unit | None:
        """Per cent or money right after a number that ends at `at`."""
        start = _start(text, at, stop)
        match = self.percent.match(text, start, stop)
        if match:
            return Unit(match.end(), FigureKind.PERCENT, "‰" if match[0] == "‰" else "%")
        match = self.money.match(text, start, stop)
        return Unit(match.end(), FigureKind.MONEY, *self.currency(match[0])) if match else None

    def currency(self, form: str) -> tuple[str, Decimal]:
        """The ISO 4217 code of a currency's name or sign, and the share of it that one is: 'Cent' -> EUR, 0.01."""
        key = " ".join(form.casefold().split()).removesuffix(".")
        return self.currencies.get(key, (form.upper(), Decimal(1)))

    def _unit(self, text: str, start: int, stop: int, *, apart: bool) -> Unit | None:
        parts: list[re.Match[str]] = []
        for match in _PART.finditer(text, start, min(stop, start + 80)):
            between = text[parts[-1].end() : match.start()] if parts else text[start : match.start()]
            if len(parts) == _LONGEST_UNIT or (between.strip(" \u00a0\u202f\n") if parts else between):
                break
            parts.append(match)
        for n in range(len(parts), 0, -1):
            written = " ".join(m[0] for m in parts[:n])
            end = parts[n - 1].end()
            if written.endswith(".") and not (written in self.symbols and _GOES_ON.match(text, end)):
                written, end = written[:-1], end - 1
            found = self._known(written)
            if found:
                return Unit(end, FigureKind.NUMBER, found)
        counted = self._counted(parts, text) if apart else ""
        return Unit(start, FigureKind.NUMBER, counted) if counted else None

    def _known(self, form: str) -> str:
        return self.symbols.get(form) or self.names.get(self._key(form.split()), "")

    def _key(self, parts: Iterable[str]) -> tuple[str, ...]:
        return tuple(base_form(p, self.language) for p in parts)

    def _counted(self, parts: list[re.Match[str]], text: str) -> str:
        """The dictionary form of the noun that is counted, after up to two adjectives; "" where it is not plain."""
        adjective = ""
        for match in parts[: _MODIFIERS + 1]:
            word = match[0]
            low = folded(word.removesuffix("."))
            if low in _words("parts", self.language):
                return ""
            if low in _words("passed", self.language):
                continue
            if low in _not_counted(self.language):
                break
            plain = word.removesuffix(".")
            if _is_noun(plain, self.language):
                return _singular(plain, self.language)
            if not _is_adjective(plain, self.language):
                break
            adjective = morphology.adjective(plain) if self.language == "uk" else ""
            if word.endswith("."):
                break
        return adjective


def _start(text: str, at: int, stop: int) -> int:
    """Where what follows a number begins."""
    gap = _GAP.match(text, at, stop)
    return gap.end() if gap else at


def _is_noun(word: str, language: str) -> bool:
    low = folded(word)
    if language == "en":
        plural = low in _ENGLISH_PLURALS or (low.endswith("s") and not low.endswith(("ss", "us", "'s")))
        return (plural and word == low and low != base_form(low, "en")) or low in _ENGLISH_PLURALS
    if language == "de":
        return word[0].isupper()
    return word == low and is_known(low, "uk") and morphology.noun(word) != "" and not _is_adjective(word, "uk")


def _is_adjective(word: str, language: str) -> bool:
    if language == "en":
        return True
    if language == "de":
        return word[0].islower() and word.endswith(_GERMAN_ENDINGS)
    return word[0].islower() and morphology.adjective(word).endswith(("ий", "ій"))


def _singular(word: str, language: str) -> str:
    low = folded(word)
    if language == "en":
        return {"people": "person", "men": "man", "women": "woman", "lives": "life"}.get(low, base_form(low, "en"))
    return morphology.noun(word) if language == "uk" else base_form(word, language).capitalize()


@cache
def _not_counted(language: str) -> frozenset[str]:
    words = lexicon(language)
    return words.stop_words | words.determiners | words.saying_verbs | words.months | words.weekdays


@cache
def units(language: str) -> Units:
    """The units of a BCP-47 primary subtag; those of English where the language has none here."""
    code = language if language in LANGUAGES else "en"
    data = _data()
    names: dict[tuple[str, ...], str] = {}
    symbols: dict[str, str] = {}
    for form, unit in _forms(code, data):
        if len(form) <= _SHORT_WORD and form in lexicon(code).stop_words:
            continue  # "in" is hardly ever an inch
        symbols.setdefault(form, unit)
        symbols.setdefault(form.removesuffix("."), unit)
        if len(form) > _LONGEST_SYMBOL:
            names.setdefault(tuple(base_form(p, code) for p in form.split()), unit)
    currencies = {
        _key(form): (currency, share)
        for table, share in ((data["currencies"], Decimal(1)), (data["subunits"], Decimal("0.01")))
        for currency, forms in table[code].items()
        for form in forms
    }
    currencies |= {_key(sign): (currency, Decimal(1)) for sign, currency in data["signs"].items()}
    signs = "|".join(map(re.escape, sorted((s for s in data["signs"] if not s[0].isalnum()), key=len, reverse=True)))
    worded = _any(f for table in (data["currencies"], data["subunits"]) for fs in table[code].values() for f in fs)
    return Units(
        code,
        names,
        symbols,
        re.compile(rf"US\$|{signs}|{_CODES}(?!\w)|(?:{worded})(?!\w)", re.IGNORECASE),
        currencies,
        re.compile(rf"[%‰]|(?:{_any(data['percent'][code])})(?!\w)", re.IGNORECASE),
    )


def sign_pattern() -> str:
    """A sign or code of a currency before a number."""
    signs = sorted(_data()["signs"], key=len, reverse=True)
    apart = [(r"(?<!\w)" if sign[0].isalpha() else "") + re.escape(sign) for sign in signs]
    return rf"(?:{_CODES}|{'|'.join(apart)})"


def sign_openings() -> str:
    """The signs that a currency before a number may begin with, for a character class; others begin with A to Z."""
    return re.escape("".join(sorted({sign[0] for sign in _data()["signs"] if not sign[0].isalpha()})))


def _key(form: str) -> str:
    return form.casefold().removesuffix(".")


def _any(forms: Iterable[str]) -> str:
    ordered = sorted(forms, key=lambda f: (-len(f), f))
    return "|".join(
        re.escape(f.removesuffix(".")).replace(r"\ ", r"\s") + (r"(?:\.(?=\s\w))?" if f.endswith(".") else "")
        for f in ordered
    )


def _forms(code: str, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every way in which the language writes a unit, and the unit's id without its kind: 'km' -> 'kilometer'."""
    for unit, forms in data["more"][code].items():
        for form in forms:
            yield form, unit
    for region in _REGIONS[code]:
        locale = Locale.parse(region)
        for unit in data["cldr"]:
            for length in ("long", "short"):
                for count in _COUNTS:
                    form = _AMOUNT.sub("", format_unit(count, unit, length, locale=locale), count=1)
                    yield form.replace("\u00a0", " ").strip(), unit.split("-", 1)[1]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("units.toml").read_text(encoding="utf-8"))


def ranges(language: str) -> dict[str, list[str]]:
    """The words around the ends of a range."""
    found: dict[str, list[str]] = _data()["range"][language if language in LANGUAGES else "en"]
    return found


def approximations(language: str) -> frozenset[str]:
    """Words before a number that make it no year."""
    return _words("about", language)


def before_years(language: str) -> frozenset[str]:
    """Words after which a number before a noun is a year."""
    return _words("dated", language)


def singular_articles(language: str) -> dict[str, list[str]]:
    """By the ending of the adjective after a number, the words before it that make both singular."""
    found: dict[str, list[str]] = _data()["singular"][language]
    return found


def clock_pattern(language: str) -> str:
    """What makes the number before it a time of the day."""
    return rf"(?:{_any(_data()['clock'].get(language, ())) or '(?!)'})(?!\w)"


@cache
def _words(table: str, language: str) -> frozenset[str]:
    return frozenset(w.casefold() for w in _data()[table].get(language, ()))
