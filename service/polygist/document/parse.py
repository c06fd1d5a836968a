"""Raw text into an Article: the text stays as it came, everything found in it is a range."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from polygist.document.headings import bare_heading, bullet, is_heading, is_marked_heading, is_title, number
from polygist.document.lines import Line, blocks, lines
from polygist.document.notices import is_byline, is_notice, is_rule
from polygist.document.sentences import split
from polygist.types import Article, Block, BlockKind, Section, Sentence, Span

_CONTENT = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
_MOST_HEADINGS_IN_A_ROW = 2
_OPENING, _CLOSING = 4, 3
_MOST_TITLE_LINES = 3
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Shape:
    """A run of lines before its sentences are known; `inner` is its text without bullet or heading marks."""

    kind: BlockKind
    span: Span
    inner: Span
    rows: int


def parse(text: str, language: str, *, titled: bool = False) -> Article:
    """Find title, headings, paragraphs, list items, boilerplate and sentences of `text`.

    All ranges are code points of `text`; what lies outside of blocks can't be seen. `language` (BCP-47) is the one
    that sentences are split for. With `titled` the first line is the title, whatever it looks like; where the text then
    repeats it before it goes on, the repetition is boilerplate. `paragraph` of a sentence counts the blocks with
    content from 0, `section` is an index into `sections`. Linear time; never raises on any text.
    'Title\\nOne. Two.' -> title 'Title', one section without heading, two sentences.
    """
    rows = lines(text)
    head = [_Shape(BlockKind.TITLE, *_ranges(rows[:1], BlockKind.TITLE, text), 1)] if titled and rows else []
    repetition = _repeated_title(rows) if head else 0
    if repetition:
        again = rows[1 : 1 + repetition]
        head.append(_Shape(BlockKind.BOILERPLATE, *_ranges(again, BlockKind.BOILERPLATE, text), repetition))
    body = rows[1 + repetition :] if head else rows
    shapes = _shapes(text, body)
    shapes = head + _settle(text, shapes, wants_title=not head)
    found = tuple(Block(s.kind, s.span, tuple(_sentences(text, s, language))) for s in shapes)
    title = next((s.inner for s in shapes if s.kind is BlockKind.TITLE), None)
    return Article(
        text=text,
        language=language,
        blocks=found,
        title=text[title.start : title.end] if title else None,
        title_span=title,
        sections=_sections(text, found, shapes),
    )


def _repeated_title(rows: Sequence[Line]) -> int:
    """How many lines after the first say it again, whatever their marks and breaks; 0 where nothing follows them."""
    title = _WORD.findall(rows[0].text.casefold())
    again: list[str] = []
    for count, row in enumerate(rows[1 : 1 + _MOST_TITLE_LINES], start=1):
        again += _WORD.findall(row.text.casefold())
        if title and again == title:
            return count if len(rows) > 1 + count else 0
    return 0


def _shapes(text: str, rows: Sequence[Line]) -> list[_Shape]:
    """Blocks with the kind that each has by itself; heading candidates are HEADING, whatever follows them."""
    groups = blocks(rows, _stands_alone, _opens_item)
    numbered = [number(g[0].text) > 0 for g in groups]
    shapes = []
    for i, group in enumerate(groups):
        beside = (i > 0 and numbered[i - 1]) or (i + 1 < len(groups) and numbered[i + 1])
        kind = _kind(group, numbered[i] and beside)
        if kind is BlockKind.PARAGRAPH and (i < _OPENING or i >= len(groups) - _CLOSING) and _is_author(group):
            kind = BlockKind.BOILERPLATE
        shapes.append(_Shape(kind, *_ranges(group, kind, text), len(group)))
    return shapes


def _kind(group: Sequence[Line], numbered: bool) -> BlockKind:
    first = group[0].text
    whole = first if len(group) == 1 else " ".join(line.text for line in group)
    if is_notice(whole) or is_rule(whole):
        return BlockKind.BOILERPLATE
    if is_marked_heading(first) and len(group) == 1:
        return BlockKind.HEADING
    if bullet(first) or numbered:
        return BlockKind.LIST_ITEM
    return BlockKind.PARAGRAPH


def _settle(text: str, shapes: list[_Shape], *, wants_title: bool) -> list[_Shape]:
    """Give the title and the headings their kinds: both need content after them."""
    settled = list(shapes)
    last_content = max((i for i, s in enumerate(shapes) if s.kind in _CONTENT), default=-1)
    first = next((i for i, s in enumerate(shapes) if s.kind is not BlockKind.BOILERPLATE), None)
    if wants_title and first is not None and first < last_content and _can_be_title(text, shapes[first]):
        settled[first] = replace(shapes[first], kind=BlockKind.TITLE, inner=_inner_heading(text, shapes[first].span))
    run: list[int] = []
    for i, shape in enumerate(settled):
        if i < last_content and _can_head(text, shape):
            run.append(i)
        elif shape.kind is not BlockKind.BOILERPLATE:
            _promote(text, settled, run)
            run = []
    _promote(text, settled, run)
    return settled


def _promote(text: str, shapes: list[_Shape], run: Sequence[int]) -> None:
    """Make a run of heading-like lines headings, unless it is so long that it is a table or a poem."""
    for i in run if len(run) <= _MOST_HEADINGS_IN_A_ROW else ():
        shapes[i] = replace(shapes[i], kind=BlockKind.HEADING, inner=_inner_heading(text, shapes[i].span))


def _can_be_title(text: str, shape: _Shape) -> bool:
    words = text[shape.inner.start : shape.inner.end]
    return shape.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING) and shape.rows <= 2 and is_title(words)


def _can_head(text: str, shape: _Shape) -> bool:
    if shape.kind is not BlockKind.PARAGRAPH or shape.rows > 1:
        return False
    return is_heading(text[shape.span.start : shape.span.end])


def _ranges(group: Sequence[Line], kind: BlockKind, text: str) -> tuple[Span, Span]:
    span = Span(group[0].start, group[-1].end)
    if kind in (BlockKind.HEADING, BlockKind.TITLE):
        return span, _inner_heading(text, span)
    if kind is BlockKind.LIST_ITEM:
        return span, Span(span.start + (bullet(group[0].text) or number(group[0].text)), span.end)
    return span, span


def _inner_heading(text: str, span: Span) -> Span:
    start, end = bare_heading(text[span.start : span.end])
    return Span(span.start + start, span.start + end)


def _stands_alone(line: Line) -> bool:
    return is_marked_heading(line.text) or is_byline(line.text) or is_rule(line.text)


def _opens_item(line: Line) -> bool:
    return bool(bullet(line.text) or number(line.text)) or is_notice(line.text)


def _is_author(group: Sequence[Line]) -> bool:
    return len(group) == 1 and is_byline(group[0].text)


def _sentences(text: str, shape: _Shape, language: str) -> Iterator[Span]:
    start, end = shape.inner
    if shape.kind in (BlockKind.TITLE, BlockKind.HEADING) or (shape.rows == 1 and " " not in text[start:end]):
        yield shape.inner
        return
    for a, b in split(text[start:end], language):
        yield Span(start + a, start + b)


def _sections(text: str, found: Sequence[Block], shapes: Sequence[_Shape]) -> tuple[Section, ...]:
    """Headings with the content sentences under them; sentences that are notices are passed over."""
    heads: list[Span | None] = [None]
    contents: list[list[Sentence]] = [[]]
    position = paragraph = 0
    for block, shape in zip(found, shapes, strict=True):
        if block.kind is BlockKind.HEADING:
            heads.append(shape.inner)
            contents.append([])
        if block.kind not in _CONTENT:
            continue
        for span in block.sentences:
            words = text[span.start : span.end]
            if len(block.sentences) > 1 and is_notice(words):
                continue
            contents[-1].append(Sentence(words, span, position, paragraph, len(heads) - 1))
            position += 1
        paragraph += 1
    return _numbered(text, heads, contents)


def _numbered(text: str, heads: Sequence[Span | None], contents: Sequence[list[Sentence]]) -> tuple[Section, ...]:
    skip = 0 if contents[0] else 1  # nothing before the first heading: no section for it
    return tuple(
        Section(
            text[span.start : span.end] if span else None,
            span,
            tuple(replace(s, section=s.section - skip) for s in sentences),
        )
        for span, sentences in zip(heads[skip:], contents[skip:], strict=True)
    )
