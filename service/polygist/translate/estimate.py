"""How good a translation is expected to be: the chrF++ that it would have against a human one.

A straight line through what is known without one. bench/estimates.py fits it to a model and measures how right it is;
the numbers lie in the model's card.
"""

import math
from dataclasses import dataclass

from polygist.store.cards import Calibration
from polygist.translate.candidates import Candidate

# Raise it when the evidence is read otherwise: what was estimated before is forgotten then.
REVISION = 1

# A translation that is shorter than so much of its source, as a logarithm, lacks something; a longer one is not better.
_FULL = 0.2


@dataclass(frozen=True)
class Source:
    """A text to translate, and how many tokens it has."""

    text: str
    tokens: int


def expected(calibration: Calibration, source: Source, candidate: Candidate, agreement: float = 0.0) -> float:
    """The expected chrF++ (over 100, so 0 to 1) of a candidate for the translation of `source`.

    `agreement` is that of `candidates.agreed`, where there was a choice.
    """
    if not candidate.text:
        return 0.0
    seen = evidence(source, candidate, agreement)
    value = sum(weight * piece for weight, piece in zip(calibration.weights, seen, strict=True))
    return min(1.0, max(0.0, value))


def evidence(source: Source, candidate: Candidate, agreement: float = 0.0) -> tuple[float, ...]:
    """What an estimate rests on, in the order of `Calibration.weights`. Neither text is empty."""
    length = min(_FULL, math.log(len(candidate.text) / len(source.text)))
    rarity = source.tokens / len(source.text)
    return 1.0, candidate.log_probability, length, float(bool(candidate.doubts)), rarity, agreement
