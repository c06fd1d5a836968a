"""Glossaries over each other."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.translate.glossary.layers import Layers
from polygist.translate.glossary.terms import Glossary, Term

Rows = dict[str, str]


def found(text: str, *layers: Rows) -> list[tuple[str, str]]:
    matches = Layers([Glossary(Term(*row) for row in rows.items()) for rows in layers]).find(text)
    return [(text[slice(*m.span)], m.target) for m in matches]


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        ({"virus": "Virus"}, {"virus": "Erreger", "Kyiv": "Kyjiw"}, [("virus", "Virus"), ("Kyiv", "Kyjiw")]),
        ({"Virus": "x"}, {"virus": "Erreger"}, [("virus", "Erreger")]),
        ({}, {"virus": "Erreger"}, [("virus", "Erreger")]),
        ({"virus": "Virus"}, {}, [("virus", "Virus")]),
        # The longer one, whichever has it.
        ({"virus": "Virus"}, {"virus in Kyiv": "x"}, [("virus in Kyiv", "x")]),
        ({"virus in Kyiv": "x"}, {"virus": "Erreger", "Kyiv": "Kyjiw"}, [("virus in Kyiv", "x")]),
        # The earlier one.
        ({"in Kyiv": "x"}, {"virus in": "y"}, [("virus in", "y")]),
    ],
)
def test_the_upper_one_wins_at_one_place(upper: Rows, lower: Rows, expected: list[tuple[str, str]]) -> None:
    assert found("A virus in Kyiv", upper, lower) == expected


ROWS = st.dictionaries(
    st.text("ab ", min_size=1, max_size=4).map(lambda s: " ".join(s.split())).filter(bool), st.just("x"), max_size=5
)


@given(st.text("ab ", max_size=40), ROWS, ROWS)
def test_terms_are_in_order_and_apart_and_none_is_lost_without_reason(text: str, upper: Rows, lower: Rows) -> None:
    matches = Layers([Glossary(Term(*row) for row in rows.items()) for rows in (upper, lower)]).find(text)
    assert all(a.span.end <= b.span.start for a, b in pairwise(matches))
    for rows in (upper, lower):
        for match in Glossary(Term(*row) for row in rows.items()).find(text):
            assert any(m.span.start < match.span.end and match.span.start < m.span.end for m in matches)


@given(st.text("ab ", max_size=40), ROWS)
def test_a_glossary_over_itself_is_itself(text: str, rows: Rows) -> None:
    glossary = Glossary(Term(*row) for row in rows.items())
    assert Layers([glossary, glossary]).find(text) == glossary.find(text)
