"""Rankers: how central each sentence is to its article. All take time linear in the number of sentences."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from polygist.summarize.vectors import Vectors
from polygist.types import Sentence

Scores = NDArray[np.float64]


class Ranker(Protocol):
    """Scores sentences; higher is better."""

    def __call__(self, vectors: Vectors, sentences: Sequence[Sentence]) -> Scores:
        """One finite score for each sentence; `vectors` has unit rows in the same order."""
        ...


class Lead:
    """The earlier the better."""

    def __call__(self, vectors: Vectors, sentences: Sequence[Sentence]) -> Scores:
        """1, 1/2, 1/3, ..."""
        return 1.0 / np.arange(1, len(sentences) + 1, dtype=np.float64)


class LexRank:
    """Continuous LexRank (Erkan & Radev 2004): PageRank over the cosine similarities of all sentences.

    The similarity matrix is never built: S x = V (V^T x) - x.
    """

    def __init__(self, damping: float = 0.85, steps: int = 30) -> None:
        self._damping, self._steps = damping, steps

    def __call__(self, vectors: Vectors, sentences: Sequence[Sentence]) -> Scores:
        """The stationary probabilities."""
        n = len(sentences)
        if n == 0:
            return np.zeros(0)
        degree = np.maximum(_others(vectors, np.ones(n)), 1e-9)
        scores = np.full(n, 1.0 / n)
        for _ in range(self._steps):
            scores = (1 - self._damping) / n + self._damping * _others(vectors, scores / degree)
            scores /= scores.sum()
        return scores


class PacSum:
    """Position-augmented centrality (PacSum, Zheng & Lapata 2019): similarity to later sentences counts for a sentence,
    similarity to earlier ones counts `backward` (negative: against it). `prior` adds that share of the largest
    centrality, divided by 1 + position, for the habit of news to begin with what matters."""

    def __init__(self, forward: float = 1.0, backward: float = -0.3, prior: float = 0.6) -> None:
        self._forward, self._backward, self._prior = forward, backward, prior

    def __call__(self, vectors: Vectors, sentences: Sequence[Sentence]) -> Scores:
        """Mean weighted similarity to the other sentences, and the prior."""
        n = len(sentences)
        before, after = _before_and_after(vectors)
        return _with_prior((self._forward * after + self._backward * before) / max(n - 1, 1), self._prior)


class HipoRank:
    """Hierarchical and positional centrality (HipoRank, Dong, Mircea & Cheung 2021).

    A sentence is central by its similarity to the other sentences of its section and to the other sections, where
    neighbours nearer to the boundary of section or article weigh `toward`, those further inside `inward` (lambda 1
    and 2 of the paper). `tail` (alpha) sets how far an end counts as a boundary: the position is
    min(x, tail * (n - x)), so that a large one leaves only the beginning, as in news. `between` is mu 1.
    """

    def __init__(
        self, toward: float = -0.3, inward: float = 1.0, tail: float = 1e9, between: float = 1.0, prior: float = 1.0
    ) -> None:
        self._toward, self._inward, self._tail, self._between, self._prior = toward, inward, tail, between, prior

    def __call__(self, vectors: Vectors, sentences: Sequence[Sentence]) -> Scores:
        """Centrality, plus `prior` / (1 + position) in units of the largest centrality."""
        n = len(sentences)
        scores = np.zeros(n)
        sections = _runs([s.section for s in sentences])
        for start, end in sections:
            order = start + self._by_boundary(end - start)
            before, after = _before_and_after(vectors[order])
            scores[order] = (self._toward * before + self._inward * after) / max(end - start - 1, 1)
        if len(sections) > 1:
            scores += self._between * self._across(vectors, sections)
        return _with_prior(scores, self._prior)

    def _by_boundary(self, n: int) -> NDArray[np.intp]:
        """Positions 0..n-1, those nearest to a boundary first."""
        x = np.arange(n)
        return np.argsort(np.minimum(x, self._tail * (n - 1 - x)), kind="stable")

    def _across(self, vectors: Vectors, sections: Sequence[tuple[int, int]]) -> Scores:
        """Similarity of each sentence to the other sections' mean vectors, in time linear in all."""
        means = np.vstack([np.asarray(vectors[a:b].mean(axis=0)).ravel() for a, b in sections[:_MOST_SECTIONS]])
        order = list(self._by_boundary(len(means)))
        place = {section: k for k, section in enumerate(order)}
        similarity = np.asarray(vectors @ means.T)
        scores = np.zeros(similarity.shape[0])
        for j, (a, b) in enumerate(sections):
            weights = [
                0.0 if i == j else (self._toward if place[i] < place.get(j, len(order)) else self._inward)
                for i in range(len(means))
            ]
            scores[a:b] = similarity[a:b] @ np.array(weights) / max(len(means) - 1, 1)
        return scores


# More sections than this are no article; the rest are scored against these.
_MOST_SECTIONS = 64


def _with_prior(scores: Scores, weight: float) -> Scores:
    if not len(scores):
        return scores
    return np.asarray(scores + weight * max(float(scores.max()), 1e-9) / (1.0 + np.arange(len(scores))))


def _others(vectors: Vectors, weights: Scores) -> Scores:
    """The sum over all other sentences of similarity times weight."""
    own = _squares(vectors) * weights
    return np.maximum(np.asarray(vectors @ (vectors.T @ weights)).ravel() - own, 0.0)


def _squares(vectors: Vectors) -> Scores:
    product = vectors.multiply(vectors) if hasattr(vectors, "multiply") else vectors * vectors
    return np.asarray(product.sum(axis=1), dtype=np.float64).ravel()


def _before_and_after(vectors: Vectors) -> tuple[Scores, Scores]:
    """For each row the sums of its dot products with the rows before and after it."""
    n, width = vectors.shape
    total = np.asarray(vectors.sum(axis=0), dtype=np.float64).ravel()
    everything = np.asarray(vectors @ total, dtype=np.float64).ravel()
    running, before = np.zeros(width), np.zeros(n)
    if hasattr(vectors, "indptr"):
        indices, data = vectors.indices, vectors.data
        for i, (start, end) in enumerate(pairwise(vectors.indptr.tolist())):
            columns, values = indices[start:end], data[start:end]
            sums = running[columns]
            before[i] = sums @ values
            running[columns] = sums + values
    else:
        for i in range(n):
            before[i] = running @ vectors[i]
            running += vectors[i]
    return before, everything - before - _squares(vectors)


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    """Ranges of equal values: [0, 0, 1] -> [(0, 2), (2, 3)]."""
    cuts = [i for i in range(1, len(values)) if values[i] != values[i - 1]]
    edges = [0, *cuts, len(values)] if values else [0]
    return list(pairwise(edges))
