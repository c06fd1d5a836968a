"""Statements of different documents that say the same."""

from collections.abc import Callable, Sequence

from polygist.summarize.brief.likeness import Likeness, Row, cosine
from polygist.summarize.brief.story import Statement

_ALIKE = 0.4  # of the means of two clusters, to become one
_COVERED = 0.5  # of what one of two statements says
_FEWEST = 3  # content words that two statements share, if they are not the same word for word

# Whether two statements, by their numbers, can say the same.
Fit = Callable[[int, int], bool]


def clusters(likeness: Likeness, statements: Sequence[Statement], fit: Fit) -> list[list[int]]:
    """Statements, by their numbers, in clusters; every statement is in one, each cluster has one of a document at most.

    The most alike pairs join first; two clusters join where their means are alike and no two of their statements are
    unfit. Linear in the pairs of `likeness`, times the number of documents.
    """
    root = list(range(len(likeness.rows)))
    members = {i: [i] for i in root}
    means: dict[int, Row] = dict(enumerate(likeness.rows))
    for _, i, j in likeness.pairs:
        a, b = root[i], root[j]
        if a == b or not (_same(statements, i, j) or _shares(likeness, i, j)) or cosine(means[a], means[b]) < _ALIKE:
            continue
        if not {statements[k].document for k in members[a]}.isdisjoint(statements[k].document for k in members[b]):
            continue
        if all(fit(x, y) for x in members[a] for y in members[b]):
            means[a] = _sum(means[a], means.pop(b))
            for k in members[b]:
                root[k] = a
            members[a] += members.pop(b)
    return [sorted(found) for found in members.values()]


def _same(statements: Sequence[Statement], i: int, j: int) -> bool:
    return statements[i].text.casefold() == statements[j].text.casefold()


def _shares(likeness: Likeness, i: int, j: int) -> bool:
    """Whether one of two statements says most of what the other does."""
    if len(likeness.rows[i].keys() & likeness.rows[j].keys()) < _FEWEST:
        return False
    return max(likeness.covered(i, j), likeness.covered(j, i)) >= _COVERED


def _sum(a: Row, b: Row) -> Row:
    return {term: a.get(term, 0.0) + b.get(term, 0.0) for term in a.keys() | b.keys()}
