"""Changes of a text, and where its other places are afterwards."""

from hypothesis import given
from hypothesis import strategies as st

from polygist.translate.changes import Shift, replaced
from polygist.translate.markup.runs import Mark, Placed
from polygist.types import Span


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, dict[Span, str]]:
    """A text, and changes of it that are apart from each other."""
    text = draw(st.text(min_size=1, max_size=30))
    ends = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    spans = [Span(a, b) for a, b in zip(ends[::2], ends[1::2], strict=False)]
    return text, {span: draw(st.text(max_size=4)) for span in spans}


@given(changed())
def test_what_is_not_changed_stands_where_the_shift_says(case: tuple[str, dict[Span, str]]) -> None:
    text, changes = case
    new, shift = replaced(text, changes), Shift(changes)
    touched = {i for span in changes for i in range(*span)}
    for i, character in enumerate(text):
        if i not in touched:
            assert new[shift(i)] == character
    assert shift(len(text)) == len(new)


def test_an_insertion_stands_before_its_place() -> None:
    assert Shift({Span(2, 2): "xy"})(2) == 4
    assert Shift({Span(2, 2): "xy"})(1) == 1


def test_marks_stay_on_their_text() -> None:
    inner = Mark(4, 9, "<i>", "</i>")
    placed = Placed("So 1,000 trees", (Mark(3, 14, "<b>", "</b>", children=(inner,)),))
    moved = placed.changed({Span(0, 2): "Also", Span(4, 5): ""})
    assert moved.text == "Also 1000 trees"
    (outer,) = moved.marks
    assert moved.text[outer.start : outer.end] == "1000 trees"
    (child,) = outer.children
    assert moved.text[child.start : child.end] == "000 "
