"""Terms of one direction, and where they stand in a text."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

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


@dataclass(frozen=True)
class Term:
    """`source` is to become `target`, whole words only; an empty `target` leaves it as it stands in the source.

    "virus" also stands for "Virus" and "VIRUS", and "climate change" for "Climate Change"; "United Nations" also for
    "UNITED NATIONS"; what has capitals inside a word ("NATO", "iPhone"), or `case_sensitive`, only for itself.
    """

    source: str
    target: str = ""
    case_sensitive: bool = False


@dataclass(frozen=True)
class Match:
    """A term in a text (code points), and what is to stand for it in the case in which it was found."""

    term: Term
    span: Span
    case: Case
    target: str


class Glossary:
    """The terms of one direction.

    Raises TermInvalid for a term without a source, and for one that is given twice.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(terms)
        self._spellings = _spellings(self.terms)
        self._automaton = AhoCorasick(list(self._spellings), matchkind=MatchKind.LeftmostLongest)
        self._readings = tuple(self._spellings.values())

    def __len__(self) -> int:
        return len(self.terms)

    def find(self, text: str) -> list[Match]:
        """The terms in `text`, in order and apart from each other: at each place the longest one. Linear in the text.

        >>> [m.target for m in Glossary([Term("cat", "Katze"), Term("cat food", "Katzenfutter")]).find("CAT FOOD cats")]
        ['KATZENFUTTER']
        """
        if not self.terms:
            return []
        cut = list(tokens(text))
        coded, starts = [], []
        length = 0
        for token in cut:
            starts.append(length)
            coded.append(f"{_BEFORE}{token.key}{_AFTER}")
            length += len(coded[-1])
        found = []
        for reading, begin, end in self._automaton.find_matches_as_indexes("".join(coded)):
            term, case = self._readings[reading]
            first, last = bisect_left(starts, begin), bisect_left(starts, end) - 1
            span = Span(cut[first].start, cut[last].end)
            target = in_case(term.target, case) if term.target else text[span.start : span.end]
            found.append(Match(term, span, case, target))
        return found


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


def in_case(text: str, case: Case) -> str:
    """`text` in the case in which a term was found; what has capitals inside a word stays as it is."""
    if case is Case.CAPITAL:
        return capitalised(text)
    if case is Case.UPPER and not has_inner_capital(text):
        return text.upper()
    return text


def _title(letter: str) -> str:
    return letter.title() if len(letter.title()) == 1 else letter


def _spellings(terms: Sequence[Term]) -> dict[str, tuple[Term, Case]]:
    """The coded spellings of all terms; what is written so stands before what is only cased so, then the earlier."""
    found: dict[str, tuple[Term, Case]] = {}
    indexes: dict[str, int] = {}
    for index, term in enumerate(terms):
        coded = _coded(term.source)
        if not coded:
            raise TermInvalid(index, "the source is empty")
        if coded in found:
            same = found[coded][0].target == term.target
            how = "twice" if same else "twice, with different targets"
            raise TermInvalid(index, f"{term.source!r} is given {how}", indexes[coded])
        found[coded], indexes[coded] = (term, Case.AS_WRITTEN), index
    for term in terms:
        for spelling, case in _cased(term):
            found.setdefault(_coded(spelling), (term, case))
    return found


def _cased(term: Term) -> Iterator[tuple[str, Case]]:
    source = term.source
    if term.case_sensitive or has_inner_capital(source):
        return
    yield capitalised(source), Case.CAPITAL
    if source.islower():
        yield _WORD_START.sub(lambda m: _title(m.group()), source), Case.CAPITAL
    yield source.upper(), Case.UPPER


def _coded(text: str) -> str:
    return "".join(f"{_BEFORE}{token.key}{_AFTER}" for token in tokens(text.strip()))
