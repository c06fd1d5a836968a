"""What the translations of a direction are worth, without the guard's second try and with it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sacrebleu

from service import Translated

CHRF = sacrebleu.CHRF(word_order=2)
BLEU = sacrebleu.BLEU()
WORST = 10


@dataclass(frozen=True)
class Case:
    """A line, its reference, its translations by QUALITY_FAST and by QUALITY_BALANCED."""

    source: str
    reference: str
    fast: Translated
    balanced: Translated

    @property
    def chrf(self) -> float:
        """The chrF++ of the translation that a caller gets by default, from 0 to 100."""
        return CHRF.sentence_score(self.balanced.text, [self.reference]).score


def direction(cases: Sequence[Case]) -> dict[str, Any]:
    """Scores, how often the guard doubted, and what came of it."""
    hits = Counter(kind for case in cases for kind in case.fast.warnings)
    left = Counter(kind for case in cases for kind in case.fast.warnings & case.balanced.warnings)
    doubted = [case for case in cases if case.fast.warnings]
    return {
        "lines": len(cases),
        "fast": _quality([c.fast.text for c in cases], cases),
        "balanced": _quality([c.balanced.text for c in cases], cases),
        "doubted": len(doubted),
        "recovered": sum(not case.balanced.warnings for case in doubted),
        "hits": dict(hits),
        "recovered_by_kind": {kind: hits[kind] - left[kind] for kind in hits},
    }


def worst(cases: Sequence[Case]) -> list[Case]:
    """The lines with the lowest chrF++, the worst first."""
    return sorted(cases, key=lambda case: case.chrf)[:WORST]


def signatures() -> dict[str, str]:
    """How the scores were computed. Known once a score was."""
    return {"chrF++": str(CHRF.get_signature()), "BLEU": str(BLEU.get_signature())}


def _quality(texts: Sequence[str], cases: Sequence[Case]) -> dict[str, float]:
    references = [[case.reference for case in cases]]
    scored = {"chrF++": CHRF.corpus_score(texts, references), "BLEU": BLEU.corpus_score(texts, references)}
    return {name: round(score.score, 2) for name, score in scored.items()}
