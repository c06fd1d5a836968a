"""Which candidate is taken."""

from polygist.translate.candidates import Candidate, agreed
from polygist.types import WarningType

DOUBT = frozenset({WarningType.NUMBER_MISMATCH})
WORSE = DOUBT | {WarningType.REPETITION}


def candidate(text: str, doubts: frozenset[WarningType] = frozenset()) -> Candidate:
    return Candidate(text, doubts, -0.5)


def test_the_one_that_the_others_agree_with_is_taken() -> None:
    some = [candidate(t) for t in ("Der Hund lief weg.", "Der Hund rannte weg.", "Der Hund rannte fort.", "Katzen!")]
    assert agreed(some) is some[1]


def test_one_that_comes_often_counts_as_often() -> None:
    some = [candidate(t) for t in ("Der Hund rannte weg.", "Katzen!", "Er ist fort.", "Er ist fort.")]
    assert agreed(some).text == "Er ist fort."


def test_a_doubted_candidate_loses_to_one_that_is_not_and_the_worse_to_the_better() -> None:
    same = "Der Hund rannte 5 km weg."
    lone = candidate("Ein Tier entlief.")
    assert agreed([candidate(same, DOUBT), candidate(same, DOUBT), lone]) is lone
    better = candidate("Ein Tier entlief.", DOUBT)
    assert agreed([candidate(same, WORSE), candidate(same, WORSE), better]) is better


def test_the_first_wins_among_equals_also_of_nothing() -> None:
    for text in ("", "Ja."):
        some = [candidate(text), candidate(text), candidate(text)]
        assert agreed(some) is some[0]
