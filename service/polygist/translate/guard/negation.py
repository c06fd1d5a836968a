"""Is a statement denied on one side only?

Negation words are looked for on both sides, as in the negation tests of contrastive translation sets (Sennrich,
"How Grammatical is Character-level Neural Machine Translation?", EACL 2017). Words are not counted: Ukrainian says no
twice where English says it once, and a language may put a denial into a prefix (un-, -los, не-) or into a word such as
"hardly", "statt", "крім". Such words excuse a side that has no other.
"""

import tomllib
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from polygist.translate.guard import dictionary
from polygist.translate.guard.forms import Forms
from polygist.translate.guard.side import Side

_LONGEST = 40
_SHORTEST_DENIED = 4


class _Lexicon(NamedTuple):
    """The words of a language that say no, those that may stand for it, prefixes that deny the word after them, the
    words around a no that make it none, phrases that say no without such a word, and those that may be put either way.
    """

    strong: Forms
    weak: Forms
    prefixes: tuple[str, ...]
    before: frozenset[str]
    bounds: Forms
    near: frozenset[str]
    tags: frozenset[str]
    denials: tuple[str, ...]
    either: tuple[str, ...]


def mismatch(source: Side, target: Side) -> bool:
    """Whether one side says no and nothing on the other side can stand for it.

    "He did not come." -> "Er kam." True, "Er kam nie." False, "Er blieb fern." False.
    """
    if source.language not in _lexicons() or target.language not in _lexicons():
        return False
    said, again = _denies(source), _denies(target)
    if said == again:
        return False
    loud, silent = (source, target) if said else (target, source)
    return not _excused(silent, loud)


def _denies(side: Side) -> bool:
    """Whether a text says no ("No. 5" does not, nor do "not only" and "no matter")."""
    lexicon, text = _lexicons()[side.language], _phrase(side.words)
    for phrase in lexicon.either:
        text = text.replace(phrase, " , ")
    words = text.split()
    return any(phrase in text for phrase in lexicon.denials) or any(
        (lexicon.strong.has(word) or (side.language == "en" and word.endswith("n't")))
        and not (at and words[at - 1] in lexicon.before)
        and not _is_bound(lexicon, word, words[at + 1 : at + 3], side)
        for at, word in enumerate(words)
    )


def _is_bound(lexicon: _Lexicon, word: str, after: Sequence[str], side: Side) -> bool:
    """Whether the one or two words after a no make it none."""
    following, second = (*after, "", "")[:2]
    return (
        lexicon.bounds.has(following)
        or lexicon.bounds.has(f"{following}_{second}")
        or second in lexicon.near
        or (word == "no" and following.isdigit())
        or (following in lexicon.tags and not second and side.bare.rstrip().endswith("?"))
    )


def _excused(silent: Side, loud: Side) -> bool:
    """Whether a word of the text that does not say no may stand for the no of the other one.

    A word that the other one has as well ("but", "aber") stands for nothing else; not so where both may be translated
    from English.
    """
    lexicon = _lexicons()[silent.language]
    english = "en" in (silent.language, loud.language)
    matched = frozenset[int]().union(*map(_links, loud.words)) if english else frozenset[int]()
    text = _phrase(silent.words)
    return any(phrase in text for phrase in lexicon.either) or any(
        (lexicon.weak.has(word) and _links(word).isdisjoint(matched))
        or _is_denied(word, lexicon.prefixes, silent.language)
        for word in silent.words
    )


def _is_denied(word: str, prefixes: tuple[str, ...], language: str) -> bool:
    """Whether a word is another one with a prefix that denies it: "unable", "unmöglich", "неможливо"."""
    return any(
        word.startswith(prefix)
        and len(word) - len(prefix) >= _SHORTEST_DENIED
        and any(dictionary.knows(form, language) for form in (word[len(prefix) :], word[len(prefix) :].capitalize()))
        for prefix in prefixes
    )


def _links(word: str) -> frozenset[int]:
    """The rows of words that translate each other in which a word stands."""
    return _known_links(word) if len(word) <= _LONGEST else frozenset()


@lru_cache(maxsize=20_000)
def _known_links(word: str) -> frozenset[int]:
    return frozenset(row for row, forms in enumerate(_rows()) if forms.has(word))


@cache
def _rows() -> tuple[Forms, ...]:
    data = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return tuple(map(Forms.of, data["links"]["rows"]))


@cache
def _lexicons() -> dict[str, _Lexicon]:
    data = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return {
        language: _Lexicon(
            strong=Forms.of(lists["strong"]),
            weak=Forms.of(lists["weak"]),
            prefixes=tuple(lists["prefix"].split()),
            before=frozenset(lists["before"].split()),
            bounds=Forms.of(lists["bounds"]),
            near=frozenset(lists["near"].split()),
            tags=frozenset(lists["tags"].split()),
            denials=tuple(_phrase(phrase.split()) for phrase in lists["denials"]),
            either=tuple(_phrase(phrase.split()) for phrase in lists["either"]),
        )
        for language, lists in data["negation"].items()
    }


def _phrase(words: Iterable[str]) -> str:
    """Words as a text in which they can be found."""
    return f" {' '.join(words)} "
