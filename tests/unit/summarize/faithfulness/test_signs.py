"""What signs weigh."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.summarize.faithfulness.signs import DOUBTS, Signs, doubts, score, weights

SHARE = st.floats(0.0, 1.0)


def test_every_sign_has_a_kind_of_doubt_and_a_weight() -> None:
    assert set(DOUBTS) == set(Signs._fields)
    assert all(w > 0 for w in weights().signs)


def test_without_signs_there_is_no_doubt() -> None:
    assert score(Signs()) == pytest.approx(1.0)
    assert doubts(Signs()) == ()


@given(st.tuples(*[SHARE] * len(Signs._fields)), st.sampled_from(Signs._fields), SHARE)
def test_more_of_a_sign_never_raises_the_score(values: tuple[float, ...], name: str, more: float) -> None:
    signs = Signs(*values)
    worse = signs._replace(**{name: max(getattr(signs, name), more)})
    assert 0.0 <= score(worse) <= score(signs) <= 1.0
    assert set(doubts(signs)) <= set(doubts(worse))


@pytest.mark.parametrize("name", ["names", "numbers", "negation"])
def test_one_hard_sign_is_enough(name: str) -> None:
    value = 1.0 if name == "negation" else 0.5
    signs = Signs(**{name: value})
    assert score(signs) < weights().threshold
    assert doubts(signs) == (DOUBTS[name],)
