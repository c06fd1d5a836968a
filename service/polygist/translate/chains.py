"""Chains of translators, for pairs of languages that no model translates directly. A chain is a translator, too."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from polygist.concurrency import Threads
from polygist.translate import guard
from polygist.translate.lane import Lane
from polygist.translate.translator import SHORT, Translator
from polygist.types import Estimate, Quality, SentencePair, Span, TranslatedText, Warning

# How much of what the first of two models loses is lost in the end, as an exponent: FLORES lines through English.
_LOSS = 0.25


class Chain:
    """Two translators, the second of the language that the first one writes.

    Each checks its own step. A word that is wrong in the end and right for either of them ("Apple" for "Äpfel", by way
    of "apple") is seen where the ends of the way are compared, which is done in one of the `threads` for long texts.
    """

    def __init__(self, first: Translator, second: Translator, threads: Threads) -> None:
        self._first, self._second, self._threads = first, second, threads
        self.path: tuple[str, ...] = (*first.path, *second.path[1:])
        self.models: tuple[str, ...] = (*first.models, *second.models)

    async def translate(self, text: str, lane: Lane, quality: Quality) -> TranslatedText:
        """See `Translator`."""
        middle = await self._first.translate(text, lane, quality)
        last = await self._second.translate(middle.text, lane, quality)
        pairs = composed(middle.pairs, last.pairs)
        told = (*middle.warnings, *_carried_back(last.warnings, middle.pairs))
        short, ends = len(text) <= SHORT, (text, last.text, pairs)
        seen = self._compared(*ends) if short else await self._threads.run(lane.priority, self._compared, *ends)
        found = sum((_estimate(pair) for pair in pairs), Estimate())
        # Sentences that either model made nothing of are in no pair.
        estimate = found + Estimate.of(0.0, max(0, middle.estimate.weight - found.weight))
        return TranslatedText(last.text, _once((*told, *seen)), middle.usage + last.usage, pairs, estimate)

    def _compared(self, text: str, made: str, pairs: Sequence[SentencePair]) -> list[Warning]:
        """What is doubtful about the sentences of `made` by way of those of `text` that they came from."""
        return [
            Warning(doubt, guard.DETAILS[doubt], span=source)
            for source, target, _ in pairs
            for doubt in guard.strays(text[slice(*source)], made[slice(*target)], self.path[0], self.path[-1])
        ]


def with_chains(direct: Mapping[tuple[str, str], Translator], threads: Threads) -> dict[tuple[str, str], Translator]:
    """Direct translators, and for each other pair of their languages the shortest chain, if there is one."""
    languages = list(dict.fromkeys(code for pair in direct for code in pair))
    found = dict(direct)
    left = [pair for pair in permutations(languages, 2) if pair not in found]
    for _ in languages:
        for source, target in left:
            # What is found at the first pass has two legs, at the second three.
            middle = next((m for m in languages if (source, m) in found and (m, target) in direct), None)
            if middle is not None:
                found[source, target] = Chain(found[source, middle], direct[middle, target], threads)
        left = [pair for pair in left if pair not in found]
    return found


def _carried_back(warnings: Iterable[Warning], pairs: Sequence[SentencePair]) -> Iterator[Warning]:
    """Warnings about the text in between, which the caller never saw, told of the sentences that it came from."""
    starts, ends = [p.target.start for p in pairs], [p.target.end for p in pairs]
    for warning in warnings:
        span = None
        if warning.span:
            first, last = bisect_right(ends, warning.span.start), bisect_left(starts, warning.span.end)
            span = Span(pairs[first].source.start, pairs[last - 1].source.end) if first < last else None
        yield replace(warning, span=span)


def _once(warnings: Iterable[Warning]) -> tuple[Warning, ...]:
    """One warning of each kind about a sentence, whichever step found it."""
    return tuple({(w.type, w.where, w.span): w for w in warnings}.values())


def composed(first: Sequence[SentencePair], second: Sequence[SentencePair]) -> tuple[SentencePair, ...]:
    """Pairs of sentences from source to target, by way of the text in between.

    Where a sentence of that became several on either side, they are one pair, as good as the worst of them.
    """
    merged: list[SentencePair] = []
    i = j = covered = 0
    while i < len(first) and j < len(second):
        a, b = first[i], second[j]
        if a.target.end <= b.source.start:
            i += 1
            continue
        if b.source.end <= a.target.start:
            j += 1
            continue
        estimate = through(a.estimate, b.estimate)
        if merged and min(a.target.start, b.source.start) < covered:
            before = merged.pop()
            source, target = Span(before.source.start, a.source.end), Span(before.target.start, b.target.end)
            merged.append(SentencePair(source, target, _worse(before.estimate, estimate)))
        else:
            merged.append(SentencePair(a.source, b.target, estimate))
        covered = max(a.target.end, b.source.end)
        if a.target.end <= b.source.end:
            i += 1
        else:
            j += 1
    return tuple(merged)


def through(first: float | None, second: float | None) -> float | None:
    """How good a translation of a translation is expected to be. None is nothing to translate, which loses nothing."""
    if first is None or second is None:
        return second if first is None else first
    return second * math.pow(first, _LOSS)


def _worse(one: float | None, other: float | None) -> float | None:
    return min((value for value in (one, other) if value is not None), default=None)


def _estimate(pair: SentencePair) -> Estimate:
    return Estimate() if pair.estimate is None else Estimate.of(pair.estimate, pair.source.end - pair.source.start)
