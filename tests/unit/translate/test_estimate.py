"""What a translation is expected to be worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.store.cards import Calibration, load_card
from polygist.translate.candidates import Candidate
from polygist.translate.estimate import Source, expected
from polygist.types import Estimate, WarningType

CARD = load_card("gemma3-270m-embedded")
SOURCE = Source("The government has passed its budget.", 7)
GOOD = "Die Regierung hat den Haushalt beschlossen."
DOUBT = frozenset({WarningType.NUMBER_MISMATCH})


def test_every_piece_of_evidence_adds_its_share() -> None:
    calibration = Calibration(0.5, 0.2, 0.1, -0.05, -0.4, 0.3)
    source = Source("abcdefghij", 5)
    found = expected(calibration, source, Candidate("abcdefghij", DOUBT, -1.0), agreement=0.5)
    assert found == pytest.approx(0.5 - 0.2 - 0.05 - 0.4 * 0.5 + 0.3 * 0.5)
    assert expected(calibration, source, Candidate("abc", frozenset(), 0.0)) < expected(
        calibration, source, Candidate("abcdefghij", frozenset(), 0.0)
    )
    long, longer = (expected(calibration, source, Candidate("x" * n, frozenset(), 0.0)) for n in (20, 40))
    assert long == longer


@pytest.mark.parametrize("direction", sorted(CARD.estimates))
def test_what_the_model_doubts_or_cuts_short_is_worth_less(direction: str) -> None:
    calibrations = CARD.estimates[direction]
    for calibration in (calibrations.once, calibrations.best):
        usual = expected(calibration, SOURCE, Candidate(GOOD, frozenset(), -0.4), 0.6)
        assert 0.2 < usual < 0.8
        assert expected(calibration, SOURCE, Candidate(GOOD, frozenset(), -1.2), 0.6) < usual
        assert expected(calibration, SOURCE, Candidate("Die Regierung.", frozenset(), -0.4), 0.6) < usual
        assert expected(calibration, SOURCE, Candidate("", frozenset(), -0.4), 0.6) == 0
    assert expected(calibrations.best, SOURCE, Candidate(GOOD, frozenset(), -0.4), 0.3) < usual


@given(
    st.text(min_size=1, max_size=50), st.text(max_size=200), st.floats(-100, 0), st.floats(0, 1), st.integers(0, 100)
)
def test_it_is_between_0_and_1(source: str, text: str, log_probability: float, agreement: float, tokens: int) -> None:
    for calibrations in CARD.estimates.values():
        candidate = Candidate(text, DOUBT, log_probability)
        assert 0 <= expected(calibrations.best, Source(source, tokens), candidate, agreement) <= 1


def test_estimates_add_up_to_a_mean_by_length() -> None:
    assert Estimate().value is None
    whole = Estimate.of(0.2, 30) + Estimate() + Estimate.of(0.6, 10)
    assert whole.value == pytest.approx(0.3)
