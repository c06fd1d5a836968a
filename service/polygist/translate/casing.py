"""Capitals: a model that learned from running text takes a word in CAPITALS for a name, and leaves it as it is.

Headlines In Title Case and texts in CAPITALS are given to it in the case that running text has. How a word is usually
written is known from the model's own vocabulary (`codec.Codec.usual`), after the idea of truecasing by frequency
(Lita et al., tRuEcasIng, ACL 2003).
"""

import re
from collections.abc import Callable
from enum import Enum, auto

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
# Raise it when texts are lowered otherwise: what was translated before is forgotten then.
REVISION = 1

# Fewer words in Title Case are taken for a name.
_TITLE_WORDS = 4
# Words of a title that are no names.
_COMMON = 2
# A word in capitals that has fewer letters may be an abbreviation.
_LONG = 4

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
    words = _WORD.findall(text)
    if all(w == w.upper() for w in words):
        found = any(len(w) >= _LONG and usual(w) != w for w in words)
        return Capitals.ALL if found else Capitals.USUAL
    longer = [w for w in words if len(w) >= _LONG]
    if len(words) < _TITLE_WORDS or len(longer) < _COMMON + 1 or text.rstrip().endswith((".", "!", "?", "…", ":")):
        return Capitals.USUAL
    if not all(w[0].isupper() for w in longer):
        return Capitals.USUAL
    common = sum(usual(w) != w for w in longer[1:])
    return Capitals.TITLE if common >= _COMMON else Capitals.USUAL


def lowered(text: str, usual: Usual) -> str:
    """A text as running text is written: each word as usual, the first with a capital."""
    first = _WORD.search(text)

    def replaced(match: re.Match[str]) -> str:
        word = usual(match.group())
        return word[:1].upper() + word[1:] if match.start() == (first.start() if first else 0) else word

    return _WORD.sub(replaced, text)


def restored(translation: str, was: Capitals) -> str:
    """A translation in the capitals of its source. Title Case stays that of a sentence: German and Ukrainian have none,
    and English headlines don't need it."""
    return translation.upper() if was is Capitals.ALL else translation
