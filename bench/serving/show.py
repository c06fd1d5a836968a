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
