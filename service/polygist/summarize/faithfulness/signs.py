"""What speaks against a statement, and how much it weighs."""

import math
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Signs(NamedTuple):
    """Each from 0 (nothing of the kind) to 1.

    The article does not have: `names`, `numbers`, other `words` (share of the statement's weight). It has them, but not
    in the sentences that support the statement: `far_names`, `far_numbers`, `far_words`. `apart`: neighbouring words
    that no supporting sentence has in that order. `swapped`: the same of names. `negation`: one side denies.
    """

    names: float = 0.0
    numbers: float = 0.0
    words: float = 0.0
    far_names: float = 0.0
    far_numbers: float = 0.0
    far_words: float = 0.0
    apart: float = 0.0
    swapped: float = 0.0
    negation: float = 0.0


# The kind of doubt that a sign raises.
DOUBTS = {
    "names": "name",
    "far_names": "name",
    "swapped": "name",
    "numbers": "number",
    "far_numbers": "number",
    "negation": "negation",
    "words": "words",
    "far_words": "words",
    "apart": "words",
}
_HEARD = 0.5  # log odds that a sign must take off to be named as a doubt


class Weights(NamedTuple):
    """Log odds that a statement without any sign has, and what a sign at 1 takes off."""

    base: float
    signs: Signs
    threshold: float


@cache
def weights() -> Weights:
    """Those of weights.toml."""
    data = tomllib.loads(files(__package__).joinpath("weights.toml").read_text(encoding="utf-8"))
    return Weights(data["base"], Signs(**data["signs"]), data["threshold"])


def score(signs: Signs) -> float:
    """0 to 1: logistic in the signs, scaled so that a statement without any has 1."""
    base, against, _ = weights()
    odds = base - sum(w * s for w, s in zip(against, signs, strict=True))
    return (1 + math.exp(-base)) / (1 + math.exp(-odds))


def doubts(signs: Signs) -> tuple[str, ...]:
    """The kinds of doubt that the signs raise, in the order of DOUBTS."""
    against = weights().signs
    heard = [DOUBTS[n] for n, w, s in zip(Signs._fields, against, signs, strict=True) if w * s >= _HEARD]
    return tuple(dict.fromkeys(heard))
