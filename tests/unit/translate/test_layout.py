import re

from hypothesis import given
from hypothesis import strategies as st

from polygist.document.segments import sentences
from polygist.translate import layout
from polygist.types import Span


def english(text: str) -> list[Span]:
    return sentences(text, "en")


def words(text: str) -> list[str]:
    return [p.text for p in layout.pieces(text, english) if p.translatable]


HOSTILE = st.text() | st.text(st.sampled_from("aB. \n\r\t-•1)#»“ї\u2028\x0b😀"))


@given(HOSTILE)
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(p.text for p in layout.pieces(text, english)) == text


@given(HOSTILE)
def test_a_translatable_piece_has_letters_and_no_space_around_it(text: str) -> None:
    for piece in layout.pieces(text, english):
        if piece.translatable:
            assert piece.text == piece.text.strip()
            assert layout.has_words(piece.text)


def test_list_markers_blank_lines_and_indentation_stay_outside() -> None:
    text = "Plan of the day\r\n\r\n  - First thing. Second thing.\r\n\t- Third one.\n### Head\nThe end of it.\n"
    assert words(text) == ["Plan of the day", "First thing.", "Second thing.", "Third one.", "Head", "The end of it."]


def test_what_has_nothing_to_translate_stays() -> None:
    text = "https://example.org/a?b=c\n2022\n— — —\n😀\nme@example.org\n#tag"
    assert words(text) == []


@given(
    st.lists(st.text("abc", min_size=1), min_size=1).map(" ".join),
    st.lists(st.tuples(st.text("xyz", min_size=1), st.sampled_from([" ", "\n", "\r\n", " \n\t"])), min_size=1),
)
def test_rewrapping_keeps_every_line_break_and_every_word(translation: str, parts: list[tuple[str, str]]) -> None:
    source = "".join(word + gap for word, gap in parts).strip()
    made = layout.rewrap(source, translation)
    assert made.split() == translation.split()
    breaks = re.compile(r"[ \t]*\r?\n\s*")
    if len(breaks.findall(source)) < len(translation.split()):
        assert breaks.findall(made) == breaks.findall(source)


def test_a_long_sentence_is_cut_at_its_clauses_and_nothing_is_lost() -> None:
    sentence = "The first part is here, the second part follows; the third part, which is longer, ends the sentence."

    def count(text: str) -> int:
        return len(text.split())

    parts = layout.clauses(sentence, count, 8)
    assert "".join(parts) == sentence
    assert all(count(p) <= 8 for p in parts)
    assert parts[0].rstrip().endswith((",", ";"))


@given(st.text(st.sampled_from("ab ,;—:")), st.integers(1, 9))
def test_clauses_joined_are_the_sentence_and_each_fits(sentence: str, limit: int) -> None:
    parts = layout.clauses(sentence, len, limit)
    assert "".join(parts) == sentence
    assert all(len(p) <= limit for p in parts if len(p) > 1)


def test_a_long_run_without_a_boundary_is_cut_where_it_must_be() -> None:
    parts = layout.clauses("x" * 1000, len, 100)
    assert "".join(parts) == "x" * 1000
    assert re.fullmatch(r"x{1,100}", max(parts, key=len))
