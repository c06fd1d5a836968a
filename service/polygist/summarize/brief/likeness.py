"""How alike the statements of different documents are, without comparing each with each."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from polygist.concurrency import Stop
from polygist.summarize.vectors import Vectors

_FLOOR = 0.12  # what is less alike is not kept
_COMMON = 500  # statements: a term that stands in more of them brings no two together
_NEIGHBOURS = 30  # of a statement that are kept
_BLOCK = 500  # statements at a time

Row = dict[int, float]


class Likeness:
    """Statements as rows of term weights, and for each the most alike ones of other documents.

    Two statements are brought together by a term that at most 500 statements share, and each keeps its 30 nearest, so
    that time and memory grow with the number of terms times 500 and not with the square of the statements.
    """

    def __init__(self, vectors: Vectors, documents: Sequence[int], stop: Stop) -> None:
        bounds = vectors.indptr
        self.rows: list[Row] = [
            dict(zip(vectors.indices[a:b].tolist(), vectors.data[a:b].tolist(), strict=True))
            for a, b in pairwise(bounds.tolist())
        ]
        self.pairs = _pairs(vectors, np.asarray(documents), stop)
        self.nearest: list[list[tuple[float, int]]] = [[] for _ in self.rows]
        for likeness, i, j in self.pairs:
            self.nearest[i].append((likeness, j))
            self.nearest[j].append((likeness, i))

    def covered(self, i: int, by: int) -> float:
        """The share (0 to 1) of what statement i says that statement `by` says, too."""
        row, other = self.rows[i], self.rows[by]
        whole = sum(w * w for w in row.values())
        return sum(w * w for term, w in row.items() if term in other) / whole if whole else 0.0


def cosine(a: Row, b: Row) -> float:
    """The cosine of two rows of any length; 0 where one is empty."""
    if len(a) > len(b):
        a, b = b, a
    product = sum(w * b[term] for term, w in a.items() if term in b)
    norms = sum(w * w for w in a.values()) * sum(w * w for w in b.values())
    return product / norms**0.5 if norms else 0.0


def _pairs(vectors: Vectors, documents: NDArray[np.int_], stop: Stop) -> list[tuple[float, int, int]]:
    """(likeness, i, j) with i < j, the most alike first."""
    frequency = np.bincount(vectors.indices, minlength=vectors.shape[1])
    rare = vectors[:, frequency <= _COMMON].tocsr()
    other = rare.T.tocsr()
    found = set()
    for start in range(0, rare.shape[0], _BLOCK):
        stop.check()
        near = (rare[start : start + _BLOCK] @ other).tocoo()
        i, j = near.row + start, near.col
        kept = documents[i] != documents[j]
        i, j = i[kept], j[kept]
        exact = _products(vectors, i, j)
        kept = exact >= _FLOOR
        found.update(_best(exact[kept], i[kept], j[kept]))
    return sorted(found, key=lambda p: (-p[0], p[1], p[2]))


def _products(vectors: Vectors, i: NDArray[np.int_], j: NDArray[np.int_]) -> NDArray[np.float64]:
    """The likeness of each pair."""
    parts = [
        np.asarray(vectors[i[k : k + 100_000]].multiply(vectors[j[k : k + 100_000]]).sum(axis=1)).ravel()
        for k in range(0, len(i), 100_000)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def _best(likeness: NDArray[np.float64], i: NDArray[np.int_], j: NDArray[np.int_]) -> set[tuple[float, int, int]]:
    """The nearest of each i, as pairs in order of their numbers."""
    order = np.lexsort((j, -likeness, i))
    place = np.arange(len(order)) - np.searchsorted(i[order], i[order])
    best = order[place < _NEIGHBOURS]
    return {
        (round(float(v), 6), min(a, b), max(a, b))
        for v, a, b in zip(likeness[best], i[best].tolist(), j[best].tolist(), strict=True)
    }
