"""Translators of whole texts between two languages: sentence by sentence through a model."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from polygist.concurrency import Threads, gather
from polygist.translate import guard, layout, scripts
from polygist.translate.lane import Lane
from polygist.translate.segments import Doubts, Model, SegmentTranslator
from polygist.types import Estimate, Quality, SentencePair, Span, TranslatedText, Usage, Warning, WarningType

# Code points of a text that is planned in a millisecond or less.
SHORT = 500


class Translator(Protocol):
    """Translates texts of one language into another."""

    @property
    def path(self) -> tuple[str, ...]:
        """The languages that a text passes through, its own and the target's included."""
        ...

    @property
    def models(self) -> tuple[str, ...]:
        """The id of the model of each step."""
        ...

    async def translate(self, text: str, lane: Lane, quality: Quality) -> TranslatedText:
        """The text in the target language, its layout kept, and every doubt about it.

        Raises DeadlineExceeded, QueueFull, EngineFailed.
        """
        ...


@dataclass(frozen=True)
class _Plan:
    """The parts of a piece that go through the model one by one; none where it is left as it is."""

    piece: layout.Piece
    parts: tuple[str, ...]


@dataclass(frozen=True)
class _Done:
    """A piece in the target language."""

    piece: layout.Piece
    text: str
    doubts: Doubts
    usage: Usage
    estimate: Estimate


class DirectTranslator:
    """Sentence by sentence through one model."""

    def __init__(self, model: Model, source: str, target: str, split: layout.Splitter, threads: Threads) -> None:
        self.path: tuple[str, ...] = (source, target)
        self.models: tuple[str, ...] = (model.info.id,)
        self._codec, self._split, self._threads = model.codec, split, threads
        self._segments = SegmentTranslator(model, source, target, threads)

    async def translate(self, text: str, lane: Lane, quality: Quality) -> TranslatedText:
        # A thread costs a short text more than its plan does.
        short = len(text) <= SHORT
        plans = self._plan(text) if short else await self._threads.run(lane.priority, self._plan, text)
        results = iter(await gather((self._piece(p, lane, quality) for p in plans if p.parts), lane.window))
        return _joined([next(results) if p.parts else _left(p.piece) for p in plans])

    def _plan(self, text: str) -> list[_Plan]:
        """Takes seconds for a long text without spaces, so it runs in a thread of its own."""
        return [_Plan(piece, self._parts(piece)) for piece in layout.pieces(text, self._split)]

    def _parts(self, piece: layout.Piece) -> tuple[str, ...]:
        if not piece.translatable or scripts.foreign(piece.text, self.path) or scripts.is_run(piece.text):
            return ()
        return tuple(layout.clauses(piece.text, self._codec.count, self._codec.max_source_tokens))

    async def _piece(self, plan: _Plan, lane: Lane, quality: Quality) -> _Done:
        drafts = [await self._segments.translate(part, lane, quality) for part in plan.parts]
        doubts = Doubts().union(*(d.doubts for d in drafts))
        if len(drafts) > 1:
            doubts |= {WarningType.SEGMENT_SPLIT}
        text = layout.rewrap(plan.piece.text, " ".join(d.text for d in drafts if d.text))
        usage = sum((d.usage for d in drafts), Usage())
        return _Done(plan.piece, text, doubts, usage, sum((d.estimate for d in drafts), Estimate()))


def _left(piece: layout.Piece) -> _Done:
    """A piece that stays as it is: doubtful where it has words, in a script of neither language or without an end."""
    if not piece.translatable:
        return _Done(piece, piece.text, Doubts(), Usage(), Estimate())
    return _Done(piece, piece.text, Doubts({WarningType.UNTRANSLATED}), Usage(), Estimate.of(0.0, len(piece.text)))


def _joined(pieces: Sequence[_Done]) -> TranslatedText:
    """Pieces one after the other, with the place of each sentence in both texts."""
    texts: list[str] = []
    pairs: list[SentencePair] = []
    warnings: list[Warning] = []
    end = 0
    for done in pieces:
        span = Span(done.piece.start, done.piece.start + len(done.piece.text))
        if done.piece.sentence and done.text:
            pairs.append(SentencePair(span, Span(end, end + len(done.text)), done.estimate.value))
        warnings += _warnings(span, done.doubts)
        texts.append(done.text)
        end += len(done.text)
    usage = sum((d.usage for d in pieces), Usage())
    estimate = sum((d.estimate for d in pieces), Estimate())
    return TranslatedText("".join(texts), tuple(warnings), usage, tuple(pairs), estimate)


def _warnings(span: Span, doubts: Collection[WarningType]) -> list[Warning]:
    return [Warning(d, guard.DETAILS[d], span=span) for d in sorted(doubts, key=lambda d: d.value)]
