"""Did a name vanish in a translation, or appear from nowhere?

A name is found again when a word on the other side sounds like it, or is listed as its equal in another language
(Germany, Deutschland, Німеччина). Only words that can hardly be anything but names are looked for: capitals inside a
sentence that no dictionary has as a word, and listed names. Acronyms differ by language and are left out; one that the
other side spells out excuses the names that begin with its letters.
"""

import re
import tomllib
from collections import defaultdict
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from polygist.translate.guard import dictionary
from polygist.translate.guard.side import Side, Token
from polygist.translate.guard.sounds import alike, begins_alike, is_initial, is_long, is_part, skeleton

_SHORTEST = 4
_LONGEST, _LONGEST_NAME = 25, 80
# Letters that are enough to know a word again by, and the most of an acronym.
_BEGIN = 5
_ACRONYM = 6
_MOST_TOKENS = 400
# Names, each of which is compared with each word of the other side: a text with so many pairs is a list of names.
_MOST_PAIRS = 2_500
# The part of the consonants that may differ in a word with a capital.
_TOLERANCE = 0.42
# Endings of adjectives and of common nouns that a dictionary may lack.
_UKRAINIAN_WORD = re.compile(
    r"(?:(?:[сцз]ьк|[нвчтрд])(?:ий|ого|ому|им|ім|ої|ій|ою|их|ими|і)|ська|ську|ське|цька|цьку"
    r"|(?:графі|логі|аці|изаці)[яїюєй]|(?:ур|ств|ізм|ист)[аиуіо]|ість|ості|(?:ан|ен)н[яюі]|у[єю]ть|ує|[юу]вати|[єю]ть?ся|[ає]но)\Z"
    r"|\Aнай\w{4}"
)
# Endings of German nouns that a dictionary may lack.
_GERMAN_WORD = re.compile(r"\w{5}(?:ung|heit|keit|schaft|tion|ität)(?:s|en)?\Z|\w{5}ismus\Z")
_BRACKETED = re.compile(r"\([^()]*+\)")
# The fewest letters of a German compound with a name in it: Nordtirol.
_COMPOUND = 8
# Beginnings of offices and the like in one word: Міноборони, Держдума.
_UKRAINIAN_OFFICE = re.compile(r"(?:держ|нац|мін|ген|рад|обл|спец|мед|євро)[бвгґджзйклмнпрстфхцчшщео]\w{2}")


def mismatch(source: Side, target: Side) -> bool:
    """Whether a name of one side is missing on the other.

    "Scholz met Trump." -> "Шольц зустрівся з Трампом." False; "Шольц зустрівся з ним." True.
    """
    if max(len(source.tokens), len(target.tokens)) > _MOST_TOKENS:
        return False
    return bool(lost(target, source)) or any(_is_alien(name, source, target) for name in lost(source, target))


def _is_alien(name: str, source: Side, target: Side) -> bool:
    """Whether a name that the target alone has is no explanation, such as the first name of a "Tesla".

    An explanation stands beside another name, or makes names more.
    """
    if is_listed(name) or is_place(name):
        return True
    if sum(t.marked for t in target.tokens) > sum(t.marked for t in source.tokens):
        return False
    capitals = [False, *(t.capital for t in target.tokens), False]
    return not any(
        token.folded.startswith(name) and (before or after)
        for before, token, after in zip(capitals, target.tokens, capitals[2:], strict=False)
    )


def is_listed(word: str) -> bool:
    """Whether a word in small letters is a name that dictionaries take for an ordinary word: "trump"."""
    return word in _data().listed or word.removesuffix("s") in _data().listed


def is_place(word: str) -> bool:
    """Whether a word in small letters is of a name that goes by other words in other languages: "bavarians"."""
    return bool(_rows(word, missed=True))


def lost(here: Side, there: Side) -> list[str]:
    """The names of `there`, in small letters, that are not `here`; none where that takes too long to find out."""
    names = _names(there if there.text.count("(") <= here.text.count("(") else _unbracketed(there))
    if not names or len(names) * len(here.tokens) > _MOST_PAIRS:
        return []
    place = _Place(_rows_of(here), _capitals(here), frozenset(here.words), here.language == "de")
    initials = "".join(_acronyms(here)) if len(_acronyms(here)) > len(_acronyms(there)) else ""
    return [n for n in names if not _stands(n, place) and not any(is_initial(letter, n) for letter in initials)]


def _unbracketed(side: Side) -> Side:
    """The text without what stands in brackets, where a translator explains: "Еймс (штат Айова)"."""
    return Side(_BRACKETED.sub("()", side.text), side.language)


def _acronyms(side: Side) -> list[str]:
    """The words of two to six capitals (also "D.C."), but for those that stand for a country: "SNP", not "USA"."""
    singles = [a.text + b.text for a, b in pairwise(side.tokens) if len(a.text) == len(b.text) == 1]
    parts = [part for t in side.tokens for part in t.text.split("-") if 2 <= len(part) <= _ACRONYM]
    return [word for word in (*singles, *parts) if word.isalpha() and word.isupper() and not _rows(word.lower())]


class _Place(NamedTuple):
    """What a name may be found in: rows of exonyms, words that may be names, and all words; German has compounds."""

    rows: frozenset[int]
    capitals: frozenset[str]
    words: frozenset[str]
    german: bool


