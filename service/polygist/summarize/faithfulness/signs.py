"""What speaks against a statement, and how much it weighs."""

import math
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Signs(NamedTuple):
    """Each from 0 (nothing of the kind) to 1.

    The article does not have: `names` and `numbers` of the statement (1/2 for one, 2/3 for two, ...), its `words` (the
    share of their weight). It has them, but not near the rest of the statement: `far_names`. No supporting sentence has
    them side by side: `breaks`, the share of neighbouring words. `swapped`: the share of neighbouring names that stand
    in the other order. `negation`: one side denies what the other says.
    """

    names: float = 0.0
    numbers: float = 0.0
    words: float = 0.0
    far_names: float = 0.0
    breaks: float = 0.0
    swapped: float = 0.0
    negation: float = 0.0


# The kind of doubt that a sign raises.
DOUBTS = {
    "names": "name",
    "far_names": "name",
    "swapped": "name",
    "numbers": "number",
    "negation": "negation",
    "words": "words",
    "breaks": "words",
}


class Weights(NamedTuple):
    """The log odds that a statement without any sign has, and what each sign takes off at 1."""

    base: float
    signs: Signs
    threshold: float


@cache
def weights() -> Weights:
    """Those of weights.toml."""
    data = tomllib.loads(files(__package__).joinpath("weights.toml").read_text(encoding="utf-8"))
    return Weights(data["base"], Signs(**data["signs"]), data["threshold"])


def score(signs: Signs) -> float:
    """0 to 1: logistic in the signs, scaled so that a statement without any has 1. More of a sign never raises it."""
    base, against, _ = weights()
    odds = base - sum(w * s for w, s in zip(against, signs, strict=True))
    return (1 + math.exp(-base)) / (1 + math.exp(-odds))


def doubts(signs: Signs) -> tuple[str, ...]:
    """The kinds of doubt behind signs that go half the way to even odds or further."""
    base, against, _ = weights()
    named = zip(Signs._fields, against, signs, strict=True)
    return tuple(dict.fromkeys(DOUBTS[name] for name, weight, sign in named if 2 * weight * sign >= base))
