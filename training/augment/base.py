"""A way to vary a pair: what it gets and what it gives."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from random import Random

from training.pairs import Pair


class Stock:
    """Word pairs that variations bring in, in both directions of each pair."""

    def __init__(self, words: Iterable[Pair] = ()) -> None:
        self._words: dict[str, list[Pair]] = defaultdict(list)
        self._known: dict[str, dict[str, str]] = defaultdict(dict)
        for word in (w for pair in words for w in (pair, pair.reversed())):
            self._words[word.direction].append(word)
            self._known[word.direction][word.source.casefold()] = word.target.casefold()

    def words(self, direction: str) -> list[Pair]:
        return self._words.get(direction, [])

    def known(self, direction: str) -> dict[str, str]:
        """Words and their translations in one direction, folded."""
        return self._known.get(direction, {})


# None where the pair can't be varied in this way. Depends on the pair, the state of `random`, and the stock alone.
Variation = Callable[[Pair, Random, Stock], Pair | None]
