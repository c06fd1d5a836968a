"""Which candidate is taken."""

import pytest

from polygist.translate.candidates import Candidate, agreed
from polygist.types import WarningType

DOUBT = frozenset({WarningType.NUMBER_MISMATCH})
WORSE = DOUBT | {WarningType.REPETITION}


def candidate(text: str, doubts: frozenset[WarningType] = frozenset()) -> Candidate:
    return Candidate(text, doubts, -0.5)


def test_the_one_that_the_others_agree_with_is_taken() -> None:
    some = [candidate(t) for t in ("Der Hund lief weg.", "Der Hund rannte weg.", "Der Hund rannte fort.", "Katzen!")]
    best, agreement = agreed(some)
    assert best is some[1]
    assert 0.3 < agreement < 0.9


def test_one_that_comes_often_counts_as_often() -> None:
    some = [candidate(t) for t in ("Der Hund rannte weg.", "Katzen!", "Er ist fort.", "Er ist fort.")]
    assert agreed(some)[0].text == "Er ist fort."


def test_a_doubted_candidate_loses_to_one_that_is_not_and_the_worse_to_the_better() -> None:
    same = "Der Hund rannte 5 km weg."
    lone = candidate("Ein Tier entlief.")
    assert agreed([candidate(same, DOUBT), candidate(same, DOUBT), lone])[0] is lone
    better = candidate("Ein Tier entlief.", DOUBT)
    assert agreed([candidate(same, WORSE), candidate(same, WORSE), better])[0] is better


def test_the_first_wins_among_equals_and_nothing_agrees_with_nothing() -> None:
    some = [candidate(""), candidate(""), candidate("")]
    assert agreed(some) == (some[0], 0.0)
    twins = [candidate("Ja."), candidate("Ja.")]
    best, agreement = agreed(twins)
    assert best is twins[0]
    assert agreement == pytest.approx(1.0)
