"""A text into pieces and back: nothing between sentences changes, and nothing inside of them is lost."""

from polygist.document import segments
from polygist.translate import casing, layout, scripts, verbatim
from tests.fuzz.articles import in_order
from tests.fuzz.given import text_of

_WINDOW = 40


def check(data: bytes) -> None:
    language, text = text_of(data)
    pieces = layout.pieces(text, lambda whole: segments.sentences(whole, language))
    assert "".join(piece.text for piece in pieces) == text
    assert all(text.startswith(piece.text, piece.start) for piece in pieces)
    for piece in pieces:
        if piece.sentence:
            _sentence(piece.text, language)
    for spans in (verbatim.addresses(text), verbatim.kept(text)):
        in_order(spans, len(text))


def _sentence(text: str, language: str) -> None:
    parts = layout.clauses(text, len, _WINDOW)
    assert "".join(parts) == text
    assert all(len(part) <= _WINDOW for part in parts)
    line = " ".join(text.split())
    # As many spaces as there are breaks to put in their place: no letter goes, none comes.
    assert layout.rewrap(text, line).split() == line.split()
    scripts.foreign(text, {language, "en"})
    how = casing.capitals(line, str.lower)
    assert "".join(casing.lowered(line, str.lower).split()).casefold() == "".join(line.split()).casefold()
    casing.restored(line, how)
