"""Block quotes: each is a quotation, and the line below it may say whose."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from polygist.summarize.marks import quotations
from polygist.summarize.words import one_line
from polygist.types import Article, BlockKind, Quote, Sentence, Span

_NAME_END = re.compile(r"[,(|]")


def signed(article: Article, index: int, said: Sequence[Quote]) -> list[Quote]:
    """The quotations of the block quote with that index, of which those with marks of their own are `said`.

    Without marks the whole block is one. Where no other speaker is known, it is the one whose name stands in a line
    below: '> We lost everything.\\n— Jane Doe, teacher' -> Jane Doe.
    """
    name, place = _signature(article, index)
    if not said:
        said = _whole(article, Span(*article.blocks[index].span))
    return [q if q.speaker else replace(q, speaker=name, speaker_span=place) for q in said]


def _signature(article: Article, index: int) -> tuple[str, Span | None]:
    following = article.blocks[index + 1] if index + 1 < len(article.blocks) else None
    if following is None or following.kind is not BlockKind.BYLINE:
        return "", None
    start, end = following.sentences[0]
    name = _NAME_END.split(article.text[start:end], maxsplit=1)[0].rstrip()
    first = start + len(name) - len(name.lstrip())
    return name.strip(), Span(first, start + len(name)) if name.strip() else None


def _whole(article: Article, block: Span) -> list[Quote]:
    """All that a block says, as one quotation, between its marks where it has some."""
    first, last = (bisect_left(article.sentences, at, key=lambda s: s.span.start) for at in block)
    parts = article.sentences[first:last]
    if not any(c.isalnum() for s in parts for c in s.text):
        return []
    marked = list(quotations(article.text, *block))
    if [s.start - 1 for s in marked] == [parts[0].span.start]:  # it is short and all in marks
        return [Quote(one_line(article.text[slice(*marked[0])]), "", Span(*marked[0]))]
    return [Quote(_joined(parts), "", Span(parts[0].span.start, parts[-1].span.end))]


def _joined(parts: Sequence[Sentence]) -> str:
    """Sentences on one line, without marks of the block and characters that can't be seen."""
    gaps = [other.span.start - one.span.end for one, other in pairwise(parts)]
    whole = "".join(s.text + " " * min(gap, 1) for s, gap in zip(parts, [*gaps, 0], strict=True))
    return one_line(whole)
