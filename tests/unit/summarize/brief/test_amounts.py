"""Which values may be the same."""

import pytest

from polygist.summarize.brief.amounts import amount
from polygist.summarize.brief.words import words
from polygist.types import Figure, FigureKind, Span


def figure(value: float, high: float | None = None) -> Figure:
    return Figure("", FigureKind.NUMBER, Span(0, 1), value, high)


@pytest.mark.parametrize(
    ("language", "before", "value", "after", "other", "agree"),
    [
        ("en", "at least", 12, "", 12, True),
        ("en", "at least", 12, "", 15, False),
        ("en", "about", 300, "", 312, True),
        ("en", "", 300, "", 312, True),
        ("en", "", 312, "", 321, False),
        ("en", "", 30, "", 33, False),
        ("en", "more than", 50, "", 57, True),
        ("en", "more than", 50, "", 48, False),
        ("en", "up to", 500, "", 430, True),
        ("en", "", 1.2e9, "", 1.5e9, False),
        ("en", "", 1.2e9, "", 1.24e9, True),
        ("en", "", 31, "", 31.4, True),
        ("de", "mindestens", 7, "", 9, False),
        ("de", "Etwa", 220, "mehr als", 200, True),
        ("de", "rund", 14_000, "rund", 21_000, False),
        ("uk", "понад", 400, "", 430, True),
        ("uk", "щонайменше", 5, "", 8, False),
        ("uk", "близько", 60, "", 85, False),
    ],
)
def test_values_differ_beyond_rounding_or_not(
    language: str, before: str, value: float, after: str, other: float, agree: bool
) -> None:
    one, two = (amount(figure(v), f"{said} ", words(language)) for v, said in ((value, before), (other, after)))
    assert one is not None
    assert two is not None
    assert one.agrees(two) is two.agrees(one) is agree


def test_a_range_allows_what_lies_in_it() -> None:
    known = words("en")
    spread, inside, outside = (amount(figure(*f), "", known) for f in ((10, 14), (12,), (19,)))
    assert spread is not None
    assert inside is not None
    assert outside is not None
    assert spread.agrees(inside)
    assert not spread.agrees(outside)
    assert amount(Figure("12:30", FigureKind.NUMBER, Span(0, 5)), "", known) is None


@pytest.mark.parametrize("language", ["en", "de", "uk"])
def test_every_language_has_every_list(language: str) -> None:
    found = words(language)
    assert all(vars(found).values())
    assert set(found.counted.values()) == set(words("en").counted.values())
