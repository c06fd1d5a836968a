"""One side of a translation as the detectors see it: the text, its language, and what they all need of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from polygist.translate.verbatim import without_addresses

# A word may hold apostrophes and hyphens: п'ять, Müller-Lüdenscheid, don't.
_WORD = re.compile(r"[^\W_]++(?:['’ʼ-][^\W_]++)*+")
_APOSTROPHES = str.maketrans("’ʼ", "''")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_OPENING = frozenset('.!?…:"“”„«»()[]•–—/|;')
CYRILLIC_LANGUAGES = frozenset({"uk", "ru", "be", "bg", "sr", "mk"})


class Token(NamedTuple):
    """A word with straight apostrophes, and the same in small letters.

    `initial`: it begins the text, a sentence or a quotation, so a `capital` says nothing.
    """

    text: str
    folded: str
    capital: bool
    initial: bool

    @property
    def marked(self) -> bool:
        """Whether it has a capital inside a sentence."""
        return self.capital and not self.initial


@dataclass(frozen=True)
class Side:
    """A text and its language (BCP-47 primary subtag)."""

    text: str
    language: str

    @property
    def cyrillic(self) -> bool:
        """Whether the language is written in Cyrillic letters."""
        return self.language in CYRILLIC_LANGUAGES

    @cached_property
    def bare(self) -> str:
        """The text without URLs, e-mail addresses, hashtags and @names."""
        return without_addresses(self.text)

    @cached_property
    def tokens(self) -> Sequence[Token]:
        """The words of the bare text."""
        bare, done, found = self.bare.translate(_APOSTROPHES), 0, []
        for match in _WORD.finditer(bare):
            word, between = match.group(), bare[done : match.start()]
            initial = done == 0 or (between != " " and not _OPENING.isdisjoint(between))
            found.append(Token(word, word.lower(), word[0].isupper(), initial))
            done = match.end()
        return found

    @cached_property
    def words(self) -> Sequence[str]:
        """The words in small letters, apostrophes straight."""
        return [t.folded for t in self.tokens]

    @cached_property
    def scripts(self) -> tuple[int, int]:
        """How many letters are Cyrillic and how many Latin."""
        return len(_CYRILLIC.findall(self.bare)), len(_LATIN.findall(self.bare))

    @cached_property
    def is_heading(self) -> bool:
        """Whether it reads like a title: few words, no end of a sentence."""
        return len(self.tokens) <= 12 and not self.bare.rstrip().endswith((".", "!", "?", "…", ";", ","))
