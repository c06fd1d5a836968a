"""The spellings of terms, and where they stand in a text."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from polygist.errors import TermInvalid
from polygist.translate.glossary.words import tokens
from polygist.types import Span

# Around each key, so that what is found begins and ends with whole tokens.
_BEFORE, _AFTER = "\x01", "\x00"
_INNER_CAPITAL = re.compile(r"(?<=\w)[^\W\d_]")
_WORD_START = re.compile(r"(?<![\w'’])[^\W\d_]")


class Case(Enum):
    """How a term stands in a text."""

    AS_WRITTEN = auto()
    CAPITAL = auto()
    UPPER = auto()


class Source(NamedTuple):
    """What is looked for: "virus" also stands for "Virus" and "VIRUS", and "climate change" for "Climate Change";
    "United Nations" also for "UNITED NATIONS"; what has capitals inside a word ("NATO", "iPhone"), or `case_sensitive`,
    only for itself.
    """

    text: str
    case_sensitive: bool = False


class Spelling(NamedTuple):
    """A source in a text: which one, its case there, and where (code points)."""

    source: int
    case: Case
    span: Span


class Spellings:
    """All spellings of some sources, in one automaton.

    Raises TermInvalid for an empty source, and for one that is given twice.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        found = _spellings(sources)
        self._automaton = AhoCorasick(list(found), matchkind=MatchKind.LeftmostLongest)
        self._readings = tuple(found.values())

    def find(self, text: str) -> Iterator[Spelling]:
        """The sources in `text`, in order and apart from each other: the longest at each place. Linear in the text."""
        if not self._readings:
            return
        cut = list(tokens(text))
        coded, starts = [], []
        length = 0
        for token in cut:
            starts.append(length)
            coded.append(f"{_BEFORE}{token.key}{_AFTER}")
            length += len(coded[-1])
        for reading, begin, end in self._automaton.find_matches_as_indexes("".join(coded)):
            first, last = bisect_left(starts, begin), bisect_left(starts, end) - 1
            yield Spelling(*self._readings[reading], Span(cut[first].start, cut[last].end))


def has_inner_capital(text: str) -> bool:
    """Whether a word of `text` has a capital after its first character.

    >>> has_inner_capital("iPhone"), has_inner_capital("New York")
    (True, False)
    """
    return any(c.group().isupper() for c in _INNER_CAPITAL.finditer(text))


def capitalised(text: str) -> str:
    """`text` with a capital first letter, unless it has capitals inside a word.

    >>> capitalised("зміна клімату"), capitalised("iPhone")
    ('Зміна клімату', 'iPhone')
    """
    return text if has_inner_capital(text) else _WORD_START.sub(lambda m: _title(m.group()), text, count=1)


def _title(letter: str) -> str:
    return letter.title() if len(letter.title()) == 1 else letter


def _spellings(sources: Sequence[Source]) -> dict[str, tuple[int, Case]]:
    """The coded spellings; what is written so stands before what is only cased so, then the earlier."""
    found: dict[str, tuple[int, Case]] = {}
    for index, source in enumerate(sources):
        coded = _coded(source.text)
        if not coded:
            raise TermInvalid(index, "the source is empty")
        if coded in found:
            raise TermInvalid(index, f"{source.text!r} is given twice", found[coded][0])
        found[coded] = index, Case.AS_WRITTEN
    for index, source in enumerate(sources):
        for spelling, case in _cased(source).items():
            found.setdefault(_coded(spelling), (index, case))
    return found


def _cased(source: Source) -> dict[str, Case]:
    text = source.text
    if source.case_sensitive or has_inner_capital(text):
        return {}
    titled = _WORD_START.sub(lambda m: _title(m.group()), text) if text.islower() else capitalised(text)
    return {text.upper(): Case.UPPER, titled: Case.CAPITAL, capitalised(text): Case.CAPITAL}


def _coded(text: str) -> str:
    return "".join(f"{_BEFORE}{token.key}{_AFTER}" for token in tokens(text.strip()))
