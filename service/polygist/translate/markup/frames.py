"""Pairs of ranges, one of a source and one of its translation, and what lies in them, between them and beside them."""

from collections.abc import Iterable, Sequence

from polygist.translate.markup.runs import Mark
from polygist.types import Span

Pair = tuple[Span, Span]


def clipped_pair(pair: Pair, frame: Pair) -> Pair | None:
    """The part of a pair of sentences in a frame."""
    (source, target), (first, second) = pair, frame
    source = Span(max(source.start, first.start), min(source.end, first.end))
    target = Span(max(target.start, second.start), min(target.end, second.end))
    return (source, target) if source.start < source.end and target.start < target.end else None


def touched(mark: Mark, pairs: Sequence[Pair]) -> tuple[Pair | None, Pair | None]:
    """The first and the last sentence that a mark touches."""
    touched = [p for p in pairs if p[0].start < mark.end and mark.start < p[0].end]
    return (touched[0], touched[-1]) if touched else (None, None)


def around(mark: Mark, pairs: Sequence[Pair]) -> Pair:
    """The sentences that a mark lies in, as one pair; the nearest one where it lies in none."""
    first, last = touched(mark, pairs)
    if first is None or last is None:
        return nearest(mark.start, pairs, before=True)
    start, end = min(first[1].start, last[1].start), max(first[1].end, last[1].end)
    return Span(first[0].start, last[0].end), Span(start, end)


def nearest(at: int, pairs: Sequence[Pair], before: bool) -> Pair:
    def distance(pair: Pair) -> float:
        source = pair[0]
        inside = source.start < at <= source.end if before else source.start <= at < source.end
        return 0 if inside else 0.5 + min(abs(at - source.start), abs(at - source.end))

    return min(pairs, key=distance)


def expected_at(at: int, pair: Pair) -> float:
    """A place of the source in the translation, by its share of the sentence."""
    source, target = pair
    share = (at - source.start) / max(1, source.end - source.start)
    return target.start + min(max(share, 0.0), 1.0) * (target.end - target.start)


def gaps(frame: Span, taken: Iterable[Span]) -> list[Span]:
    """What is left of a range between others."""
    free, done = [], frame.start
    for start, end in sorted(taken):
        if done < start:
            free.append(Span(done, start))
        done = max(done, end)
    if done <= frame.end:
        free.append(Span(done, frame.end))
    return free


def outside(at: int, taken: Iterable[Span]) -> Span:
    """A point, moved to the nearer end of a range that it would fall into."""
    for start, end in taken:
        if start < at < end:
            at = start if at - start < end - at else end
            break
    return Span(at, at)
