"""chrF, an F-score over runs of characters (Popović, chrF: character n-gram F-score for automatic MT evaluation, 2015).

As sacrebleu computes it for sentences: runs of up to 6 characters, white space left out, recall weighs double.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ORDER = 6
_BETA_SQUARED = 4.0


def pairwise(texts: Sequence[str]) -> NDArray[np.float64]:
    """The chrF (0 to 1) of each text, a row, against each as its reference, a column.

    >>> pairwise(["abc", "abd", "xyz"]).round(2).tolist()
    [[1.0, 0.39, 0.0], [0.39, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    squeezed = ["".join(text.split()) for text in texts]
    shape = len(texts), len(texts)
    precision, recall, orders = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for n in range(1, _ORDER + 1):
        counts = _counts(squeezed, n)
        totals = counts.sum(axis=1)
        matches = np.array([np.minimum(row, counts).sum(axis=1) for row in counts])
        present = (totals[:, None] > 0) & (totals[None, :] > 0)
        precision += np.divide(matches, totals[:, None], out=np.zeros(shape), where=present)
        recall += np.divide(matches, totals[None, :], out=np.zeros(shape), where=present)
        orders += present
    # Both are sums over the orders; the F-score of their means is this one over the number of orders.
    divisor = (_BETA_SQUARED * precision + recall) * orders
    return np.divide((1 + _BETA_SQUARED) * precision * recall, divisor, out=np.zeros(shape), where=divisor > 0)


def _counts(texts: Sequence[str], n: int) -> NDArray[np.int64]:
    """How often each run of n characters that there is, a column, occurs in each text, a row."""
    columns: dict[str, int] = {}
    runs = [[columns.setdefault(t[i : i + n], len(columns)) for i in range(len(t) - n + 1)] for t in texts]
    return np.array([np.bincount(np.array(row, dtype=np.int64), minlength=len(columns)) for row in runs])
