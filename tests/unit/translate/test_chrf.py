"""chrF of every two of some texts, against sacrebleu's."""

import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate.chrf import pairwise

REFERENCE = sacrebleu.CHRF()
SENTENCES = (
    "Уряд ухвалив бюджет у понеділок.",
    "У понеділок уряд ухвалив новий бюджет.",
    "The government has passed its budget.",
    "the  government\npassed",
    "a",
    "",
)


def check(texts: list[str]) -> None:
    expected = [[REFERENCE.sentence_score(one, [other]).score / 100 for other in texts] for one in texts]
    for row, wanted in zip(pairwise(texts).tolist(), expected, strict=True):
        assert row == pytest.approx(wanted, abs=1e-9)


def test_sentences_score_as_in_sacrebleu() -> None:
    check([*SENTENCES, SENTENCES[0]])


@given(st.lists(st.text("abcд \n🦠", max_size=30), min_size=1, max_size=5))
def test_anything_scores_as_in_sacrebleu(texts: list[str]) -> None:
    check(texts)
