"""Capitals: a model that learned from running text takes a word in CAPITALS for a name, and leaves it as it is.

Headlines In Title Case and texts in CAPITALS are given to it in the case that running text has. How a word is usually
written is known from the model's own vocabulary (`codec.Codec.usual`), after the idea of truecasing by frequency
(Lita et al., tRuEcasIng, ACL 2003). Addresses, placeholders and signs of units (5 km) have capitals of their own: they
say nothing of the text around them, and stay as they are.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import NamedTuple

from polygist.translate.guard import units
from polygist.translate.verbatim import kept

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
# Raise it when texts are lowered otherwise: what was translated before is forgotten then.
REVISION = 2

# Fewer words in Title Case are taken for a name.
_TITLE_WORDS = 4
# Words of a title that are no names.
_COMMON = 2
# A word in capitals that has fewer letters may be an abbreviation.
_LONG = 4
# The end of an English ordinal or decade: 2ND, 1990S.
_ORDINAL = re.compile(r"(?<=\d)(?:ST|ND|RD|TH|S)\b")

Usual = Callable[[str], str]


class Capitals(Enum):
    """How a text uses capitals."""

    USUAL = auto()
    TITLE = auto()
    ALL = auto()


def capitals(text: str, usual: Usual) -> Capitals:
    """How a segment uses capitals. `usual` gives a word as it is usually written.

    One in CAPITALS has no small letter, and a word that is not usually written so: NATO is none, BREAKING NEWS is. One
    in Title Case has four words or more, no end of a sentence, each longer word begins with a capital, and two after
    the first are no names.
    """
    bare = " ".join(part.text for part in _parts(text) if not part.kept)
    words = _WORD.findall(bare)
    if all(map(_is_large, words)):
        found = any(len(w) >= _LONG and _usual(w, usual) != w for w in words)
        return Capitals.ALL if found else Capitals.USUAL
    longer = [w for w in words if len(w) >= _LONG]
    if len(words) < _TITLE_WORDS or len(longer) < _COMMON + 1 or bare.rstrip().endswith((".", "!", "?", "…", ":")):
        return Capitals.USUAL
    if not all(w[0].isupper() for w in longer):
        return Capitals.USUAL
    common = sum(_usual(w, usual) != w for w in longer[1:])
    return Capitals.TITLE if common >= _COMMON else Capitals.USUAL


def lowered(text: str, usual: Usual) -> str:
    """A text as running text is written: each word as usual, its first character as large as it was."""

    def replaced(match: re.Match[str]) -> str:
        return _usual(match.group(), usual)

    done, begun = [], False
    for part in _parts(text):
        small = _ORDINAL.sub(lambda m: m.group().lower(), part.text)
        running = part.text if part.kept else _WORD.sub(replaced, small)
        done.append(running if begun or part.kept else _begun(part.text, running))
        begun = begun or any(map(str.isalnum, part.text))
    return "".join(done)


def _begun(text: str, running: str) -> str:
    """The running text with its first character as it was, where that is a large letter."""
    at = next((i for i, character in enumerate(text) if character.isalnum()), None)
    if at is None or not text[at].isupper() or len(text[at].lower()) > 1:
        return running
    return running[:at] + text[at] + running[at + 1 :]


def restored(translation: str, was: Capitals) -> str:
    """A translation in the capitals of its source. Title Case stays that of a sentence: German and Ukrainian have none,
    and English headlines don't need it."""
    if was is not Capitals.ALL:
        return translation
    return "".join(part.text if part.kept else part.text.upper() for part in _parts(translation))


class _Part(NamedTuple):
    """A part of a text; `kept` is an address, a placeholder or a unit."""

    text: str
    kept: bool


def _parts(text: str) -> Iterator[_Part]:
    done = 0
    for start, end in sorted((*kept(text), *units.signs(text))):
        if done <= start < end:
            yield _Part(text[done:start], False)
            yield _Part(text[start:end], True)
            done = end
    yield _Part(text[done:], False)


def _is_large(word: str) -> bool:
    return _with_large_sz(word) == _with_large_sz(word).upper()


def _usual(word: str, usual: Usual) -> str:
    """A word as usual; in CAPITALS, ß is one of them: STRAßE."""
    return usual(_with_large_sz(word)).replace("ẞ", "ß") if _is_large(word) else usual(word)


def _with_large_sz(word: str) -> str:
    return word.replace("ß", "ẞ")
