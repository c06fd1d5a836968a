"""Title, subtitle, headings, greetings and signatures: kinds that a block has by its place among others."""

from collections.abc import Sequence

from polygist.document.headings import is_emphasised, is_heading, is_kicker, is_subtitle, is_title, marker
from polygist.document.moments import has_day
from polygist.document.notices import is_signature
from polygist.document.shapes import Shape, as_kind
from polygist.types import CONTENT, BlockKind

_MOST_HEADINGS_IN_A_ROW = 2
_TITLE_WORDS, _SUBTITLE_WORDS, _SUBTITLE_LENGTH = 4, 5, 400
_GREETING_LENGTH = 70
_QUOTE_OPENS, _QUOTE_CLOSES = tuple("\"“„«»'‘‚›‹"), tuple("\"”“»«'’‘‹›")
# What may stand around a title, between headings, and before a byline, and is neither.
_ASIDE = frozenset({BlockKind.BOILERPLATE, BlockKind.CAPTION, BlockKind.TIMESTAMP, BlockKind.BYLINE})
# What a line that opens with a dash is taken for until it proves to be a signature.
_UNSIGNED = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
_AROUND_HEADINGS = _ASIDE | {BlockKind.DATELINE}


def settle(text: str, shapes: Sequence[Shape], *, wants_title: bool) -> list[Shape]:
    """The blocks of an article with their kinds. Title, subtitle and headings need content after them.

    Without `wants_title` the caller has the title already, and `shapes` are what follows it.
    """
    settled = list(shapes)
    last = max((i for i, s in enumerate(shapes) if s.kind in CONTENT or s.kind is BlockKind.TABLE), default=-1)
    below = -1 if not wants_title else _settle_title(text, settled, last)
    if below is not None:
        _settle_subtitle(text, settled, below + 1, last)
    _settle_greetings(text, settled, last)
    _settle_signatures(text, settled)
    run: list[int] = []
    for i, shape in enumerate(settled):
        if i < last and _can_head(text, shape) and not _goes_on(text, settled[i + 1]):
            run.append(i)
        elif shape.kind not in _AROUND_HEADINGS:
            _promote(text, settled, run)
            run = []
    _promote(text, settled, run)
    return settled


def _settle_title(text: str, shapes: list[Shape], last: int) -> int | None:
    """Make the first block the title, or the second where the first names a part of the paper; its place."""
    first = _next(shapes, 0)
    if first is None or first >= last or not _can_be_title(text, shapes[first]):
        return None
    second = _next(shapes, first + 1)
    if second is not None and second < last and is_kicker(_words(text, shapes[first])):
        words = _words(text, shapes[second])
        if _can_be_title(text, shapes[second]) and len(words.split()) >= _TITLE_WORDS and not words.isupper():
            shapes[first] = as_kind(text, shapes[first], BlockKind.BOILERPLATE)
            first = second
    shapes[first] = as_kind(text, shapes[first], BlockKind.TITLE)
    return first


def _settle_subtitle(text: str, shapes: list[Shape], start: int, last: int) -> None:
    """Make the block below the title the subtitle, where it has no final stop or stands above the byline or day."""
    i = _next(shapes, start)
    if i is None or i >= last or any(s.kind is BlockKind.BYLINE for s in shapes[start:i]):
        return
    if _is_subtitle(text, shapes[i]) or (_can_be_standfirst(shapes[i]) and _is_above_facts(text, shapes[i + 1 :])):
        shapes[i] = as_kind(text, shapes[i], BlockKind.SUBTITLE)


def _is_subtitle(text: str, shape: Shape) -> bool:
    words = _words(text, shape)
    if is_emphasised(words) or (shape.kind is BlockKind.HEADING and not marker(words)):
        return len(words.split()) >= _SUBTITLE_WORDS
    return shape.kind is BlockKind.PARAGRAPH and is_subtitle(words)


def _can_be_standfirst(shape: Shape) -> bool:
    length = shape.span.end - shape.span.start
    return shape.kind is BlockKind.PARAGRAPH and length <= _SUBTITLE_LENGTH


def _is_above_facts(text: str, following: Sequence[Shape]) -> bool:
    """Whether the byline comes next, or the day of publication."""
    shape = next((s for s in following[:3] if s.kind not in (BlockKind.BOILERPLATE, BlockKind.CAPTION)), None)
    if shape is None or not shape.rows:
        return False
    dated = shape.kind is BlockKind.TIMESTAMP and has_day(_words(text, shape))
    return dated or shape.kind is BlockKind.BYLINE


def _settle_greetings(text: str, shapes: list[Shape], last: int) -> None:
    """What a speech opens with is no content: 'Ladies and gentlemen!', 'Українці! Українки!'."""
    for i, shape in enumerate(shapes[:last]):
        words = _words(text, shape) if shape.kind is BlockKind.PARAGRAPH else ""
        if words.endswith("!") and len(words) <= _GREETING_LENGTH:
            shapes[i] = as_kind(text, shape, BlockKind.BOILERPLATE)
        elif shape.kind in CONTENT:
            return


def _settle_signatures(text: str, shapes: list[Shape]) -> None:
    """'“We will win.”' above '— Jane Doe, coach' is a block quote and whose it is."""
    for i in range(1, len(shapes)):
        quote, name = shapes[i - 1], shapes[i]
        if name.kind in _UNSIGNED and name.rows == 1 and is_signature(_words(text, name)):
            words = _words(text, quote)
            quoted = words.startswith(_QUOTE_OPENS) and words.rstrip(".").endswith(_QUOTE_CLOSES)
            if quote.kind is BlockKind.BLOCK_QUOTE or (quote.kind is BlockKind.PARAGRAPH and quoted):
                shapes[i - 1] = as_kind(text, quote, BlockKind.BLOCK_QUOTE)
                shapes[i] = as_kind(text, name, BlockKind.BYLINE)


def _promote(text: str, shapes: list[Shape], run: Sequence[int]) -> None:
    """Make a run of heading-like lines headings, unless it is so long that it is a table or a poem."""
    for i in run if len(run) <= _MOST_HEADINGS_IN_A_ROW else ():
        shapes[i] = as_kind(text, shapes[i], BlockKind.HEADING)


def _next(shapes: Sequence[Shape], start: int) -> int | None:
    return next((i for i in range(start, len(shapes)) if shapes[i].kind not in _ASIDE), None)


def _can_be_title(text: str, shape: Shape) -> bool:
    return shape.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING) and shape.rows <= 2 and is_title(_words(text, shape))


def _can_head(text: str, shape: Shape) -> bool:
    return shape.kind is BlockKind.PARAGRAPH and shape.rows == 1 and is_heading(_words(text, shape))


def _goes_on(text: str, following: Shape) -> bool:
    """Whether a list goes on with the sentence above it: 'The firms', '- lied about it'."""
    return following.kind is BlockKind.LIST_ITEM and text[following.inner.start].islower()


def _words(text: str, shape: Shape) -> str:
    return text[shape.span.start : shape.span.end]
