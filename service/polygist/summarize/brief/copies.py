"""Which documents are copies of others: the same agency text in two papers is one source."""

from collections.abc import Sequence

import numpy as np

from polygist.summarize.words import WORD, folded
from polygist.types import Article

_RUN = 3  # words in a row
_SHARED = 0.7  # of the shorter one's runs
_FEWEST = 8  # runs of a text that can be told a copy, if it is not the same word for word


def copies(articles: Sequence[Article]) -> tuple[int | None, ...]:
    """For each article the index of the one that nearly all of its text stands in, None where it stands alone.

    Compared are runs of three words (shingles, Broder 1997) by the share of the shorter article's that both have. The
    longest of several is the one that is copied, the earlier one of two that are equally long. A short text inside a
    longer one is a copy, the longer one is not. Time is linear in the words, times the number of articles at most.
    """
    from scipy.sparse import csr_matrix  # takes a while to import

    words = [_words(a) for a in articles]
    runs = [{tuple(own[i : i + _RUN]) for i in range(len(own) - _RUN + 1)} for own in words]
    number: dict[tuple[str, ...], int] = {}
    columns = [number.setdefault(run, len(number)) for found in runs for run in found]
    rows = np.repeat(np.arange(len(runs)), [len(r) for r in runs])
    table = csr_matrix((np.ones(len(columns)), (rows, columns)), shape=(len(runs), max(len(number), 1)))
    shared = (table @ table.T).toarray()
    found: list[int | None] = [None] * len(runs)
    originals: list[int] = []
    for i in sorted(range(len(runs)), key=lambda i: (-len(runs[i]), i)):
        if not words[i]:
            continue  # a translation of which nothing is left
        least = max(_SHARED * len(runs[i]), _FEWEST)
        found[i] = next((j for j in originals if shared[i, j] >= least or words[i] == words[j]), None)
        if found[i] is None:
            originals.append(i)
    return tuple(found)


def _words(article: Article) -> list[str]:
    return [folded(m) for s in article.sentences for m in WORD.findall(s.text)]
