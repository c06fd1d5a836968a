"""Ukrainian word forms: names in the nominative, nouns in the singular. The dictionary is read at first use."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import pymorphy3

from polygist import lemmas
from polygist.summarize.words import remembered

_LONGEST_WORD = 40


def nominatives(form: str, *, feminine: bool, kind: str) -> list[str]:
    """What a form of a name may be in the nominative, in small letters, the likeliest first.

    `kind` is 'Surn' or 'Name': 'Левченкові' -> ['левченко'], 'Стефанишиною' (feminine) -> ['стефанишина'].
    """
    return list(_nominatives(form, feminine, kind))


@remembered
def _nominatives(form: str, feminine: bool, kind: str) -> tuple[str, ...]:
    found = [_nominative(p, feminine) for p in _parses(form) if _fits(p, feminine, kind)]
    return tuple(dict.fromkeys(n for n in found if n))


def gender(first_name: str, surname: str) -> str:
    """'m' or 'f' of a person whose first name and surname agree in case, '' where both or neither may be.

    'Юлія Савченко' -> 'f': a man's surname would be 'Савченка' beside the genitive of 'Юлій'.
    """
    return _gender(first_name, surname) if len(surname) <= _LONGEST_WORD else ""


@remembered
def _gender(first_name: str, surname: str) -> str:
    found = {}
    for code, feminine in (("m", False), ("f", True)):
        first, last = (
            {p.tag.case for p in _parses(form) if _fits(p, feminine, kind)}
            for form, kind in ((first_name, "Name"), (surname, "Surn"))
        )
        found[code] = (first & last, "nomn" in first & last)
    best = max(found, key=lambda code: (found[code][1], len(found[code][0]) > 0))
    worst = "f" if best == "m" else "m"
    is_one = found[best][0] and (not found[worst][0] or found[best][1] != found[worst][1])
    return best if is_one else ""


@remembered
def bases(word: str) -> frozenset[str]:
    """The dictionary forms that a word may be of; none for one that the dictionary lacks."""
    return frozenset(p.normal_form for p in _parses(word) if p.is_known)


@remembered
def adjective(word: str) -> str:
    """The dictionary form of an adjective or participle in any case, '' for what can be none: 'опитаних'."""
    return next((p.normal_form for p in _parses(word) if p.tag.POS == "ADJF"), "")


@remembered
def is_surname(word: str) -> bool:
    """Whether a word is a surname, and else at most the adjective of a place: 'Зеленський'; 'Мороз' -> False."""
    found = [p for p in _parses(word) if p.is_known]
    others = [p for p in found if "Surn" not in p.tag]
    return len(others) < len(found) and all(p.normal_form.endswith(("ський", "цький", "зький")) for p in others)


@remembered
def is_singular(word: str) -> bool:
    """Whether a noun or adjective is singular, whatever it is a form of, and no genitive: 'компанія', 'захоплений'."""
    tags = [p.tag for p in _parses(word) if p.is_known]
    return bool(tags) and all(t.POS in ("NOUN", "ADJF") and t.number != "plur" and t.case != "gent" for t in tags)


@remembered
def noun(word: str) -> str:
    """The dictionary form of a noun in any case, '' for what can be none: 'голи' -> 'гол', 'людина' -> 'людина'."""
    return next((p.normal_form for p in _parses(word) if p.tag.POS == "NOUN" and "Surn" not in p.tag), "")


def _fits(parse: pymorphy3.analyzer.Parse, feminine: bool, kind: str) -> bool:
    tag = parse.tag
    is_kind = kind in tag or (kind == "Surn" and tag.POS == "ADJF" and parse.normal_form.endswith(("ий", "ій")))
    return is_kind and tag.number != "plur" and tag.gender in (None, "femn" if feminine else "masc")


def _nominative(parse: pymorphy3.analyzer.Parse, feminine: bool) -> str:
    if parse.tag.POS != "ADJF":
        return str(parse.normal_form)
    made = parse.inflect({"nomn", "sing", "femn" if feminine else "masc"})
    return str(made.word) if made else ""


def _parses(word: str) -> Iterator[pymorphy3.analyzer.Parse]:
    return iter(_parsed(word) if len(word) <= _LONGEST_WORD else ())


@lru_cache(maxsize=20_000)
def _parsed(word: str) -> tuple[pymorphy3.analyzer.Parse, ...]:
    # pymorphy3 asks each letter for its name, and some that no language here is written in have none: Tangut's.
    named = all(unicodedata.name(letter, "") for letter in word if letter.isalpha())
    return tuple(lemmas.analyzer("uk").parse(word)) if named else ()
