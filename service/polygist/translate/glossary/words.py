"""The words of a text as terms are compared: whole, in one normal form, each with its place."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_RUN = re.compile(r"\w+|\s+|[^\w\s]")
_APOSTROPHE = re.compile("['’\u02bc]")
# What follows an apostrophe in don't, we'll, they're, I've, she'd, I'm; not 's, which a name has, too.
_SHORT_FORM = re.compile(r"(?:t|ll|re|ve|d|m)(?!\w)", re.IGNORECASE)
_IN_NAME = re.compile(r"(?<=\b[OD])['’\u02bc](?=[^\W\d_])")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
# What a key never holds: the two marks that `terms` puts between keys, and halves of surrogate pairs.
_UNFIT = re.compile("[\x00\x01\ud800-\udfff]")


class Token(NamedTuple):
    """A word, a run of white space or another character; `key` is equal for spellings that count as the same."""

    key: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Cut `text` into tokens that leave nothing out.

    A word is letters, digits and underscores with their combining marks and invisible format characters. Part of it
    are an apostrophe between two Cyrillic letters (об’єкт), in an English short form (won't, they're) and in O'Brien
    and D'Angelo, and a mark between two digits (1.5); elsewhere an apostrophe ends it (Trump's).

    >>> [t.key for t in tokens("Об'єкт X's can't")]
    ['Об’єкт', ' ', 'X', '’', 's', ' ', 'can’t']
    """
    start, end, open_word = 0, 0, False
    for found in _RUN.finditer(text):
        at, character = found.start(), text[found.start()]
        if open_word and (_joins(text, at) or (_is_word(character) and _joins(text, at - 1))):
            end = found.end()
            continue
        if start < end:
            yield _token(text, start, end)
        start, end = found.span()
        open_word = _is_word(character)
    if start < end:
        yield _token(text, start, end)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _joins(text: str, at: int) -> bool:
    """Whether the character goes on the word before it."""
    character = text[at]
    if _APOSTROPHE.match(character):
        return bool(_CYRILLIC.match(text, at - 1) and _CYRILLIC.match(text, at + 1)) or _joins_latin(text, at)
    if character in ".,":
        return text[at - 1].isdecimal() and text[at + 1 : at + 2].isdecimal()
    return unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}


def _joins_latin(text: str, at: int) -> bool:
    """Whether an apostrophe after a letter is that of an English short form, or of a name such as O'Brien."""
    short = _SHORT_FORM.match(text, at + 1)
    if short:
        return short.group().casefold() != "t" or text[at - 1] in "nN"
    return bool(_IN_NAME.match(text, at)) and text[at + 1].isupper()


def _token(text: str, start: int, end: int) -> Token:
    return Token(_key(text[start:end]), start, end)


def _key(text: str) -> str:
    if text.isspace():
        return " "
    if text.isascii() and len(text) > 1 and "'" not in text:
        return text
    kept = "".join(c for c in text if unicodedata.category(c) != "Cf") or text
    return _UNFIT.sub("\ufffd", unicodedata.normalize("NFC", _APOSTROPHE.sub("’", kept)))
