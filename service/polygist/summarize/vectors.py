"""Sentences as vectors whose dot product is their similarity."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

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
        from scipy.sparse import csr_matrix  # these two cost half a second to import
        from sklearn.feature_extraction.text import TfidfTransformer

        rows, columns, vocabulary = [], [], dict[str, int]()
        for row, sentence in enumerate(sentences):
            for term in self._terms(sentence, language):
                rows.append(row)
                columns.append(vocabulary.setdefault(term, len(vocabulary)))
        shape = (len(sentences), max(len(vocabulary), 1))
        counts = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
        return TfidfTransformer(sublinear_tf=True).fit_transform(counts)

    def _terms(self, sentence: str, language: str) -> list[str]:
        found = terms(sentence, language, base=self._base)
        return [t[: self._stem] for t in found] if self._stem else found
