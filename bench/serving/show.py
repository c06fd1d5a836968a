"""Where tables are printed, and the figures that several parts take."""

import math
import sys
from collections.abc import Sequence

from rich.console import Console

console = Console(width=None if sys.stdout.isatty() else 140)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of all is not above.

    >>> quantile([3.0, 1.0, 2.0, 4.0], 0.5)
    2.0
    """
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def steady(ends: Sequence[Sequence[float]], aside: int) -> float:
    """Output tokens a second between the first so many answers and the last so many, while all places are taken.

    `ends` are (seconds, tokens) of each answer.

    >>> steady([(3.0, 10), (1.0, 10), (2.0, 20), (9.0, 10)], 1)
    15.0
    """
    middle = sorted(ends)[aside - 1 : len(ends) - aside]
    return sum(tokens for _, tokens in middle[1:]) / (middle[-1][0] - middle[0][0])
