"""Terms of one direction, and what is to stand for them in a text."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polygist.errors import TermInvalid
from polygist.translate.glossary.spellings import Case, Source, Spellings, capitalised, has_inner_capital
from polygist.translate.verbatim import kept
from polygist.types import Span


@dataclass(frozen=True)
class Term:
    """`source` is to become `target`, whole words only; an empty `target` leaves it as it stands in the source.

    See `spellings.Source` for what it stands for besides itself.
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
    """The terms of one direction. `spellings` are those of their sources, where they are known from another one.

    Raises TermInvalid for a term without a source, and for one that is given twice.
    """

    def __init__(self, terms: Iterable[Term], spellings: Spellings | None = None) -> None:
        self.terms = tuple(terms)
        self.spellings = spellings or self._spelt()

    def _spelt(self) -> Spellings:
        try:
            return Spellings([Source(term.source, term.case_sensitive) for term in self.terms])
        except TermInvalid as error:
            if error.other is None or self.terms[error.index].target == self.terms[error.other].target:
                raise
            description = f"{error.description}, with different targets"
            raise TermInvalid(error.index, description, error.other) from error

    def __len__(self) -> int:
        return len(self.terms)

    def find(self, text: str) -> list[Match]:
        """The terms in `text`, in order and apart from each other: at each place the longest one. Linear in the text.

        What is part of an address, a @name or a placeholder is no term; a term may be all of one.

        >>> [m.target for m in Glossary([Term("cat", "Katze"), Term("cat food", "Katzenfutter")]).find("CAT FOOD cats")]
        ['KATZENFUTTER']
        """
        found = list(self.spellings.find(text))
        free = outside([spelling.span for spelling in found], kept(text) if found else [])
        return [self._match(text, *spelling) for spelling in found if spelling.span in free]

    def _match(self, text: str, index: int, case: Case, span: Span) -> Match:
        term = self.terms[index]
        target = in_case(term.target, case) if term.target else text[span.start : span.end]
        return Match(term, span, case, target)


def outside(spans: Sequence[Span], kept: Sequence[Span]) -> set[Span]:
    """Those of some spans that change nothing inside those that are `kept`; both are in order and apart.

    >>> outside([Span(0, 3), Span(5, 9), Span(12, 14)], [Span(2, 6), Span(12, 13)])
    {Span(start=12, end=14)}
    """
    ends = [span.end for span in kept]

    def free(span: Span) -> bool:
        beside = {bisect_right(ends, span.start), bisect_left(ends, span.end)}
        touched = [kept[i] for i in beside if i < len(kept) and kept[i].start < span.end]
        return all(span.start <= start and end <= span.end for start, end in touched)

    return set(filter(free, spans))


def in_case(text: str, case: Case) -> str:
    """`text` in the case in which a term was found; what has capitals inside a word stays as it is."""
    if case is Case.CAPITAL:
        return capitalised(text)
    if case is Case.UPPER and not has_inner_capital(text):
        return text.upper()
    return text
