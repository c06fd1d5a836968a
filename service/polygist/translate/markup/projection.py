"""Where the marks of a run go in its translation.

A mark over whole sentences is put on their translations. One on a part of a sentence is looked for in the translation
of that sentence: (1) as the same string, (2) as its own translation, in any inflection, (3) by its relative position,
which is a guess. Marks stay nested as they were and never cross.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from polygist.translate.markup.frames import Pair, around, clipped_pair, expected_at, gaps, nearest, outside, touched
from polygist.translate.markup.matching import Words, alike, inside, is_whole, same
from polygist.translate.markup.runs import Mark, Run
from polygist.types import Span

# The translation of a phrase by itself.
Phrase = Callable[[str], Awaitable[str]]

# Phrases of a run that are translated by themselves to find them; the rest are placed without.
MOST_PHRASES = 24
# Code points of a phrase that is.
LONGEST_PHRASE = 300
# Share of a sentence by which a common word may be off its relative place and still be taken for the same word.
_NEAR = 0.2

_QUOTES = frozenset("\"'“”„«»‚‘’‹›")


async def project(run: Run, translated: str, pairs: Sequence[Pair], phrase: Phrase) -> tuple[tuple[Mark, ...], bool]:
    """The marks of a run at their places in its translation, and whether one of these is a guess.

    `pairs` are the sentences of the run's text and of the translation, in order; none where they are not known.
    """
    projection = _Projection(run.text, translated, phrase)
    whole = (Span(0, len(run.text)), Span(0, len(translated)))
    return await projection.level(run.marks, whole, pairs or [whole]), projection.uncertain


class _Projection:
    def __init__(self, source: str, target: str, phrase: Phrase) -> None:
        self._source, self._target = Words(source), Words(target)
        self._phrase, self._phrases = phrase, MOST_PHRASES
        self._breaks = _breaks(source, target)
        self.uncertain = False

    async def level(self, marks: tuple[Mark, ...], frame: Pair, pairs: Sequence[Pair]) -> tuple[Mark, ...]:
        """Marks that lie side by side in a frame: a range of the source and its range in the translation."""
        pairs = [p for pair in pairs if (p := clipped_pair(pair, frame))] or [frame]
        places: dict[int, Span] = {}
        ranges = [i for i, m in enumerate(marks) if m.start < m.end]
        for find in (self._known, self._same, self._translated, self._across, self._relative):
            for i in ranges:
                if i not in places:
                    free = gaps(frame[1], places.values())
                    found = await find(marks[i], pairs, free)
                    if found:
                        places[i] = found if marks[i].literal else self._tight(marks[i], found)
        for i, mark in enumerate(marks):
            if i not in places:
                places[i] = outside(await self._point(mark, frame, pairs), places.values())
        order = sorted(range(len(marks)), key=lambda i: (*places[i], i))
        return tuple([await self._placed(marks[i], places[i], pairs) for i in order])

    async def _placed(self, mark: Mark, place: Span, pairs: Sequence[Pair]) -> Mark:
        if mark.literal:
            return replace(mark, start=place.start, end=place.end, opening=self._spaced(mark, place))
        children = await self.level(mark.children, (Span(mark.start, mark.end), place), pairs) if mark.children else ()
        return replace(mark, start=place.start, end=place.end, children=children)

    def _spaced(self, mark: Mark, place: Span) -> str:
        """A literal that takes the place of nothing stands apart from its neighbours, as a word does."""
        text = self._target.text
        if place.start < place.end or mark.start == mark.end or mark.opening.isspace() or mark.opening[:3] == "<br":
            return mark.opening
        before, after = text[place.start - 1 : place.start], text[place.end : place.end + 1]
        return f"{' ' * before.isalnum()}{mark.opening}{' ' * after.isalnum()}"

    async def _known(self, mark: Mark, pairs: Sequence[Pair], free: Sequence[Span]) -> Span | None:
        """The place that needs no search: a line break's, or that of whole sentences."""
        if mark.literal and self._source.text[mark.start : mark.end] == "\n":
            found = self._breaks.get(mark.start)
            return found if found and inside(found, free) else None
        first, last = touched(mark, pairs)
        if first is None or last is None or mark.literal:
            return None
        start, end = self._start_of(mark.start, first), self._end_of(mark.end, last)
        if start is None or end is None or start >= end:
            return None
        return Span(start, end) if inside(Span(start, end), free) else None

    def _start_of(self, at: int, pair: Pair) -> int | None:
        """Where in the translation of a sentence a mark begins that begins before the sentence's first word."""
        source, target = pair
        if self._source.within(Span(source.start, max(source.start, at))):
            return None
        return target.start if at <= source.start else self._target.core(target).start

    def _end_of(self, at: int, pair: Pair) -> int | None:
        source, target = pair
        if self._source.within(Span(min(at, source.end), source.end)):
            return None
        return target.end if at >= source.end else self._target.core(target).end

    async def _across(self, mark: Mark, pairs: Sequence[Pair], free: Sequence[Span]) -> Span | None:
        """A place that begins in one sentence and ends in another."""
        first, last = touched(mark, pairs)
        if first is None or last is None or first == last or mark.literal:
            return None
        start, end = self._start_of(mark.start, first), self._end_of(mark.end, last)
        if start is None:
            start = (await self._part(Mark(mark.start, first[0].end, ""), first, free)).start
        if end is None:
            end = (await self._part(Mark(last[0].start, mark.end, ""), last, free)).end
        return Span(start, end) if start < end and inside(Span(start, end), free) else None

    async def _part(self, mark: Mark, pair: Pair, free: Sequence[Span]) -> Span:
        found = await self._same(mark, [pair], free) or await self._translated(mark, [pair], free)
        return found or await self._relative(mark, [pair], free)

    async def _same(self, mark: Mark, pairs: Sequence[Pair], free: Sequence[Span]) -> Span | None:
        """The same string in the sentence's translation."""
        pair = around(mark, pairs)
        core = Span(mark.start, mark.end) if mark.literal else self._core(mark)
        text, expected = self._source.text[core.start : core.end], expected_at(core.start, pair)
        whole = not mark.literal and is_whole(self._source.text, core)
        best = same(text, self._target.text, pair[1], expected, free, whole)
        if not best:
            return None
        far = abs(best.start - expected) / max(1, pair[1].end - pair[1].start)
        telling = mark.literal or len(text) >= 6 or any(c.isdigit() or c.isupper() for c in text)
        return self._with_edges(mark, core, best, free) if telling or far <= _NEAR else None

    async def _translated(self, mark: Mark, pairs: Sequence[Pair], free: Sequence[Span]) -> Span | None:
        """The phrase's own translation; what stays as it is may have come back a little changed."""
        pair, core = around(mark, pairs), self._core(mark)
        text, expected = self._source.text[core.start : core.end], expected_at(core.start, pair)
        if mark.literal:
            found = alike(text, self._target, pair[1], expected, free)
            if found:
                return found
        first, last = touched(mark, pairs)
        wanted = await self._translation(text) if first == last else ""
        found = alike(wanted, self._target, pair[1], expected, free) if wanted else None
        return self._with_edges(mark, core, found, free) if found else None

    async def _translation(self, text: str) -> str:
        if not self._phrases or not any(c.isalpha() for c in text) or len(text) > LONGEST_PHRASE:
            return ""
        self._phrases -= 1
        return await self._phrase(text)

    async def _relative(self, mark: Mark, pairs: Sequence[Pair], free: Sequence[Span]) -> Span:
        """The words at the mark's relative position, as many as it has; nothing at all where none are free."""
        self.uncertain = True
        pair, core = around(mark, pairs), self._core(mark)
        expected, wanted = expected_at(core.start, pair), expected_at(core.end, pair)
        words = [w for w in self._target.near(pair[1], expected, wanted) if inside(w, free)]
        if self._source.text[mark.start : mark.end] == "\n" or mark.literal or not words:
            return self._gap(mark, expected, pair[1], free)
        first = min(words, key=lambda w: abs(w.start - expected))
        last = min((w for w in words if w.start >= first.start), key=lambda w: abs(w.end - wanted))
        whole = Span(first.start, last.end)
        return self._with_edges(mark, core, whole if inside(whole, free) else first, free)

    def _gap(self, mark: Mark, expected: float, span: Span, free: Sequence[Span]) -> Span:
        """A place between words; a line break takes that of the space there."""
        edges = [e for w in self._target.near(span, expected, expected) for e in w if inside(Span(e, e), free)]
        edges += [e for f in free for e in f]
        at = min(edges, key=lambda e: abs(e - expected), default=span.start)
        is_break = self._source.text[mark.start : mark.end] == "\n"
        if is_break and self._target.text[at : at + 1] == " " and inside(Span(at, at + 1), free):
            return Span(at, at + 1)
        return Span(at, at)

    def _core(self, mark: Mark) -> Span:
        """The words of a mark without the punctuation at its ends; all of it where it has no words."""
        core = self._source.core(Span(mark.start, mark.end))
        return core if core.start < core.end else Span(mark.start, mark.end)

    def _with_edges(self, mark: Mark, core: Span, found: Span, free: Sequence[Span]) -> Span:
        """What was found for the words of a mark, with the punctuation and space at its ends where they are there."""
        source, target = self._source.text, self._target.text
        start, end = found
        for char in reversed(source[mark.start : core.start]):
            if start == 0 or not _matches(char, target[start - 1]) or not inside(Span(start - 1, end), free):
                break
            start -= 1
        for char in source[core.end : mark.end]:
            if end == len(target) or not _matches(char, target[end]) or not inside(Span(start, end + 1), free):
                break
            end += 1
        return Span(start, end)

    def _tight(self, mark: Mark, place: Span) -> Span:
        """A place without space at its ends, unless the mark has some: Markdown would not see where it ends."""
        source, text, (start, end) = self._source.text, self._target.text, place
        while start < end and text[start].isspace() and not source[mark.start].isspace():
            start += 1
        while start < end and text[end - 1].isspace() and not source[mark.end - 1].isspace():
            end -= 1
        return Span(start, end)

    async def _point(self, mark: Mark, frame: Pair, pairs: Sequence[Pair]) -> int:
        """The place of a point: beside the word that it stands at, or at the edge of its sentence."""
        at, text = mark.start, self._source.text
        if at <= frame[0].start or at >= frame[0].end:
            return frame[1].start if at <= frame[0].start else frame[1].end
        glued = at > 0 and not text[at - 1].isspace()
        pair = nearest(at, pairs, before=glued)
        edge = self._start_of(at, pair)
        edge = self._end_of(at, pair) if edge is None else edge
        if edge is not None:
            return edge
        words = self._source.within(pair[0])
        word = max((w for w in words if w.start < at), default=words[0])
        if not glued:
            word = min((w for w in words if w.end > at), default=words[-1])
        return await self._beside(mark, word, pair, after=glued)

    async def _beside(self, mark: Mark, word: Span, pair: Pair, after: bool) -> int:
        anchor = Mark(word.start, word.end, "")
        found = await self._same(anchor, [pair], [pair[1]]) or await self._translated(anchor, [pair], [pair[1]])
        if found:
            return found.end if after else found.start
        if not mark.opening.startswith("<!--"):
            self.uncertain = True
        return self._target.edge(expected_at(mark.start, pair), pair[1], ends=after)


def _breaks(source: str, target: str) -> dict[int, Span]:
    """The line breaks of a source and those of its translation, one by one; nothing where they are not as many."""
    ours = [i for i, c in enumerate(source) if c == "\n"]
    theirs = [i for i, c in enumerate(target) if c == "\n"]
    return {i: Span(j, j + 1) for i, j in zip(ours, theirs, strict=True)} if len(ours) == len(theirs) else {}


def _matches(char: str, other: str) -> bool:
    """Whether a character at the end of a phrase is said by another one in the translation."""
    return char == other or (char in _QUOTES and other in _QUOTES) or (char.isspace() and other.isspace())
