"""Which numbers are years, by the words around them."""

import re
from collections.abc import Callable, Mapping

from polygist.summarize import morphology
from polygist.summarize.units import Unit, approximations, before_years, singular_articles
from polygist.summarize.words import base_form, is_known, word_before
from polygist.types import Span

_YEARS = re.compile(r"(?:1[5-9]|20)\d\d(?:[-–](?:(?:1[5-9]|20)\d\d|\d\d))?")
_WORD_AFTER = re.compile(r"[ \u00a0\u202f\r\n]{1,2}([^\W\d_]++)")
_MOST_WORDS = 3
# German nouns with these endings may be plural in the form that the dictionary has.
_GERMAN_PLURALS = ("e", "er", "en", "el", "s", "chen", "lein")


def is_year(text: str, number: Span, unit: Unit | None, language: str) -> bool:
    """Whether a number without signs is a year, or two ('2014–18'); `unit` is what was found to be counted.

    A noun after it is counted unless it can't be: 'the 1998 floods', 'die 1968 gebaute Brücke', 'заснована 2000
    компанія' have years; '1968 workers' has none.
    """
    before = word_before(text, number.start)
    if not _YEARS.fullmatch(text, *number) or before in approximations(language):
        return False
    if unit is None:
        return True
    if text[number.end : unit.end].strip():  # a unit of measurement, or money
        return False
    rule = _RULES.get(language)
    return rule is not None and rule(text[slice(*number)], before, _words_after(text, number.end))


def _words_after(text: str, at: int) -> list[str]:
    found: list[str] = []
    while len(found) < _MOST_WORDS and (match := _WORD_AFTER.match(text, at)):
        found.append(match[1])
        at = match.end()
    return found


def _english(written: str, before: str, after: list[str]) -> bool:
    """English parts the thousands of what it counts: 'the 1998 floods', but '1,998 workers', and 'the 2000 workers'."""
    return before in before_years("en") and not written.endswith("00")


def _german(written: str, before: str, after: list[str]) -> bool:
    """A participle between year and noun, and the noun, or the article before, is singular."""
    if before in before_years("de"):
        return True
    at = next((i for i, word in enumerate(after) if word[0].isupper()), 0)
    if at == 0:
        return False
    noun, adjective = after[at], after[at - 1]
    is_base = base_form(noun, "de") == noun.casefold() and is_known(noun, "de")
    if is_base and len(noun) > 3 and not noun.endswith(_GERMAN_PLURALS):
        return True
    articles = singular_articles("de")
    # "das 2000 deutsche Soldaten tötete": after these an article may be a pronoun.
    return any(before in articles[end] and adjective.endswith(end) and (is_base or end != "e") for end in articles)


def _ukrainian(written: str, before: str, after: list[str]) -> bool:
    """Numbers take the plural, but for those that end in 1."""
    ends_in_one = written.endswith("1") and not written.endswith("11")
    return not ends_in_one and bool(after) and morphology.is_singular(after[0])


_RULES: Mapping[str, Callable[[str, str, list[str]], bool]] = {"en": _english, "de": _german, "uk": _ukrainian}
