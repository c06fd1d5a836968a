"""Simple measures of support, to compare with."""

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from cases import Case
from rapidfuzz.distance import LCSseq

from polygist.summarize.faithfulness.names import names
from polygist.summarize.faithfulness.words import Kind, Word, read
from polygist.types import Span


def entities(case: Case) -> float:
    """Share of the statement's names and numbers that the document has; 1 where there are none."""
    words = _read(case.statement, case.language)
    named = names(case.statement, words, case.language)
    wanted = {w.key for w in words if w.kind is Kind.NUMBER or w.key in named}
    return _covered(wanted, case)


def lemmas(case: Case) -> float:
    """Share of the statement's content words that the document has in some form."""
    return _covered({w.key for w in _read(case.statement, case.language) if w.kind is Kind.CONTENT}, case)


def rouge_2(case: Case) -> float:
    """ROUGE-2 precision of the statement against the document, over words of any script."""
    said, has = (Counter(pairwise(_tokens(t))) for t in (case.statement, case.document))
    return (said & has).total() / max(said.total(), 1)


def rouge_l(case: Case) -> float:
    """ROUGE-L precision: the longest common subsequence, by the statement's length."""
    said = _tokens(case.statement)
    return LCSseq.similarity(said, _tokens(case.document)) / max(len(said), 1)


RIVALS: dict[str, Callable[[Case], float]] = {
    "names and numbers": entities,
    "lemma overlap": lemmas,
    "ROUGE-2 precision": rouge_2,
    "ROUGE-L precision": rouge_l,
}


def _read(text: str, language: str) -> list[Word]:
    return read(text, Span(0, len(text)), language)


def _covered(wanted: set[str], case: Case) -> float:
    return len(wanted & _vocabulary(case.document, case.language)) / len(wanted) if wanted else 1.0


@cache
def _vocabulary(text: str, language: str) -> frozenset[str]:
    return frozenset(w.key for w in _read(text, language))


@cache
def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
