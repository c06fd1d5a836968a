from hypothesis import given
from hypothesis import strategies as st

from polygist.transport.offsets import Offsets, OffsetUnit

# Emoji with joiners and skin tones, combining marks, Cyrillic, astral and plain characters, but no lone surrogates.
TEXT = st.text(
    st.sampled_from("aé́їЖ—€\U0001f468‍\U0001f469\U0001f3fd\U0001d538漢\n") | st.characters(exclude_categories=["Cs"])
)


def encoded_length(text: str, unit: OffsetUnit) -> int:
    match unit:
        case OffsetUnit.CODE_POINT:
            return len(text)
        case OffsetUnit.UTF8_BYTE:
            return len(text.encode())
        case OffsetUnit.UTF16_CODE_UNIT:
            return len(text.encode("utf-16-le")) // 2


@given(TEXT, st.sampled_from(OffsetUnit))
def test_every_offset_is_the_length_of_what_stands_before_it(text: str, unit: OffsetUnit) -> None:
    offsets = Offsets(text, unit)
    assert [offsets.convert(i) for i in range(len(text) + 1)] == [
        encoded_length(text[:i], unit) for i in range(len(text) + 1)
    ]


@given(TEXT, st.data())
def test_a_caller_who_cuts_bytes_gets_the_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    offsets = Offsets(text, OffsetUnit.UTF8_BYTE)
    assert text.encode()[offsets.convert(start) : offsets.convert(end)].decode() == text[start:end]
