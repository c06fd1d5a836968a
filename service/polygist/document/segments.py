"""A text as sentences alone, for those who want every one of them, whatever block it stands in."""

from polygist.document.parse import parse
from polygist.document.sentences import split
from polygist.types import BlockKind, Span


def sentences(text: str, language: str) -> list[Span]:
    """The sentences of all blocks in order: titles, headings and boilerplate too, without bullets and heading marks.

    'Title\\n- One. Two.\\n' -> [(0, 5), (8, 12), (13, 17)]
    """
    found: list[Span] = []
    for block in parse(text, language).blocks:
        if block.kind is BlockKind.BOILERPLATE:
            start, end = block.span
            found += [Span(start + a, start + b) for a, b in split(text[start:end], language)]
        else:
            found += block.sentences
    return found
