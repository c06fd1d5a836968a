"""Where, when and by whom a report was filed, as it stands before the first sentence: 'KYIV, March 3 (Reuters) —'."""

import re
from functools import cache

from polygist.document.moments import Head, day
from polygist.document.phrases import alternatives, phrases

_LONGEST = 120
_PARENTHESIS = 80
_CAPITALS = "".join(c for c in map(chr, (*range(0x250), *range(0x386, 0x530), *range(0x1E00, 0x1F00))) if c.isupper())
_BARE_LANGUAGES = ("de",)
_DASHED = re.compile(r"\s[—–-]\s|[.!?]\s")
_ACRONYM = 4


def dateline(text: str, language: str, *, opening: bool) -> Head | None:
    """The dateline that a paragraph opens with: 'Berlin (dpa) - Der Bundestag …' -> Head(12, 15).

    A place needs an agency or a day beside it. Without them it counts only where it opens the article (`opening`), is
    written in capitals ('LONDON — Ten people …') or is German ('Wien – Rapid hat …'), a capital letter or figure
    follows, and no second dash soon after makes the first one that of a parenthesis.
    """
    match = _filed().match(text[:_LONGEST])
    if match is None or match.end() >= len(text):
        return None
    head = Head(match.end("words"), match.end())
    if _is_filed(match):
        return head
    return (
        head if opening and not match["day"] and _is_place(match["place"], language) and _goes_on(text, head) else None
    )


def is_dateline(text: str) -> bool:
    """Whether a line is a dateline and nothing else: 'Київ, 3 березня (Укрінформ)', 'Berlin, den 3. März' -> True."""
    match = _filed().fullmatch(text + " ") if len(text) <= _LONGEST else None
    return match is not None and match["place"] is not None and _is_filed(match)


def _is_filed(match: re.Match[str]) -> bool:
    """Whether there is an agency, or a place and after a comma a day: "On March 3 —" and "March 3 —" are content."""
    return match["agency"] is not None or (match["place"] is not None and (match["day"] or "").startswith(","))


def _is_place(place: str | None, language: str) -> bool:
    """Whether words can be a place although nothing beside them says so."""
    if place is None or place.casefold() in _no_places():
        return False
    return language in _BARE_LANGUAGES or (place.isupper() and len(place) >= _ACRONYM)


@cache
def _no_places() -> frozenset[str]:
    return frozenset(map(str.casefold, phrases("no_places")))


def _goes_on(text: str, head: Head) -> bool:
    """Whether a sentence begins after a dash with space on both sides."""
    first, dash = text[head.rest], _DASHED.search(text, head.rest, head.rest + _PARENTHESIS)
    begins = text[head.words] == " " and (first.isupper() or first.isdigit())
    return begins and (dash is None or dash[0].strip() in {".", "!", "?"})


@cache
def _filed() -> re.Pattern[str]:
    """Place, region, day, agency, and what sets them off. It is tried on _LONGEST code points, never on whole texts."""
    word = rf"[{_CAPITALS}][\w'’ʼ.-]*+"
    place = rf"{word}(?:\s(?:(?:{alternatives('particles')})\s)?{word}){{0,3}}"
    agency = rf"(?:{alternatives('agencies')})"
    agencies = rf"{agency}(?:\s?[/,;-]\s?(?:{agency}|\w{{2,4}}))*"
    return re.compile(
        rf"(?P<words>(?P<place>{place}(?:\s?/\s?{place}){{0,3}})?(?:,\s{place}){{0,2}}"
        rf"(?P<day>(?:(?<=\w),\s?|(?<=[\w.])\s|^)(?:{day()}))?"
        rf"(?P<agency>\s?\(\s?(?i:{agencies})(?:,\s?{day()})?\s?\)|\.?\s(?i:{agencies})(?=\s?[—–|-]|\.\s))?)"
        r"(?:\s?[—–]{1,2}\s?|\s-{1,2}\s|-{1,2}\s|\s?\|\s|(?(agency)[.:]?\s|(?(day):?\s(?=$)|(?!))))"
    )
