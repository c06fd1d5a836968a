"""Single words and short lists, as headings, tables and menus have them."""

from random import Random

from training.augment.base import Stock
from training.pairs import Pair

_MOST = 6


def word(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """A word in place of the pair, with a capital half of the time."""
    return _made(pair, 1, random, stock)


def several(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """A list of two to six words in place of the pair: "dog, tree, Monday"."""
    return _made(pair, random.randint(2, _MOST), random, stock)


def _made(pair: Pair, count: int, random: Random, stock: Stock) -> Pair | None:
    words = stock.words(pair.direction)
    if len(words) < count:
        return None
    chosen = random.sample(words, count)
    source, target = (", ".join(sides) for sides in zip(*((w.source, w.target) for w in chosen), strict=True))
    if random.random() < 0.5:
        source, target = source[:1].upper() + source[1:], target[:1].upper() + target[1:]
    return pair._replace(source=source, target=target)
