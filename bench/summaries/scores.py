"""What picked sentences are worth."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from cases import LANGUAGES, Case
from methods import TFIDF, Pick
from numpy.typing import NDArray
from rouge_score.rouge_scorer import RougeScorer

from polygist.summarize.fitness import is_dependent
from polygist.summarize.lexicon import lexicon

MEASURES = ("rouge1", "rouge2", "rougeL")
_DRAWS = 2_000
Rows = NDArray[np.float64]


class Words:
    """A tokenizer for rouge-score that knows letters of any script; its own drops Cyrillic."""

    def tokenize(self, text: str) -> list[str]:
        """'Ріка Сян' -> ['ріка', 'сян']."""
        return re.findall(r"[^\W_]+", text.casefold())


_SCORER = RougeScorer(list(MEASURES), tokenizer=Words())


def rouge(case: Case, picked: Sequence[Pick]) -> list[float]:
    """ROUGE-1, 2 and L, F1 in percent."""
    found = _SCORER.score(case.reference, " ".join(p.text for p in picked))
    return [100 * found[m].fmeasure for m in MEASURES]


def interval(values: NDArray[np.float64]) -> list[float]:
    """The mean of values, one for each article, and its 95 % bootstrap interval."""
    draws = np.random.default_rng(7).integers(0, len(values), (_DRAWS, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return [round(float(x), 2) for x in (values.mean(), low, high)]


def table(all_cases: Sequence[Case], picked: dict[str, list[list[Pick] | None]], base: str) -> dict[str, Any]:
    """For each method and language its scores; `over` is how far `base` lies above it, by pairs of articles."""
    rows = {name: [rouge(c, p or []) for c, p in zip(all_cases, ps, strict=True)] for name, ps in picked.items()}
    found: dict[str, Any] = {}
    for name, lists in picked.items():
        found[name] = {}
        for language in LANGUAGES:
            at = [i for i, c in enumerate(all_cases) if c.language == language and lists[i] is not None]
            if at:
                own, best = np.array([rows[name][i] for i in at]), np.array([rows[base][i] for i in at])
                some, chosen = [all_cases[i] for i in at], [lists[i] or [] for i in at]
                found[name][language] = {
                    **{m: interval(own[:, k]) for k, m in enumerate(MEASURES)},
                    "over": interval((best - own).mean(axis=1)),
                    **_readable(some, chosen),
                }
    return found


def _readable(some: Sequence[Case], chosen: Sequence[Sequence[Pick]]) -> dict[str, float | None]:
    """Coverage of sections, redundancy, share of sentences that lean on others; in percent."""
    covered = [_coverage(c, p) for c, p in zip(some, chosen, strict=True)]
    sections = [x for x in covered if x is not None]
    leaning = [is_dependent(p.text, lexicon(c.language)) for c, ps in zip(some, chosen, strict=True) for p in ps]
    alike = [_alike(c, ps) for c, ps in zip(some, chosen, strict=True)]
    return {
        "sections": round(100 * float(np.mean(sections)), 1) if sections else None,
        "articles with sections": len(sections),
        "redundancy": round(100 * float(np.mean(alike)), 1),
        "context": round(100 * float(np.mean(leaning)), 1),
    }


def _coverage(case: Case, picked: Sequence[Pick]) -> float | None:
    """The share of the sections that a sentence comes from, of what three can cover; None with fewer than two."""
    sections = {s.section for s in case.article.sentences}
    held = {case.article.sentences[p.position].section for p in picked}
    return len(held) / min(len(sections), len(picked)) if len(sections) > 1 and picked else None


def _alike(case: Case, picked: Sequence[Pick]) -> float:
    """The mean over sentences of the cosine to the picked one that is most like it."""
    if len(picked) < 2:
        return 0.0
    vectors = TFIDF([s.text for s in case.article.sentences], case.language)[[p.position for p in picked]]
    similar = (vectors @ vectors.T).toarray()
    np.fill_diagonal(similar, 0.0)
    return float(similar.max(axis=1).mean())
