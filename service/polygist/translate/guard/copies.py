"""Did the text, or a word of it, come back untranslated?

A name may well stay as it is, so a copied word counts only where the dictionary has it as an ordinary word of the
source language and not of the target's. Words that are only put into the letters of another alphabet are copies, too.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from polygist.translate.guard import dictionary, sounds
from polygist.translate.guard.names import is_listed, is_place
from polygist.translate.guard.side import Side

_SHORTEST = 4
# In a text of so few words shorter ones count, where all sound like the source.
_FEW, _SHORTER = 3, 3
_FEWEST = 4
# Words that sound like their source by chance come alone.
_FEWEST_LIKE = 2
# So many words of either side tell what it sounds like; to compare more of them takes too long.
_MOST_COMPARED = 20
# A few words between quotation marks may be quoted as they are.
_QUOTED = re.compile(r"[\"“„«](\w+(?: \w+){0,2})\W?[\"“”»]")


def untranslated(source: Side, target: Side) -> bool:
    """Whether the target is, or has in it, a copy of the source that is no name.

    "Broader Implications" -> "Broader Implications" True; "Volodymyr Zelensky" -> "Volodymyr Zelensky" False.
    """
    if source.language == target.language or not source.words:
        return False
    if source.words == target.words:
        return _is_copy(source, target)
    if source.cyrillic != target.cyrillic and _transliterated(source, target):
        return True
    return any(_plain(word, source, target) for word in _shared(source, target)) or _mostly_kept(source, target)


def _transliterated(source: Side, target: Side) -> bool:
    """Whether half of the words are those of the source in other letters: "Біжи щодуху" -> "Bizhi shcho-dukhu".

    Such a word is none of the target's language, and sounds like an ordinary one of the source. Of two or three words
    all have to sound like that, and one to be none of the language.
    """
    if not dictionary.covers(source.language) or not dictionary.covers(target.language):
        return False
    few = len(target.tokens) <= _FEW
    least = _SHORTER if few else _SHORTEST
    long = [t for t in target.tokens if len(t.text) >= least][:_MOST_COMPARED]
    strange = [t for t in long if _is_strange(t.folded, target)]
    if not strange or len(long) < _FEWEST_LIKE or (not few and 2 * len(strange) < len(long)):
        return False
    ordinary = {
        t.folded
        for t in source.tokens[: 2 * _MOST_COMPARED]
        if not t.marked and len(t.text) >= least and dictionary.knows(t.folded, source.language)
    }
    like = [t for t in (long if few else strange) if any(sounds.alike(word, t.folded) for word in ordinary)]
    enough = len(like) == len(long) if few else len(like) >= _FEWEST_LIKE and 2 * len(like) >= len(long)
    return enough and any(not t.marked for t in like)


def _mostly_kept(source: Side, target: Side) -> bool:
    """Whether more than half of the words are those of the source, and a small one of them is none of either language.

    That is what becomes of misspelt ones: "Teh presidnet of Ukrane vsited Berln." -> "Teh presidnet der Ukrane vs.
    Berln."
    """
    known = set(source.words)
    kept = [t for t in target.tokens if t.folded in known]
    if target.cyrillic or len(target.tokens) < _FEWEST or 2 * len(kept) <= len(target.tokens):
        return False
    return any(
        t.text.islower()
        and len(t.text) >= _SHORTEST
        and not any(dictionary.knows(t.folded, s.language) for s in (source, target))
        for t in kept
        if t.text.isalpha()
    )


def _shared(source: Side, target: Side) -> Iterator[str]:
    """Words of the source that stand in the target too and are no names, going by their capitals."""
    if source.cyrillic and target.cyrillic:
        return
    large = {t.folded for t in source.tokens if t.capital}
    small = {t.folded for t in source.tokens if t.text.islower()} - large
    changed = _inflected(source) | (large if _is_title(source) else set())
    quoted = {word for part in _QUOTED.findall(target.bare) for word in part.lower().split()}
    for token in target.tokens:
        word, lower = token.folded, token.text.islower()
        if word not in quoted and ((word in small and (target.cyrillic or lower)) or (word in large and lower)):
            yield word
        yield from changed.intersection((word, *word.split("-")))


def _inflected(side: Side) -> set[str]:
    """The first word in English that is a form of another, which no name is: "Broader", not "Apple" or "Windows"."""
    word = side.words[0]
    return set() if side.language != "en" or word.endswith("s") or dictionary.base(word, "en") == word else {word}


def _is_title(side: Side) -> bool:
    """Whether it is a heading in Title Case."""
    return side.is_heading and all(t.capital for t in side.tokens if len(t.text) >= _SHORTEST)


def _plain(word: str, source: Side, target: Side) -> bool:
    """Whether a folded word is an ordinary one of the source language and none of the target's."""
    if not dictionary.covers(source.language):
        return len(word) >= _SHORTEST and target.cyrillic and word.isascii() and word.isalpha()
    return dictionary.knows(word, source.language) and _is_strange(word, target)


def _is_strange(word: str, target: Side) -> bool:
    """Whether a folded word is no name and none of the target's language."""
    if len(word) < _SHORTEST or not word.isalpha() or is_listed(word):
        return False
    if not dictionary.covers(target.language):
        return target.cyrillic
    return not any(dictionary.knows(form, target.language) for form in (word, word.capitalize()))


def _is_copy(source: Side, target: Side) -> bool:
    words = [t.text for t in source.tokens]
    if sum(w.islower() and w.isalpha() for w in words) >= 3:
        return True
    plain = [w for w in source.words if _plain(w, source, target)]
    return len(plain) >= 1 and (target.cyrillic or len(words) > 1 or not _may_be_name(plain[0]))


def _may_be_name(word: str) -> bool:
    """Whether a text that is this word alone may be a surname, a town or a brand."""
    return is_place(word) or word in _names()


@cache
def _names() -> frozenset[str]:
    data = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    return frozenset(data["copies"]["names"].split())
