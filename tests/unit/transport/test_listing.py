"""Filters and page tokens of lists, wrong ones among them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.errors import InvalidRequest
from polygist.jobs.records import ENDS, State
from polygist.transport import listing


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("", set(State)),
        ("  ", set(State)),
        ("done=true", ENDS),
        ("done = false", set(State) - ENDS),
        ("done!=false", ENDS),
        ("state=RUNNING", {State.RUNNING}),
        ("metadata.state = STATE_RUNNING", {State.RUNNING}),
        ('state="FAILED"', {State.FAILED}),
        ("done=true AND state!=FAILED AND state!=CANCELLED", {State.SUCCEEDED, State.PARTIALLY_COMPLETED}),
        ("state=FAILED AND state=RUNNING", set()),
    ],
)
def test_filters_leave_states(filter: str, expected: set[State]) -> None:
    assert set(listing.states(filter)) == expected


@pytest.mark.parametrize(
    "filter",
    [
        "done",
        "done=maybe",
        "state=running",
        "state=STATE_UNSPECIFIED",
        "name=x",
        "done=true OR done=false",
        "NOT done=true",
        "done=true AND",
        "(done=true)",
        "done=true; DROP TABLE jobs",
        "state=RUNNING\x00",
        "x" * 100_000,
        "done=true AND " * 50_000,
        " " * 999 + "x",
    ],
)
def test_what_is_no_filter_is_refused(filter: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        listing.states(filter)
    assert [v.field for v in error.value.violations] == ["filter"]


@given(st.integers(1, 2**63 - 1), st.text(), st.text())
def test_a_token_is_good_for_its_filter(number: int, filter: str, other: str) -> None:
    token = listing.token(number, filter)
    assert listing.before(token, filter) == number
    if other != filter:
        with pytest.raises(InvalidRequest):
            listing.before(token, other)


@given(st.one_of(st.text(min_size=1), st.binary(min_size=1).map(lambda b: base64.urlsafe_b64encode(b).decode())))
def test_a_token_that_is_made_up_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        listing.before(token, "")
    assert [v.field for v in error.value.violations] == ["page_token"]


def test_sizes_have_bounds() -> None:
    assert [listing.size(n) for n in (0, 1, 1_000, 2**31 - 1)] == [50, 1, 1_000, 1_000]
    with pytest.raises(InvalidRequest):
        listing.size(-1)
