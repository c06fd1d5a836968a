"""Simple measures of support, to compare with."""

import re
from collections.abc import Callable

from cases import Case
from rouge_score.rouge_scorer import RougeScorer

from polygist.summarize.faithfulness.names import names
from polygist.summarize.faithfulness.words import Kind, Word, read
from polygist.types import Span


class _Words:
    """A tokenizer for rouge-score that knows letters of any script."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"[^\W_]+", text.casefold())


_ROUGE = RougeScorer(["rouge2", "rougeL"], tokenizer=_Words())


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
    """ROUGE-2 precision of the statement against the document."""
    return float(_ROUGE.score(case.document, case.statement)["rouge2"].precision)


def rouge_l(case: Case) -> float:
    """ROUGE-L precision of the statement against the document."""
    return float(_ROUGE.score(case.document, case.statement)["rougeL"].precision)


RIVALS: dict[str, Callable[[Case], float]] = {
    "names and numbers": entities,
    "lemma overlap": lemmas,
    "ROUGE-2 precision": rouge_2,
    "ROUGE-L precision": rouge_l,
}


def _read(text: str, language: str) -> list[Word]:
    return read(text, Span(0, len(text)), language)


def _covered(wanted: set[str], case: Case) -> float:
    has = {w.key for w in _read(case.document, case.language)}
    return len(wanted & has) / len(wanted) if wanted else 1.0
