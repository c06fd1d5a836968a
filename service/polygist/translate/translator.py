"""Translators of whole texts between two languages: direct through a model, or a chain of two."""

import asyncio
from collections.abc import Collection
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Protocol

from polygist.cache.base import Cache
from polygist.concurrency import gather
from polygist.engines.base import Decoding
from polygist.engines.work import Completion, Job
from polygist.errors import QueueFull
from polygist.translate import guard, layout, scripts
from polygist.translate.codec import Codec
from polygist.translate.memory import Segment, TranslationMemory
from polygist.types import ModelInfo, Priority, Span, TranslatedText, Usage, Warning, WarningType

# Code points of a text that is planned in a millisecond or less.
_SHORT = 500


class Queue(Protocol):
    """The way to a model, see `engines.scheduler.Scheduler.submit`."""

    async def submit(self, job: Job, *, admitted: bool = False) -> Completion: ...


class Lane:
    """A request's way to the models: its deadline (time.monotonic seconds, None for none), priority and window.

    The window bounds the segments that the request has under way at once, so a long article passes through in its own
    time and leaves room for others. A full queue refuses a request at its first segment, and none of it later.
    """

    def __init__(self, deadline: float | None, window: int, priority: Priority = Priority.INTERACTIVE) -> None:
        self.deadline, self._priority = deadline, priority
        self.window = asyncio.Semaphore(window)
        self._admitted = False
        self._refusal: QueueFull | None = None

    async def submit(self, queue: Queue, prompt: tuple[int, ...], max_new_tokens: int, how: Decoding) -> Completion:
        """One prompt through a queue."""
        if self._refusal:
            raise self._refusal
        admitted, self._admitted = self._admitted, True
        job = Job(prompt, max_new_tokens, how, self.deadline, self._priority)
        try:
            return await queue.submit(job, admitted=admitted)
        except QueueFull as error:
            # Segments beside the first one run before its refusal ends them: they must not slip in.
            self._refusal = error
            raise


class Translator(Protocol):
    """Translates texts of one language into another."""

    @property
    def pivot(self) -> str | None:
        """The language that the text passes through, None when direct."""
        ...

    async def translate(self, text: str, lane: Lane) -> TranslatedText:
        """The text in the target language, its layout kept, and every doubt about it.

        Raises DeadlineExceeded, QueueFull, EngineFailed.
        """
        ...


@dataclass(frozen=True)
class Model:
    """A model that translates segments, and how it decodes at first and again; what it did is kept in the cache."""

    info: ModelInfo
    codec: Codec
    queue: Queue
    decoding: Decoding
    retry: Decoding
    cache: Cache | None = None

    def memory(self, source: str, target: str) -> TranslationMemory:
        """What is remembered of a direction; another model, decoding or check remembers apart."""
        facts = (self.info.id, self.info.revision, self.info.engine, self.info.quantization)
        return TranslationMemory(self.cache, facts, source, target, self.decoding, self.retry, guard.REVISION)


@dataclass(frozen=True)
class _Plan:
    """The parts of a piece that go through the model one by one; none where it is left as it is."""

    piece: layout.Piece
    parts: tuple[str, ...]


@dataclass(frozen=True)
class _Draft:
    text: str
    doubts: frozenset[WarningType]
    usage: Usage


