"""Choosing sentences that are central, stand alone, and do not repeat each other."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from polygist.summarize.rank import Scores
from polygist.summarize.vectors import Vectors
from polygist.types import Sentence

_BALANCE = 0.7
_SAME = 0.6
_CROWDED = 0.15


def unit(scores: Scores) -> Scores:
    """Scores moved into 0..1, the best 1; all 1 where they do not differ."""
    if not len(scores):
        return scores
    low, high = float(scores.min()), float(scores.max())
    if high - low < 1e-12:
        return np.ones(len(scores))
    return np.asarray(0.02 + 0.98 * (scores - low) / (high - low), dtype=np.float64)


def choose(
    scores: Scores,
    vectors: Vectors,
    sentences: Sequence[Sentence],
    count: int,
    *,
    taken: Collection[int] = (),
    spread: bool = True,
) -> list[int]:
    """The indices of up to `count` sentences, best first, by maximal marginal relevance (Carbonell & Goldstein 1998).

    `scores` are in 0..1; sentences scored 0 are not taken, nor such as repeat one that is. `taken` are already in the
    summary. With `spread` each section gets one before any gets a second, and a section's later ones count less.
    """
    nearest = np.zeros(len(sentences))
    for i in taken:
        nearest = np.maximum(nearest, _similarity(vectors, i))
    already = set(taken)
    open_ = {i for i in range(len(sentences)) if i not in already and scores[i] > 0}
    sections = Counter(sentences[i].section for i in taken)
    texts = {_key(sentences[i]) for i in taken}
    chosen: list[int] = []
    while len(chosen) < count:
        open_ = {i for i in open_ if nearest[i] <= _SAME and _key(sentences[i]) not in texts}
        fresh = {i for i in open_ if not sections[sentences[i].section]} if spread else open_
        worth = {i: scores[i] - spread * _CROWDED * sections[sentences[i].section] for i in fresh or open_}
        best = _best(worth, nearest)
        if best is None:
            break
        chosen.append(best)
        sections[sentences[best].section] += 1
        texts.add(_key(sentences[best]))
        open_.discard(best)
        nearest = np.maximum(nearest, _similarity(vectors, best))
    return chosen


def repeated(vectors: Vectors, sentences: Sequence[Sentence], taken: Collection[int]) -> NDArray[np.bool_]:
    """For each sentence, whether it is one of those taken or says (nearly) the same as one of them."""
    texts = {_key(sentences[i]) for i in taken}
    found = np.array([_key(s) in texts for s in sentences], dtype=np.bool_)
    for i in taken:
        found |= _similarity(vectors, i) > _SAME
    return found


def _best(worth: Mapping[int, float], nearest: Scores) -> int | None:
    return max(worth, key=lambda i: (_BALANCE * worth[i] - (1 - _BALANCE) * nearest[i], -i), default=None)


def _similarity(vectors: Vectors, i: int) -> Scores:
    row = vectors[i].toarray().ravel() if hasattr(vectors, "indptr") else vectors[i]
    return np.asarray(vectors @ row, dtype=np.float64).ravel()


def _key(sentence: Sentence) -> str:
    return " ".join(sentence.text.casefold().split())
