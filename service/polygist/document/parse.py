"""Raw text into an Article: the text stays as it came, everything found in it is a range."""

import re
from collections.abc import Iterator, Sequence

from polygist.document.lines import Line, ends_sentence, lines, without_marks
from polygist.document.notices import is_caption, is_notice
from polygist.document.roles import settle
from polygist.document.sentences import split
from polygist.document.shapes import Shape, shaped, shapes
from polygist.document.tables import cells
from polygist.types import CONTENT, Article, Block, BlockKind, Section, Sentence, Span

_MOST_TITLE_LINES = 3
_WORD = re.compile(r"\w+")
# Blocks that are one piece, whatever stops are in them.
_WHOLE = frozenset({BlockKind.TITLE, BlockKind.HEADING, BlockKind.BYLINE, BlockKind.DATELINE, BlockKind.TIMESTAMP})


def parse(text: str, language: str, *, titled: bool = False) -> Article:
    """Find the blocks of `text`, each with its kind, and their sentences.

    All ranges are code points of `text`; what lies outside of blocks can't be seen. `language` (BCP-47) is the one
    that sentences are split for. With `titled` the first line is the title, whatever it looks like; where the text then
    repeats it before it goes on, the repetition is boilerplate. `paragraph` of a sentence counts the blocks with
    content from 0, `section` is an index into `sections`. Linear time; never raises on any text.
    'Title\\nOne. Two.' -> title 'Title', one section without heading, two sentences.
    """
    rows = lines(text)
    found = _head(text, rows) if titled else []
    rest = rows[sum(shape.rows for shape in found) :]
    found += settle(text, shapes(text, rest, language), wants_title=not found)
    blocks = tuple(Block(s.kind, s.span, tuple(_sentences(text, s, language))) for s in found)
    title = next((s.inner for s in found if s.kind is BlockKind.TITLE), None)
    return Article(
        text=text,
        language=language,
        blocks=blocks,
        title=text[title.start : title.end] if title else None,
        title_span=title,
        sections=_sections(text, blocks, found),
    )


def _head(text: str, rows: Sequence[Line]) -> list[Shape]:
    """The title that a caller gives, and its repetition, where the text has one."""
    if not rows:
        return []
    title = shaped(text, rows[:1], BlockKind.TITLE)
    again = rows[1 : 1 + _repeated_title(rows)]
    return [title, shaped(text, again, BlockKind.BOILERPLATE)] if again else [title]


def _repeated_title(rows: Sequence[Line]) -> int:
    """How many lines after the first say it again, whatever their marks and breaks; 0 where nothing follows them."""
    title = _WORD.findall(rows[0].text.casefold())
    again: list[str] = []
    for count, row in enumerate(rows[1 : 1 + _MOST_TITLE_LINES], start=1):
        again += _WORD.findall(row.text.casefold())
        if title and again == title:
            return count if len(rows) > 1 + count else 0
    return 0


def _sentences(text: str, shape: Shape, language: str) -> Iterator[Span]:
    start, end = shape.inner
    if shape.kind is BlockKind.TABLE:
        yield from _cells(text, shape.span)
        return
    if shape.kind in _WHOLE or (shape.rows == 1 and " " not in text[start:end]):
        yield shape.inner
        return
    words = text[start:end]
    for a, b in split(without_marks(words) if shape.kind is BlockKind.BLOCK_QUOTE else words, language):
        yield Span(start + a, start + b)


def _cells(text: str, table: Span) -> Iterator[Span]:
    for row in lines(text[table.start : table.end]):
        for a, b in cells(row.text):
            yield Span(table.start + row.start + a, table.start + row.start + b)


def _sections(text: str, found: Sequence[Block], shapes: Sequence[Shape]) -> tuple[Section, ...]:
    """Headings with the content sentences under them; sentences that are notices are passed over."""
    heads: list[Span | None] = [None]
    contents: list[list[Sentence]] = [[]]
    position = paragraph = 0
    for block, shape in zip(found, shapes, strict=True):
        if block.kind is BlockKind.HEADING:
            heads.append(shape.inner)
            contents.append([])
        if block.kind not in CONTENT and not _tells(text, block):
            continue
        skip = len(heads) > 1 and not contents[0]  # nothing before the first heading: no section for it
        for span in block.sentences:
            words = text[span.start : span.end]
            if len(block.sentences) > 1 and (is_notice(words) or is_caption(words)):
                continue
            quoted = block.kind is BlockKind.BLOCK_QUOTE
            said = without_marks(words) if quoted else words
            contents[-1].append(Sentence(said, span, position, paragraph, len(heads) - 1 - skip, quoted))
            position += 1
        paragraph += 1
    skip = not contents[0]
    return tuple(
        Section(text[span.start : span.end] if span else None, span, tuple(sentences))
        for span, sentences in zip(heads[skip:], contents[skip:], strict=True)
    )


def _tells(text: str, block: Block) -> bool:
    """Whether a subtitle is made of whole sentences, which say what happened better than most; a question does not."""
    words = text[block.span.start : block.span.end]
    return block.kind is BlockKind.SUBTITLE and ends_sentence(words) and "?" not in words[-3:]
