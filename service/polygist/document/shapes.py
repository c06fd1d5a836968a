"""Runs of lines with the kind that each has by itself, whatever stands around it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from polygist.document.datelines import dateline, is_dateline
from polygist.document.headings import bare_heading, bullet, is_marked_heading, marker, number
from polygist.document.lines import Line, blocks, ends_sentence
from polygist.document.moments import Head, is_day, timestamp
from polygist.document.notices import is_byline, is_caption, is_credited, is_notice, is_rule, is_signature
from polygist.document.tables import is_framed, is_row
from polygist.types import CONTENT, HEADS, BlockKind, Span

_OPENING, _CLOSING = 6, 3

# What a block is by its words; the first that holds counts.
_BY_WORDS: tuple[tuple[Callable[[str], bool], BlockKind], ...] = (
    (is_caption, BlockKind.CAPTION),
    (is_notice, BlockKind.BOILERPLATE),
    (is_rule, BlockKind.BOILERPLATE),
    (is_credited, BlockKind.CAPTION),
)
_MARKED = HEADS | {BlockKind.BYLINE, BlockKind.TIMESTAMP}
# What a line is by its words where an article begins or ends.
_AT_THE_ENDS: tuple[tuple[Callable[[str], bool], BlockKind], ...] = (
    (is_byline, BlockKind.BYLINE),
    (is_dateline, BlockKind.DATELINE),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A run of lines before its sentences are known; `inner` is its text without bullet, quote or heading marks.

    `rows` counts its lines; it is 0 where something else goes on in the same line.
    """

    kind: BlockKind
    span: Span
    inner: Span
    rows: int


def shapes(text: str, rows: Sequence[Line], language: str) -> list[Shape]:
    """The blocks of `rows`, which are lines of `text`; heading candidates without marks are paragraphs."""
    loose = sum(timestamp(row.text, loose=True) is not None for row in rows) > 1
    dated = sum(is_day(row.text) for row in rows) == 1  # more days are the headings of a chronicle
    groups = list(_tables(blocks(rows, _stands_alone, lambda row: _opens(row, loose, language))))
    numbered = [number(g[0].text) > 0 for g in groups]
    found: list[Shape] = []
    prose = False
    for i, group in enumerate(groups):
        beside = (i > 0 and numbered[i - 1]) or (i + 1 < len(groups) and numbered[i + 1])
        kind = _kind(group, numbered[i] and beside)
        if len(group) == 1 and (i < _OPENING or i >= len(groups) - _CLOSING):
            kind = _kind_at_the_ends(kind, group[0].text, opening=dated and not prose)
        shape = shaped(text, group, kind)
        found += _split(text, shape, loose, language, opening=not prose) if kind is BlockKind.PARAGRAPH else [shape]
        prose |= kind in CONTENT and ends_sentence(group[-1].text)
    return found


def shaped(text: str, group: Sequence[Line], kind: BlockKind) -> Shape:
    """A run of lines as a block of a kind."""
    span = Span(group[0].start, group[-1].end)
    inner = Span(span.start + group[0].mark, span.end)
    if kind is BlockKind.LIST_ITEM:
        inner = Span(inner.start + (bullet(group[0].text) or number(group[0].text)), span.end)
    return as_kind(text, Shape(kind, span, inner, len(group)), kind)


def as_kind(text: str, shape: Shape, kind: BlockKind) -> Shape:
    """A block with another kind. What stands over a text loses the marks of markdown, who signs it the dash before."""
    start, end = shape.inner
    if kind is BlockKind.BYLINE:
        start += bullet(text[start:end])
    if kind in _MARKED:
        a, b = bare_heading(text[start:end])
        start, end = start + a, start + b
    return Shape(kind, shape.span, Span(start, end), shape.rows)


def _tables(groups: Sequence[Sequence[Line]]) -> Iterator[Sequence[Line]]:
    """Rows of a table joined to one run."""
    run: list[Line] = []
    for group in groups:
        row = len(group) == 1 and not group[0].mark and is_row(group[0].text) and not is_notice(group[0].text)
        if run and (not row or group[0].after_blank):
            yield run
            run = []
        if row:
            run.append(group[0])
        else:
            yield group
    if run:
        yield run


def _kind(group: Sequence[Line], numbered: bool) -> BlockKind:
    first = group[0].text
    if is_row(first) and (len(group) > 1 or is_framed(first)) and is_row(group[-1].text):
        return BlockKind.TABLE
    whole = first if len(group) == 1 else " ".join(line.text for line in group)
    if group[0].mark:
        return BlockKind.BYLINE if is_signature(whole) else BlockKind.BLOCK_QUOTE
    by_words = next((kind for holds, kind in _BY_WORDS if holds(whole)), None)
    if by_words:
        return by_words
    if is_marked_heading(first) and len(group) == 1:
        return BlockKind.HEADING
    return BlockKind.LIST_ITEM if bullet(first) or numbered else BlockKind.PARAGRAPH


def _kind_at_the_ends(kind: BlockKind, line: str, *, opening: bool) -> BlockKind:
    """The kind of a line near the beginning or end of an article, which `kind` is that of anywhere else."""
    if kind is not BlockKind.PARAGRAPH and (kind is not BlockKind.HEADING or marker(line)):
        return kind
    start, end = bare_heading(line)
    if opening and is_day(line[start:end]):
        return BlockKind.TIMESTAMP
    return next((found for holds, found in _AT_THE_ENDS if holds(line[start:end])), kind)


def _split(text: str, shape: Shape, loose: bool, language: str, *, opening: bool) -> Iterator[Shape]:
    """A paragraph, and before it the time and the dateline that it opens with, each a block of its own."""
    readers: tuple[tuple[BlockKind, Callable[[str], Head | None]], ...] = (
        (BlockKind.TIMESTAMP, partial(timestamp, loose=loose)),
        (BlockKind.DATELINE, partial(dateline, language=language, opening=opening)),
    )
    for kind, read in readers:
        start, end = shape.inner
        head = read(text[start:end])
        if head is None:
            continue
        whole = head.rest == end - start
        words = Span(start, start + head.words)
        yield Shape(kind, Span(start, end) if whole else words, words, shape.rows if whole else 0)
        if whole:
            return
        shape = Shape(shape.kind, Span(start + head.rest, end), Span(start + head.rest, end), shape.rows)
    yield shape


def _stands_alone(row: Line) -> bool:
    return is_marked_heading(row.text) or is_byline(row.text) or is_rule(row.text) or is_row(row.text)


def _opens(row: Line, loose: bool, language: str) -> bool:
    line = row.text
    return (
        bool(bullet(line) or number(line))
        or is_notice(line)
        or is_caption(line)
        or timestamp(line, loose=loose) is not None
        or dateline(line, language, opening=False) is not None
    )
