"""What a translation is expected to be worth."""

import math

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
    calibration = Calibration({"en-de": 0.5, "de-en": 0.6}, 0.2, 0.1, -0.05, -0.4)

    def value(text: str, log_probability: float = 0.0, direction: str = "en-de", source: str = "abcdefghij") -> float:
        return expected(calibration, direction, Source(source, 5), Candidate(text, frozenset(), log_probability))

    same = "abcdefghij"
    assert value(same) == pytest.approx(0.5 - 0.4 * 0.5)
    assert value(same, direction="de-en") == pytest.approx(value(same) + 0.1)
    assert value(same, -0.5) == pytest.approx(value(same) - 0.1)
    assert value("abcde") == pytest.approx(value(same) - 0.1 * math.log(2))
    assert value(same) < value(same * 2) == value(same * 4)
    doubted = expected(calibration, "en-de", Source(same, 5), Candidate(same, DOUBT, 0.0))
    assert doubted == pytest.approx(value(same) - 0.05)


@pytest.mark.parametrize("direction", sorted(CARD.calibration.constants))
def test_what_the_model_is_less_sure_of_or_cuts_short_is_worth_less(direction: str) -> None:
    def value(text: str, log_probability: float) -> float:
        return expected(CARD.calibration, direction, SOURCE, Candidate(text, frozenset(), log_probability))

    assert 0.2 < value(GOOD, -0.4) < 0.8
    assert value(GOOD, -1.2) < value(GOOD, -0.4)
    assert value("Die Regierung.", -0.4) < value(GOOD, -0.4)
    assert value("", -0.4) == 0


def test_without_a_calibration_it_is_how_sure_the_model_is() -> None:
    def value(text: str, log_probability: float, doubts: frozenset[WarningType] = frozenset()) -> float:
        return expected(None, "en-de", SOURCE, Candidate(text, doubts, log_probability))

    assert value(GOOD, -0.4) == pytest.approx(math.exp(-0.4))
    assert value(GOOD, -0.4, DOUBT) == pytest.approx(math.exp(-0.4) / 2)
    assert value(GOOD, 0.1) == 1
    assert value("", -0.4) == 0


@given(st.text(min_size=1, max_size=50), st.text(max_size=200), st.floats(-100, 0), st.integers(0, 100), st.booleans())
def test_it_is_between_0_and_1(source: str, text: str, log_probability: float, tokens: int, doubted: bool) -> None:
    candidate = Candidate(text, DOUBT if doubted else frozenset(), log_probability)
    for direction in CARD.calibration.constants:
        assert 0 <= expected(CARD.calibration, direction, Source(source, tokens), candidate) <= 1


def test_estimates_add_up_to_a_mean_by_length() -> None:
    assert Estimate().value is None
    whole = Estimate.of(0.2, 30) + Estimate() + Estimate.of(0.6, 10)
    assert whole.value == pytest.approx(0.3)
