"""Variations in capitals, and misspelt sources."""

import re
from random import Random

from training.augment.base import Stock
from training.pairs import Pair

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*")
_INSIDE = re.compile(r"[.!?:;…]\s")
_HEADLINE_WORDS = range(3, 15)
_ONE_TYPO_IN = 12
# Neighbours on the keyboards of the three languages.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiopü", "asdfghjklöä", "йцукенгшщзхї", "фівапролджє", "ячсмитьбю")


def capitals(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """ALL OF IT, as the translation of a text in capitals is: "Он ist da." -> "ОН IST DA."."""
    return pair._replace(source=pair.source.upper(), target=pair.target.upper())


def lower(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """A source without capitals, its translation as it should be."""
    return pair._replace(source=pair.source.lower()) if pair.source != pair.source.lower() else None


def headline(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """A short sentence as a headline: without its full stop, the source in Title Case half of the time.

    The translation keeps its capitals: German and Ukrainian have no Title Case, and English headlines don't need it.
    """
    source, target = pair.source.rstrip(), pair.target.rstrip()
    whole = source.endswith(".") and target.endswith(".") and not source.endswith("..") and not target.endswith("..")
    if not whole or len(_WORD.findall(source)) not in _HEADLINE_WORDS or _INSIDE.search(source):
        return None
    source = source[:-1]
    if random.random() < 0.5:
        source = _WORD.sub(lambda m: m[0][0].upper() + m[0][1:], source)
    return pair._replace(source=source, target=target[:-1])


def typos(pair: Pair, random: Random, stock: Stock) -> Pair | None:
    """A source with a misspelt word in twelve, its translation as it should be. Names and numbers stay."""
    words = [m for m in _WORD.finditer(pair.source) if len(m[0]) > 3 and m[0].islower()]
    if not words:
        return None
    chosen = random.sample(words, max(1, len(words) // _ONE_TYPO_IN))
    source = pair.source
    for match in sorted(chosen, key=re.Match.start, reverse=True):
        source = source[: match.start()] + misspelt(match[0], random) + source[match.end() :]
    return pair._replace(source=source) if source != pair.source else None


def misspelt(word: str, random: Random) -> str:
    """A word of at least two letters with one slip in it: two letters changed over, one lost, doubled, or its
    neighbour on the keyboard."""
    at = random.randrange(len(word) - 1)
    a, b = word[at], word[at + 1]
    slip = random.randrange(4)
    if slip == 0:
        return word[:at] + b + a + word[at + 2 :]
    if slip == 1:
        return word[: at + 1] + word[at + 2 :]
    if slip == 2:
        return word[: at + 1] + a + word[at + 1 :]
    return word[:at] + _neighbour(a, random) + word[at + 1 :]


def _neighbour(letter: str, random: Random) -> str:
    near = [row[i + by] for row in _ROWS if (i := row.find(letter)) >= 0 for by in (-1, 1) if 0 <= i + by < len(row)]
    return random.choice(near) if near else letter
