"""Weights of the signs: logistic regression with an intercept for each group of data.

The intercepts matter: nine in ten XSum statements are unsupported whatever they look like, and a single intercept would
make the weights explain the difference between the sets instead of that within them. Labels weigh alike in each group,
and so do the kinds of damage. No weight is below zero.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from cases import LANGUAGES, SUMMARY, Judged
from scipy.optimize import minimize

from polygist.summarize.faithfulness.signs import Signs

_RIDGE = 0.0002
_BASE = 4.0  # of the scaled odds: a statement without signs has 98 %, the threshold is at even odds
# Data sets that share an intercept, and the weight of each group.
_GROUPS = {
    "sentences of CNN/DM": (("qags-cnndm", "summacoz-factcc", "goyal21-cnndm"), 1.0),
    "summaries of CNN/DM": (
        ("cliff-cnndm", "cogensumm", "summacoz-cogensumm", "summacoz-summeval", "summacoz-polytope"),
        1.0,
    ),
    "qags-xsum": (("qags-xsum",), 0.5),
    "cliff-xsum": (("cliff-xsum",), 0.5),
    "goyal21-xsum": (("goyal21-xsum",), 0.25),
    "xsumfaith": (("xsumfaith",), 0.5),
}
_DAMAGE = 0.7  # weight of the damaged sentences of a language


def fitted(found: Sequence[Judged]) -> tuple[float, Signs]:
    """Base and weights, scaled so that the best cut lies at even odds."""
    used = [(j, *_group(j)) for j in found if _group(j)]
    names = sorted({name for _, name, _ in used})
    group = np.array([names.index(name) for _, name, _ in used])
    signs = np.array([np.max(j.signs, axis=0) for j, _, _ in used])
    side = np.array([1.0 if j.case.supported else -1.0 for j, _, _ in used])
    weight = _weights(used)

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        odds = side * (p[group] - signs @ p[len(names) :])
        pull = -weight * side / (1 + np.exp(odds))
        slopes = -(signs.T @ pull) + 2 * _RIDGE * p[len(names) :]
        value = (weight * np.logaddexp(0, -odds)).sum() + _RIDGE * (p[len(names) :] ** 2).sum()
        return float(value), np.r_[np.bincount(group, pull, len(names)), slopes]

    count = signs.shape[1]
    bounds = [(None, None)] * len(names) + [(0.0, None)] * count
    slopes = minimize(loss, np.ones(len(names) + count), jac=True, bounds=bounds, method="L-BFGS-B").x[len(names) :]
    against = np.array([max(np.array(j.signs) @ slopes) for j, _, _ in used])
    scale = _BASE / _cut(against, side > 0, weight)
    return _BASE, Signs(*(round(float(s * scale), 1) for s in slopes))


def _cut(against: np.ndarray, supported: np.ndarray, weight: np.ndarray) -> float:
    """Where most of the weighed statements are on their side, human labels and damage together.

    Both labels of a group weigh alike, so this is the balanced accuracy of the groups, whatever share of a set is
    supported. Damage keeps the threshold from where swapped names pass, labels from where all rewording is doubted.
    """
    cuts = np.unique(np.quantile(against, np.linspace(0.02, 0.98, 193)))
    right = [weight[supported & (against <= c)].sum() + weight[~supported & (against > c)].sum() for c in cuts]
    return float(cuts[int(np.argmax(right))])


def _group(judged: Judged) -> tuple[str, float] | None:
    case = judged.case
    for name, (members, weight) in _GROUPS.items():
        if case.kind in members:
            return name, weight
    human = case.kind.startswith("summacoz") or case.kind == SUMMARY
    return None if human or case.language not in LANGUAGES else (case.language, _DAMAGE)


def _weights(used: Sequence[tuple[Judged, str, float]]) -> np.ndarray:
    """Alike for both labels of a group, and for the kinds of damage of a label."""
    cells = [(name, j.case.supported, j.case.kind if name in LANGUAGES else "") for j, name, _ in used]
    sizes, kinds = Counter(cells), Counter((name, label) for name, label, _ in set(cells))
    weight = np.array([w / sizes[c] / kinds[c[:2]] for c, (_, _, w) in zip(cells, used, strict=True)])
    return np.asarray(weight / weight.sum())
