"""A text as sentences alone, for those who want every one of them, whatever block it stands in."""

from polygist.document.parse import parse
from polygist.types import Span


def sentences(text: str, language: str) -> list[Span]:
    """The sentences of all blocks in order: titles, headings and boilerplate too, without bullets and heading marks.

    'Title\\n- One. Two.\\n' -> [(0, 5), (8, 12), (13, 17)]
    """
    return [span for block in parse(text, language).blocks for span in block.sentences]
