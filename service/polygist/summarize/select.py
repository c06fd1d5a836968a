"""Choosing sentences that are central, stand alone, and do not repeat each other."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from polygist.summarize.rank import Scores
from polygist.summarize.vectors import Meanings, Vectors
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
    vectors: Vectors | Meanings,
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
    open_, nearest = scores > 0, np.zeros(len(sentences))
    section = np.array([s.section for s in sentences], dtype=np.intp)
    crowd = np.zeros(len(sentences))  # of each sentence's section: how many are taken
    texts = _texts(sentences)

    def take(i: int) -> None:
        nonlocal nearest
        nearest = np.maximum(nearest, _similarity(vectors, i))
        crowd[section == section[i]] += 1
        open_[texts == texts[i]] = False

    for i in taken:
        take(i)
    chosen: list[int] = []
    while len(chosen) < count:
        open_ &= nearest <= _SAME
        fresh = open_ & (crowd == 0) if spread else open_
        among = fresh if fresh.any() else open_
        if not among.any():
            break
        worth = _BALANCE * (scores - spread * _CROWDED * crowd) - (1 - _BALANCE) * nearest
        chosen.append(int(np.where(among, worth, -np.inf).argmax()))
        take(chosen[-1])
    return chosen


def repeated(vectors: Vectors | Meanings, sentences: Sequence[Sentence], taken: Collection[int]) -> NDArray[np.bool_]:
    """For each sentence, whether it is one of those taken or says (nearly) the same as one of them."""
    texts = _texts(sentences)
    found = np.isin(texts, texts[list(taken)])
    for i in taken:
        found |= _similarity(vectors, i) > _SAME
    return found


def _similarity(vectors: Vectors | Meanings, i: int) -> Scores:
    if isinstance(vectors, Meanings):
        return vectors.likeness(vectors.rows[i])
    if not hasattr(vectors, "indptr"):
        return np.asarray(vectors @ vectors[i], dtype=np.float64).ravel()
    row = np.zeros(vectors.shape[1])
    entries = slice(vectors.indptr[i], vectors.indptr[i + 1])  # vectors[i].toarray() takes ten times as long
    row[vectors.indices[entries]] = vectors.data[entries]
    return np.asarray(vectors @ row, dtype=np.float64).ravel()


def _texts(sentences: Sequence[Sentence]) -> NDArray[np.intp]:
    """A number for each sentence, the same for those that say the same words."""
    numbers: dict[str, int] = {}
    keys = (" ".join(s.text.casefold().split()) for s in sentences)
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)
