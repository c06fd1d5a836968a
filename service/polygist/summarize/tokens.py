"""The words of a sentence with what a reader of names asks of each."""

import re
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from polygist.summarize.words import WORD, Remembered, folded, name_form

_GENITIVES = tuple(apostrophe + s for apostrophe in "'’ʼ" for s in "sSſ")
_OPENS = re.compile(r"(?:[\"„“”«»‚‘‹›]\(?|[:—–•][\s(]*|[.!?…]\W*\s\W*)$")
# Case endings of Ukrainian names, longest first; what is left of both forms of a name is the same.
_UKRAINIAN_ENDING = re.compile(
    r"(?:ського|ському|ськими?|ської|ській|ською|ський|ська|ську|ого|ому|ими|ові|еві|єві|ами|ями|ою|ею|єю|ої|ій|ий|им|"
    r"ом|ем|єм|ам|ах|ів|а|у|и|і|ї|ю|я|о|е|ь|й)$"
)
_JOINTS = frozenset({" ", "\u00a0", "\n", "\r\n", ". "})
_LOOK_BACK = 8


class Token(NamedTuple):
    """A word in its sentence: range in the text, folded form, key shared by its case forms, what stands before it.

    `capital` is whether it begins with a capital letter, `joined` whether only a space (or the stop of an initial)
    parts it from the word before.
    """

    text: str
    start: int
    end: int
    folded: str
    key: str
    before: str
    initial: bool
    capital: bool
    joined: bool


def tokens(text: str, start: int, end: int, language: str, most: int | None = None) -> list[Token]:
    """The words of text[start:end], the first `most` of them; a genitive 's is not part of one."""
    found: list[Token] = []
    forms, last = _forms_of(language), start
    for match in islice(WORD.finditer(text, start, end), most):
        at, stop = match.span()
        before = text[last:at] if at - last <= _LOOK_BACK else text[at - _LOOK_BACK : at]
        last = stop
        word, low, key, capital = forms[match[0]]
        initial = not found or (before != " " and _OPENS.search(before) is not None)
        row = (word, at, at + len(word), low, key, before, initial, capital, before in _JOINTS)
        found.append(tuple.__new__(Token, row))  # a third of the time of Token(*row)
    return found


@lru_cache(maxsize=16)
def _forms_of(language: str) -> Remembered[tuple[str, str, str, bool]]:
    return Remembered(lambda word: _forms(word, language))


def _forms(word: str, language: str) -> tuple[str, str, str, bool]:
    """What a token has of its word, wherever it stands: the word without a genitive 's, folded, key, capital."""
    bare = word[:-2] if len(word) > 2 and word.endswith(_GENITIVES) else word
    low = folded(bare)
    return bare, low, key_of(low, language), bare[0].isupper()


def key_of(word: str, language: str) -> str:
    """What the case forms of a folded name share: 'зеленського', 'зеленський' -> 'зелен'; 'merkels' -> 'merkel'."""
    if language.startswith("uk"):
        base = name_form(word, language)
        cut = _UKRAINIAN_ENDING.sub("", base)
        return cut if len(cut) >= 3 else base
    if language.startswith("de") and len(word) > 3:
        return word.removesuffix("s")
    return word