def _stands(name: str, place: _Place) -> bool:
    """Whether a name is in a text."""
    if name in place.words or not place.rows.isdisjoint(_rows(name)):
        return True
    if any(begins_alike(name, word, _BEGIN) or alike(name, word, _TOLERANCE) for word in place.capitals):
        return True
    if place.german and any(len(word) >= _COMPOUND and is_part(name, word) for word in place.words):
        return True
    # Short words that no capital marks as names are alike too often.
    return any(
        begins_alike(name, word, _BEGIN) or ((begins_alike(name, word) or is_long(name, word)) and alike(name, word))
        for word in place.words
    )


def _capitals(side: Side) -> frozenset[str]:
    """Words that may be names, their parts between hyphens, and two as one (Hong Kong, Гонконг)."""
    found = {t.folded for t in side.tokens if t.marked or not _is_ordinary(t.folded, side.language)}
    pairs = {a.folded + b.folded for a, b in pairwise(side.tokens) if a.capital and b.capital}
    parts = {part for word in found if "-" in word for part in word.split("-")}
    return frozenset(found | pairs | parts)


def _is_ordinary(word: str, language: str) -> bool:
    """Whether a dictionary has a word in small letters, and no name is listed that is written like it."""
    if is_listed(word) or _rows(word) or not dictionary.knows(word, language):
        return False
    return dictionary.base(word, language)[:1].islower()


def _names(side: Side) -> list[str]:
    """The words of a text that are surely names, folded."""
    if side.is_heading and side.language == "en":
        return []
    found = []
    for token in side.tokens:
        word = _without_genitive(token.folded)
        if token.capital and _SHORTEST <= len(word) <= _LONGEST and _is_name(word, token, side):
            found.append(word)
    return found


def _is_name(word: str, token: Token, side: Side) -> bool:
    if token.text[1:].lower() != token.text[1:] or not word.isalpha() or len(skeleton(word)) < 2:
        return False
    if is_listed(word) or is_place(word):
        return not token.initial or side.language != "uk"
    if token.initial or not dictionary.covers(side.language):
        return False
    if side.language == "de":
        return _is_german_name(word)
    if side.language == "uk":
        return not word.isascii() and _is_ukrainian_name(word)
    return not dictionary.knows(word, "en")


def _is_ukrainian_name(word: str) -> bool:
    """Whether a Ukrainian word with a capital is known as a name, or unknown and unlike an adjective or an office."""
    if _UKRAINIAN_OFFICE.match(word) or not _rows(word).isdisjoint(_data().common):
        return False
    if dictionary.knows(word, "uk"):
        return dictionary.base(word, "uk")[:1].isupper()
    return not _UKRAINIAN_WORD.search(word)


def _is_german_name(word: str) -> bool:
    """Whether a German word with a capital is no noun: neither it nor its halves stand in the dictionary."""
    if _GERMAN_WORD.search(word) or dictionary.knows(word, "en"):
        return False
    if any(dictionary.knows(form, "de") for form in _german_forms(word)):
        return False
    return not any(dictionary.knows(form, "de") for at in range(3, len(word) - 2) for form in _german_forms(word[at:]))


def _german_forms(word: str) -> tuple[str, ...]:
    noun = word.capitalize()
    return word, noun, noun.removesuffix("s"), noun.removesuffix("n"), noun.removesuffix("en")


def _rows_of(side: Side) -> frozenset[int]:
    """The rows of exonyms that the words of a text stand in, also inside a compound (Südafrika, Ost-Texas)."""
    words = map(_without_genitive, side.words)
    return frozenset(row for word in words for row in (*_rows(word), *_inner_rows(word[:_LONGEST])))


def _without_genitive(word: str) -> str:
    """An English word without its genitive's 's."""
    return word.removesuffix("'s").removesuffix("'")


@lru_cache(maxsize=20_000)
def _inner_rows(word: str) -> frozenset[int]:
    return frozenset(
        row for at in range(1, len(word) - 3) for row in _rows(word[at:]) if len(word) - at > 4 or word[at - 1] == "-"
    )


def _rows(word: str, *, missed: bool = False) -> frozenset[int]:
    """The rows of exonyms that a word stands in; with `missed` only where its absence counts."""
    return _known_rows(word, missed) if len(word) <= _LONGEST_NAME else frozenset()


@lru_cache(maxsize=20_000)
def _known_rows(word: str, missed: bool) -> frozenset[int]:
    stems = _data().missed if missed else _data().stems
    rows = set(stems.get(word, ()))
    for size in range(2, min(len(word), 15) + 1):
        rows |= stems.get(word[:size] + "*", frozenset())
    return frozenset(rows)


class _Data(NamedTuple):
    """Stems and the rows of exonyms they stand in, those of them whose absence counts, the rows without any such, and
    the listed names."""

    stems: dict[str, frozenset[int]]
    missed: dict[str, frozenset[int]]
    common: frozenset[int]
    listed: frozenset[str]


@cache
def _data() -> _Data:
    data = tomllib.loads(files(__package__).joinpath("names.toml").read_text(encoding="utf-8"))
    stems: dict[str, set[int]] = defaultdict(set)
    missed: dict[str, set[int]] = defaultdict(set)
    for row, line in enumerate(data["exonyms"]):
        firm, _, loose = line.partition("|")
        for stem in firm.split():
            missed[stem].add(row)
        for stem in (*firm.split(), *loose.split()):
            stems[stem].add(row)
    return _Data(
        {stem: frozenset(rows) for stem, rows in stems.items()},
        {stem: frozenset(rows) for stem, rows in missed.items()},
        frozenset(row for row, line in enumerate(data["exonyms"]) if line.startswith("|")),
        frozenset(data["listed"].split()),
    )
