"""Sentences as vectors whose dot product is their similarity."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from polygist.summarize.words import terms

# A scipy.sparse matrix or a numpy array, one row of unit length (or zero) for each sentence.
Vectors = Any


class Vectorizer(Protocol):
    """Turns sentences of one language into vectors."""

    def __call__(self, sentences: Sequence[str], language: str) -> Vectors:
        """One unit row for each sentence; a zero row for one without content words."""
        ...


class Tfidf:
    """TF-IDF over the sentences of one article (each sentence a document), rows of unit length.

    With `base` words are taken in dictionary form; `stem` then cuts them to that many letters (0: no cut), which joins
    what the dictionary does not have, and German compounds that begin alike.
    """

    def __init__(self, *, base: bool = True, stem: int = 6) -> None:
        self._base, self._stem = base, stem

    def __call__(self, sentences: Sequence[str], language: str) -> Vectors:
        """A csr_matrix of shape (sentences, terms)."""
        from scipy.sparse import csr_matrix  # takes a while to import

        number: defaultdict[str, int] = defaultdict()
        number.default_factory = number.__len__  # terms are numbered as they come
        found = [list(map(number.__getitem__, self._terms(s, language))) for s in sentences]
        width = max(len(number), 1)
        rows = np.repeat(np.arange(len(found)), [len(row) for row in found])
        cells, counts = np.unique(rows * width + np.array(list(chain(*found)), dtype=np.intp), return_counts=True)
        rows, columns = np.divmod(cells, width)
        ends = np.searchsorted(rows, np.arange(len(found) + 1))
        weights = _weights(counts.astype(np.float64), columns, ends)
        return csr_matrix((weights, columns, ends), shape=(len(sentences), width))

    def _terms(self, sentence: str, language: str) -> list[str]:
        found = terms(sentence, language, base=self._base)
        return [t[: self._stem] for t in found] if self._stem else found


def _weights(counts: NDArray[np.float64], columns: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.float64]:
    """The counts of a csr_matrix weighted as scikit-learn's TfidfTransformer(sublinear_tf=True) does.

    Its checks of the input take longer than the weighting of an article.
    """
    sentences = len(ends) - 1
    rows = np.repeat(np.arange(sentences), np.diff(ends))
    held_by = np.bincount(columns)
    weights = (1.0 + np.log(counts)) * (1.0 + np.log((1.0 + sentences) / (1.0 + held_by)))[columns]
    return np.asarray(weights / np.sqrt(np.bincount(rows, weights * weights, sentences))[rows])


@dataclass(frozen=True)
class Meanings:
    """Vectors of sentences that a model made: a row of unit length (or zero) for each.

    `unrelated` is the cosine that texts on different matters may have with it; likeness begins there.
    """

    rows: NDArray[np.float64]
    unrelated: float

    def likeness(self, other: NDArray[np.float64]) -> NDArray[np.float64]:
        """How like each sentence is to a vector: 1 for the same meaning, 0 and below for another matter."""
        return np.asarray((self.rows @ other - self.unrelated) / (1.0 - self.unrelated))


@dataclass(frozen=True)
class Meaning:
    """The vectors of an article's sentences, and how near each is to the focus, 0 to 1; None without a focus."""

    sentences: Meanings
    focus: NDArray[np.float64] | None
