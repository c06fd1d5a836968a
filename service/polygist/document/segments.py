"""A text as sentences alone, for those who want every one of them, whatever block it stands in."""

import re

from polygist.document.parse import parse
from polygist.types import Span

# Words with single spaces between them, commas, and one mark at the end: one sentence, whatever it means. A caller who
# waits for such a text, as most are that come alone, need not wait for it to be parsed.
_WORD = r"[^\W_]++(?:['’-][^\W_]++)*+"
_ONE = re.compile(rf"{_WORD}(?:,? {_WORD})*+[.!?]?")
_SHORT = 500  # code points; the parser cuts what is very long


def sentences(text: str, language: str) -> list[Span]:
    """The sentences of all blocks in order: titles, headings and boilerplate too, without bullets and heading marks.

    'Title\\n- One. Two.\\n' -> [(0, 5), (8, 12), (13, 17)]
    """
    if len(text) <= _SHORT and _ONE.fullmatch(text):
        return [Span(0, len(text))]
    return _parsed(text, language)


def _parsed(text: str, language: str) -> list[Span]:
    return [span for block in parse(text, language).blocks for span in block.sentences]
