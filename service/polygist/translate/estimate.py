"""How good a translation is expected to be: the chrF++ that it would have against a human one.

A straight line through what is known without one. bench/estimates.py fits it to a model and measures how right it is;
the numbers lie in the model's card. A card without them has no calibrated estimates: what is told then is how sure the
model is of its own words, which orders the translations of one model and says nothing of how good they are beside those
of another one.
"""

import math
from dataclasses import dataclass

from polygist.store.cards import Calibration
from polygist.translate.candidates import Candidate

# Raise it when the evidence is read otherwise: what was estimated before is forgotten then.
REVISION = 1

# A translation that is shorter than so much of its source, as a logarithm, lacks something; a longer one is not better.
_FULL = 0.2
# What a doubt leaves of an estimate that is not calibrated.
_DOUBTED = 0.5


@dataclass(frozen=True)
class Source:
    """A text to translate, and how many tokens it has."""

    text: str
    tokens: int


def expected(calibration: Calibration | None, direction: str, source: Source, candidate: Candidate) -> float:
    """The expected chrF++ (over 100, so 0 to 1) of a candidate for the translation of `source`.

    `direction` is one of `calibration.constants`. Without a calibration it is the geometric mean of the probabilities
    of its tokens, half of that where something is doubtful.
    """
    if not candidate.text:
        return 0.0
    if calibration is None:
        return math.exp(min(0.0, candidate.log_probability)) * (_DOUBTED if candidate.doubts else 1.0)
    seen = zip(calibration.slopes, evidence(source, candidate), strict=True)
    value = calibration.constants[direction] + sum(slope * piece for slope, piece in seen)
    return min(1.0, max(0.0, value))


def evidence(source: Source, candidate: Candidate) -> tuple[float, ...]:
    """What an estimate rests on, in the order of `Calibration.slopes`. Neither text is empty."""
    length = min(_FULL, math.log(len(candidate.text) / len(source.text)))
    return candidate.log_probability, length, float(bool(candidate.doubts)), source.tokens / len(source.text)
