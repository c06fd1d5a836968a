"""Pairs made more various, so that the model stands what people send: which way a pair is varied, and how often."""

from collections.abc import Mapping
from random import Random

from training.augment import case, copied, lists
from training.augment.base import Stock, Variation
from training.pairs import Pair
from training.tasks import NAMES

VARIATIONS: Mapping[str, Variation] = {
    "capitals": case.capitals,
    "lower": case.lower,
    "headline": case.headline,
    "typos": case.typos,
    "word": lists.word,
    "list": lists.several,
    "numbers": copied.numbers,
    "dates": copied.dates,
    "addresses": copied.addresses,
    "placeholders": copied.placeholders,
    "marks": copied.marks,
}


class Varied:
    """Varies pairs. `shares` says which part of all pairs each variation is offered; one that it does not fit stays as
    it is. Raises ValueError for an unknown variation, and for shares that make more than the whole."""

    def __init__(self, shares: Mapping[str, float], stock: Stock) -> None:
        if unknown := shares.keys() - VARIATIONS.keys():
            raise ValueError(f"no variation {', '.join(sorted(unknown))}; there are {', '.join(VARIATIONS)}")
        if min(shares.values(), default=0) < 0 or sum(shares.values()) > 1:
            raise ValueError("the shares of variations are from 0 to 1, and make 1 at most")
        self._shares, self._stock = shares, stock

    def __call__(self, pair: Pair, random: Random) -> Pair:
        if pair.t in NAMES:  # a headline does not say all of its article
            return pair
        left = random.random()
        for name, share in self._shares.items():
            left -= share
            if left < 0:
                return VARIATIONS[name](pair, random, self._stock) or pair
        return pair
