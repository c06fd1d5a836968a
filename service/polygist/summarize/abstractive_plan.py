"""What of an article a summary model is given: texts that fit its window and never end within a sentence."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

from polygist.summarize.words import one_line
from polygist.types import Article, Sentence, Summary

# The tokens of each text.
Counts = Callable[[Sequence[str]], Sequence[int]]
# A part of an article with fewer sentences is no shorter when it is summarised.
_WORTH = 2
# What a joint between two sentences may cost beside their own tokens.
_JOINT = 1


class Unit(NamedTuple):
    """A sentence on one line; units of one `group`, a section, are better not put apart."""

    text: str
    group: int
    tokens: int


@dataclass(frozen=True)
class Plan:
    """The sentences of an article, and for each key point of its extractive summary the part of the article that it
    stands for, "" where that is not worth a summary."""

    units: tuple[Unit, ...]
    parts: tuple[str, ...]


def plan(article: Article, base: Summary, counts: Counts, room: int) -> Plan:
    """Plan for a model that has `room` tokens for the text of a part. What the lead says is in no part."""
    sentences = article.sentences
    made = units([one_line(s.text) for s in sentences], [s.section for s in sentences], counts)
    starts = [s.span.start for s in sentences]
    lead, chosen = (
        [bisect_right(starts, span.start) - 1 for span in spans]
        for spans in (base.lead_spans, [p.spans[0] for p in base.key_points])
    )
    bounds = [0, *(_between(sentences, a, b) for a, b in pairwise(chosen)), len(sentences)]
    rest = [i for i in range(len(sentences)) if i not in lead or i in chosen]
    parts = [
        _around([made[i] for i in rest if start <= i < end], sum(start <= i < place for i in rest), room)
        for place, (start, end) in zip(chosen, pairwise(bounds), strict=False)
    ]
    return Plan(made, tuple(parts))


def units(texts: Sequence[str], groups: Sequence[int], counts: Counts) -> tuple[Unit, ...]:
    """A unit for each text."""
    found = zip(texts, groups, counts(texts), strict=True)
    return tuple(Unit(text, group, n + _JOINT) for text, group, n in found)


def chunks(sentences: Sequence[Unit], counts: Counts, room: int) -> list[str]:
    """All of the text, in order, in texts of up to `room` tokens: whole groups together as far as they fit.

    Only a sentence that alone exceeds the room is put apart, between words where it has any.
    """
    found: list[list[Unit]] = [[]]
    left = room
    for _, units_of_group in groupby(_fitting(sentences, counts, room), lambda unit: unit.group):
        group = list(units_of_group)
        together = sum(unit.tokens for unit in group)
        for unit in group:
            if unit.tokens > left or (unit is group[0] and left < together <= room):
                found.append([])
                left = room
            found[-1].append(unit)
            left -= unit.tokens
    return [_joined(chunk) for chunk in found if chunk]


def _between(sentences: Sequence[Sentence], a: int, b: int) -> int:
    """Where the part of one key point ends and that of the next begins: between sections, else in the middle."""
    middle = (a + b + 1) // 2
    seams = [i for i in range(a + 1, b + 1) if sentences[i].section != sentences[i - 1].section]
    return min(seams, key=lambda i: abs(i - middle), default=middle)


def _around(part: Sequence[Unit], place: int, room: int) -> str:
    """The sentences around the one at `place`, as many as there is room for, those on both sides in turn."""
    start, end, left = place, place + 1, room - part[place].tokens
    grown = left >= 0
    while grown:
        grown = False
        if end < len(part) and part[end].tokens <= left:
            left, end, grown = left - part[end].tokens, end + 1, True
        if start > 0 and part[start - 1].tokens <= left:
            left, start, grown = left - part[start - 1].tokens, start - 1, True
    return _joined(part[start:end]) if end - start >= _WORTH else ""


def _fitting(sentences: Sequence[Unit], counts: Counts, room: int) -> Iterator[Unit]:
    for unit in sentences:
        if unit.tokens <= room or len(unit.text) < 2:
            if unit.text:
                yield unit
        else:
            yield from _fitting(units(_halves(unit.text), (unit.group, unit.group), counts), counts, room)


def _halves(text: str) -> tuple[str, str]:
    """A text in two, at the space that is nearest to its middle, or within a word that has none near."""
    middle = len(text) // 2
    before, after = text.rfind(" ", middle // 2, middle), text.find(" ", middle, middle + middle // 2)
    spaces = [place for place in (before, after) if place > 0]
    cut = min(spaces, key=lambda place: abs(place - middle), default=middle)
    return text[:cut].rstrip(), text[cut:].lstrip()


def _joined(sentences: Sequence[Unit]) -> str:
    return " ".join(unit.text for unit in sentences)
