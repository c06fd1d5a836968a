"""Candidates for the translation of a segment, and the choice between them by minimum Bayes risk.

The candidate is taken that is likest to all the others, which stand for what a good translation may look like (Kumar
and Byrne, Minimum Bayes-Risk Decoding for Statistical Machine Translation, NAACL 2004).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from polygist.engines.base import Hypothesis
from polygist.translate import guard
from polygist.translate.chrf import pairwise
from polygist.translate.codecs import Codec
from polygist.types import WarningType


@dataclass(frozen=True)
class Candidate:
    """A translation, what is doubtful about it, and the mean logarithm of the probability of its tokens."""

    text: str
    doubts: frozenset[WarningType]
    log_probability: float

    @property
    def severity(self) -> int:
        """0 where nothing is doubtful; the higher, the worse."""
        return guard.severity(self.doubts)


def judged(answer: Hypothesis, text: str, codec: Codec, source: str, target: str) -> Candidate:
    """What a model has made of `text`, as a candidate. Takes milliseconds for a long text."""
    made = codec.decode(answer.tokens)
    found = guard.doubts(text, made, source, target, finished=answer.finished)
    return Candidate(made, found, answer.log_probability / max(1, len(answer.tokens) + answer.finished))


def agreed(candidates: Sequence[Candidate]) -> Candidate:
    """The candidate of least doubt that the others agree with most; one that comes more than once counts as often."""
    agreement = pairwise([candidate.text for candidate in candidates]).sum(axis=1)
    best = max(range(len(candidates)), key=lambda i: (-candidates[i].severity, agreement[i]))
    return candidates[best]