class DirectTranslator:
    """Sentence by sentence through one model; a doubtful sentence is decoded again, and the better one is kept."""

    pivot: str | None = None

    def __init__(self, model: Model, source: str, target: str, split: layout.Splitter, threads: Executor) -> None:
        self._source, self._target = source, target
        self._model, self._split, self._threads = model, split, threads
        self._memory = model.memory(source, target)

    async def translate(self, text: str, lane: Lane) -> TranslatedText:
        # A thread costs a short text more than its plan does.
        loop, short = asyncio.get_running_loop(), len(text) <= _SHORT
        plans = self._plan(text) if short else await loop.run_in_executor(self._threads, self._plan, text)
        results = await gather((self._piece(p, lane) for p in plans if p.parts), lane.window)
        waiting = iter(results)
        done = [next(waiting) if p.parts else _left(p.piece) for p in plans]
        usage = sum((r.usage for r in results), Usage())
        return TranslatedText("".join(r.text for r in done), tuple(w for r in done for w in r.warnings), usage)

    def _plan(self, text: str) -> list[_Plan]:
        """Takes seconds for a long text without spaces, so it runs in a thread of its own."""
        return [_Plan(piece, self._parts(piece)) for piece in layout.pieces(text, self._split)]

    def _parts(self, piece: layout.Piece) -> tuple[str, ...]:
        codec, languages = self._model.codec, (self._source, self._target)
        if not piece.translatable or scripts.foreign(piece.text, languages) or scripts.is_run(piece.text):
            return ()
        return tuple(layout.clauses(piece.text, codec.count, codec.max_source_tokens))

    async def _piece(self, plan: _Plan, lane: Lane) -> TranslatedText:
        piece, parts = plan.piece, plan.parts
        drafts = [await self._best(part, lane) for part in parts]
        doubts = frozenset[WarningType]().union(*(d.doubts for d in drafts))
        if len(parts) > 1:
            doubts |= {WarningType.SEGMENT_SPLIT}
        text = layout.rewrap(piece.text, " ".join(d.text for d in drafts if d.text))
        return TranslatedText(text, _warnings(piece, doubts), sum((d.usage for d in drafts), Usage()))

    async def _best(self, part: str, lane: Lane) -> _Draft:
        if not layout.has_words(part):
            return _Draft(part.strip(), frozenset(), Usage())
        if known := await self._memory.find(part):
            return _Draft(known.text, known.doubts, Usage(remembered=1))
        best = await self._decoded(part, lane)
        await self._memory.keep(part, Segment(best.text, best.doubts))
        return best

    async def _decoded(self, part: str, lane: Lane) -> _Draft:
        first = await self._draft(part, self._model.decoding, lane)
        if not first.doubts:
            return first
        second = await self._draft(part, self._model.retry, lane)
        usage = first.usage + second.usage
        better = second if guard.severity(second.doubts) < guard.severity(first.doubts) else first
        return replace(better, usage=usage)

    async def _draft(self, part: str, decoding: Decoding, lane: Lane) -> _Draft:
        codec = self._model.codec
        prompt = codec.encode(part, self._source, self._target)
        done = await lane.submit(self._model.queue, prompt, codec.max_new_tokens(len(prompt)), decoding)
        text = codec.decode(done.hypothesis.tokens)
        usage = Usage(done.input_tokens, done.output_tokens, 1, done.queue_seconds, done.inference_seconds)
        return _Draft(text, guard.doubts(part, text, self._target, done.hypothesis.finished), usage)


def _left(piece: layout.Piece) -> TranslatedText:
    """A piece that stays as it is: doubtful where it has words, in a script of neither language or without an end."""
    return TranslatedText(piece.text, _warnings(piece, {WarningType.UNTRANSLATED} if piece.translatable else ()))


def _warnings(piece: layout.Piece, doubts: Collection[WarningType]) -> tuple[Warning, ...]:
    span = Span(piece.start, piece.start + len(piece.text))
    return tuple(Warning(d, guard.DETAILS[d], span=span) for d in sorted(doubts, key=lambda d: d.value))


class PivotTranslator:
    """A translator made of two, for pairs that no model serves directly."""

    def __init__(self, first: Translator, second: Translator, pivot: str) -> None:
        self._first, self._second = first, second
        self.pivot: str | None = pivot

    async def translate(self, text: str, lane: Lane) -> TranslatedText:
        middle = await self._first.translate(text, lane)
        last = await self._second.translate(middle.text, lane)
        # Spans of the second leg refer to the text in between, which the caller never saw.
        after = tuple(replace(w, span=None) for w in last.warnings)
        return TranslatedText(last.text, middle.warnings + after, middle.usage + last.usage)
