"""A sentence without words that it can do without: an opening connective, a parenthesis.

What is left is the words of the sentence in their order. Who says something is never dropped: a claim would become a
fact.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from polygist.summarize.fitness import is_dependent
from polygist.summarize.lexicon import lexicon
from polygist.summarize.marks import MARKS
from polygist.summarize.words import WORD, folded

_LONGEST = 1_000  # code points of a sentence that is looked at
_FEWEST_WORDS = 6  # that are left
_SUBJECT_WORDS = 4  # before an inserted word
_QUOTED = re.compile(f'[{MARKS}"“”„«»]')
# After a letter: an abbreviation, or a number with at most two words.
_ABBREVIATION = r"(?:[^\W\d_]*[^\W\d_a-zа-яіїєґäöü]){2}[^\W_]*"
_AMOUNT = r"[$€£]?\d[\d.,:]*+[^\W\d_]*+(?: [^\W\d_]++){0,2}"
_PARENTHESIS = re.compile(rf"(?<=[^\W\d]) \((?=[^()]{{1,30}}\))(?:{_ABBREVIATION}|{_AMOUNT})\)(?=[ .,;:!?])")
_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True)
class _Rules:
    """What a language drops; see lexicons/compression.toml."""

    openers: re.Pattern[str] = _NEVER
    conjunctions: re.Pattern[str] = _NEVER
    inserted: re.Pattern[str] = _NEVER
    adverbs: re.Pattern[str] = _NEVER
    followers: frozenset[str] = frozenset()
    never_before: frozenset[str] = frozenset()
    never_beside: frozenset[str] = frozenset()
    nouns_are_capital: bool = False


def shorten(text: str, language: str) -> str:
    """A sentence on one line, shortened where that leaves it grammatical and standing alone; else as it is.

    'However, the town council (TC) voted for it on Friday.' -> 'The town council voted for it on Friday.' Its words
    are a subsequence of those of `text`, but for a capital at the start.
    """
    rules = _rules(language.split("-")[0])
    if rules is None or len(text) > _LONGEST:
        return text
    short = _without_opener(text, language, rules)
    if not _QUOTED.search(text):
        short = _without_insertion(_without_adverb(_without_parentheses(short, language), rules), rules)
    return short if short != text and len(WORD.findall(short)) >= _FEWEST_WORDS else text


def _without_opener(text: str, language: str, rules: _Rules) -> str:
    """Without an opening connective, where the rest does not lean on its neighbours."""
    opener = rules.openers.match(text)
    if opener is None:
        opener = rules.conjunctions.match(text)
        if opener is None or not _may_follow(text[opener.end() :], rules):
            return text
    rest = text[opener.end() :]
    if is_dependent(rest, lexicon(language)):
        return text
    return rest[:1].upper() + rest[1:]


def _may_follow(rest: str, rules: _Rules) -> bool:
    """Whether a sentence may begin with what follows a conjunction."""
    first = WORD.match(rest)
    if first is None:
        return False
    word = folded(first[0])
    if not rules.followers:
        return word not in rules.never_before
    after = rest[first.end() :].lstrip(" ")[:1]
    return rest[0].isupper() or (word in rules.followers and (after.isupper() or not rules.nouns_are_capital))


def _without_parentheses(text: str, language: str) -> str:
    """Without abbreviations and numbers in parentheses; one after a pronoun says who is meant, 'they (PSG)'."""
    if "(" not in text:
        return text
    pronouns = lexicon(language).pronouns

    def kept(match: re.Match[str]) -> str:
        before = WORD.findall(text[max(0, match.start() - 40) : match.start()])[-1:]
        return match[0] if any(folded(w) in pronouns for w in before) else ""

    return _PARENTHESIS.sub(kept, text)


def _without_insertion(text: str, rules: _Rules) -> str:
    """'The mayor, however, disagreed.' -> 'The mayor disagreed.'"""
    found = rules.inserted.search(text)
    if found is None or sum(1 for _ in WORD.finditer(text, 0, found.start())) > _SUBJECT_WORDS:
        return text
    return text[: found.start()] + " " + text[found.end() :]


def _without_adverb(text: str, rules: _Rules) -> str:
    """'Der Rat lehnte jedoch ab.' -> 'Der Rat lehnte ab.'"""
    found = rules.adverbs.search(text)
    if found is None:
        return text
    before = WORD.findall(text[: found.start()])[-1:]
    after = WORD.findall(text[found.end() : found.end() + 60])[:1]
    beside = {folded(w) for w in (*before, *after)}
    return text if not rules.never_beside.isdisjoint(beside) else text[: found.start()] + text[found.end() :]


@cache
def _rules(language: str) -> _Rules | None:
    raw = tomllib.loads(files(__package__).joinpath("lexicons", "compression.toml").read_text(encoding="utf-8"))
    if language not in raw:
        return None
    return _Rules(**{f.name: _value(f.name, raw[language]) for f in fields(_Rules) if f.name in raw[language]})  # type: ignore[arg-type]


_SHAPES = {
    "openers": r"(?:{}), (?=\w)",
    "conjunctions": r"(?:{}),? (?=\w)",
    "inserted": r", (?:{}), (?=[^\W\d])",
    "adverbs": r"(?<=\w) (?:{})(?= [^\W\d])",
}


def _value(name: str, raw: Mapping[str, Sequence[str] | bool]) -> re.Pattern[str] | frozenset[str] | bool:
    words = raw[name]
    if isinstance(words, bool):
        return words
    if name not in _SHAPES:
        return frozenset(words)
    flags = re.IGNORECASE if name in ("openers", "conjunctions") else 0
    return re.compile(_SHAPES[name].format("|".join(sorted(map(re.escape, words), key=len, reverse=True))), flags)
