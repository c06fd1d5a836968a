"""Translating a text with a glossary: the sentences that hold terms are translated until the terms are in place."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from polygist.concurrency import Threads, gather
from polygist.translate import guard, layout
from polygist.translate.glossary.layers import Finder
from polygist.translate.glossary.placing import place
from polygist.translate.glossary.terms import Match
from polygist.translate.lane import Lane
from polygist.translate.translator import SHORT, Translator
from polygist.types import Estimate, Quality, SentencePair, Span, TranslatedText, Usage, Warning, WarningType

# Sentences of a text that are worked on at once; their segments go through the lane's own window.
_AT_ONCE = 64
_NO_PLACE = "a term of the glossary is not in the translation"
# What a translation says of itself beside the doubts of the guard.
_OF_THE_MODEL = frozenset({WarningType.OUTPUT_CUT, WarningType.SEGMENT_SPLIT})


async def translate(
    text: str,
    glossary: Finder,
    translator: Translator,
    split: layout.Splitter,
    threads: Threads,
    lane: Lane,
    quality: Quality,
) -> TranslatedText:
    """The text in the target language with the glossary's terms; a warning names the span of each that found no place.

    `split` finds sentences, those of a long text in one of the `threads`; long sentences are checked there, too. Raises
    what the translator raises.
    """
    short = len(text) <= SHORT
    plan = _plan(text, glossary, split) if short else await threads.run(lane.priority, _plan, text, glossary, split)
    if not any(matches for _, matches in plan):
        return await translator.translate(text, lane, quality)
    done = await gather((_piece(*p, translator, threads, lane, quality) for p in plan), asyncio.Semaphore(_AT_ONCE))
    return _joined([piece for piece, _ in plan], done)


def _plan(text: str, glossary: Finder, split: layout.Splitter) -> list[tuple[layout.Piece, list[Match]]]:
    return [(p, glossary.find(p.text) if p.sentence else []) for p in layout.pieces(text, split)]


async def _piece(
    piece: layout.Piece,
    matches: Sequence[Match],
    translator: Translator,
    threads: Threads,
    lane: Lane,
    quality: Quality,
) -> TranslatedText:
    if matches:
        return await _sentence(piece.text, matches, translator, threads, lane, quality)
    return await translator.translate(piece.text, lane, quality) if piece.translatable else _kept(piece)


def _kept(piece: layout.Piece) -> TranslatedText:
    whole = Span(0, len(piece.text))
    return TranslatedText(piece.text, pairs=(SentencePair(whole, whole),) if piece.sentence else ())


async def _sentence(
    text: str, matches: Sequence[Match], translator: Translator, threads: Threads, lane: Lane, quality: Quality
) -> TranslatedText:
    usage, told = Usage(), set[WarningType]()
    estimates: list[Estimate] = []

    async def plain(source: str) -> str:
        nonlocal usage
        made = await translator.translate(source, lane, quality)
        usage += made.usage
        told.update(w.type for w in made.warnings)
        estimates.append(made.estimate)
        return made.text

    source, target = translator.path[0], translator.path[-1]

    async def doubts(said: str, made: str) -> frozenset[WarningType]:
        check = partial(guard.doubts, said, made, source, target, finished=True)
        return check() if len(text) <= SHORT else await threads.run(lane.priority, check)

    placing = await place(text, matches, (source, target), plain, doubts)
    whole = Span(0, len(text))
    warnings = [
        Warning(d, guard.DETAILS[d], span=whole)
        for d in sorted(placing.doubts | (told & _OF_THE_MODEL), key=lambda d: d.value)
    ]
    warnings += [Warning(WarningType.TERM_NOT_PLACED, _NO_PLACE, span=match.span) for match in placing.unplaced]
    # The first translation is that of the sentence as it is.
    pair = SentencePair(whole, Span(0, len(placing.text)), estimates[0].value)
    return TranslatedText(placing.text, tuple(warnings), usage, (pair,), estimates[0])


def _joined(pieces: Sequence[layout.Piece], done: Sequence[TranslatedText]) -> TranslatedText:
    """Texts one after the other, their spans moved to where they stand."""
    warnings: list[Warning] = []
    pairs: list[SentencePair] = []
    end = 0
    for piece, made in zip(pieces, done, strict=True):
        warnings += [replace(w, span=_moved(w.span, piece.start) if w.span else None) for w in made.warnings]
        pairs += [SentencePair(_moved(p.source, piece.start), _moved(p.target, end), p.estimate) for p in made.pairs]
        end += len(made.text)
    usage = sum((made.usage for made in done), Usage())
    estimate = sum((made.estimate for made in done), Estimate())
    return TranslatedText("".join(made.text for made in done), tuple(warnings), usage, tuple(pairs), estimate)


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
