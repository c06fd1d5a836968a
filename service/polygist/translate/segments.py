"""Translating a segment: in usual capitals, decoded, checked, and where there is doubt decoded again, or the best of
many."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from polygist import progress, tracing
from polygist.cache.base import Cache
from polygist.concurrency import Threads, gather
from polygist.engines.base import Decoding, Hypothesis
from polygist.store.cards import Calibration
from polygist.translate import casing, estimate, guard, verbatim
from polygist.translate.candidates import Candidate, agreed, judged
from polygist.translate.codecs import Codec
from polygist.translate.lane import Lane, Queue
from polygist.translate.memory import Segment, TranslationMemory
from polygist.types import Estimate, ModelInfo, Quality, Usage, WarningType

Doubts = frozenset[WarningType]


class Observer(Protocol):
    """Is told what the guard found."""

    def hit(self, doubt: WarningType, target: str) -> None:
        """A first translation was doubtful."""
        ...

    def retried(self, target: str, doubts: Doubts, left: Doubts) -> None:
        """It was decoded again for those doubts, and these are left."""
        ...

    def translated(self, target: str, estimate: float, doubts: Doubts) -> None:
        """A segment was translated; that is how good it is expected to be, and those doubts are left."""
        ...


@dataclass(frozen=True)
class Ways:
    """How a model decodes: at first, again where there is doubt, and all that the best is chosen of."""

    first: Decoding
    retry: Decoding
    best: tuple[Decoding, ...]


@dataclass(frozen=True)
class Model:
    """A model that translates segments, and how good that is expected to be; what it did is kept in the cache."""

    info: ModelInfo
    codec: Codec
    queue: Queue
    ways: Ways
    calibration: Calibration | None
    observer: Observer
    cache: Cache | None = None


@dataclass(frozen=True)
class Draft:
    """A translated segment, what is doubtful about it, what it cost, and how good it is expected to be."""

    text: str
    doubts: Doubts
    usage: Usage
    estimate: Estimate


class SegmentTranslator:
    """One direction of a model. A segment fits the model's window; line breaks in it become spaces."""

    def __init__(self, model: Model, source: str, target: str, threads: Threads) -> None:
        self._model, self._source, self._target, self._threads = model, source, target, threads
        info = (model.info.id, model.info.revision, model.info.engine, model.info.quantization)
        revisions = (guard.REVISION, casing.REVISION, estimate.REVISION)
        facts = (info, source, target, model.codec.facts, model.ways, *revisions, model.calibration)
        self._memories = {quality: TranslationMemory(model.cache, *facts, quality.name) for quality in Quality}

    async def translate(self, text: str, lane: Lane, quality: Quality) -> Draft:
        """The best translation that the quality pays for. Raises DeadlineExceeded, QueueFull, EngineFailed."""
        if not verbatim.has_words(text):
            return Draft(text.strip(), Doubts(), Usage(), Estimate())
        memory = self._memories[quality]
        if known := await memory.find(text):
            return Draft(known.text, known.doubts, Usage(remembered=1), Estimate.of(known.estimate, len(text)))
        made, usage = await self._decoded(text, lane, quality)
        self._model.observer.translated(self._target, made.estimate, made.doubts)
        await memory.keep(text, made)
        return Draft(made.text, made.doubts, usage, Estimate.of(made.estimate, len(text)))

    async def _decoded(self, text: str, lane: Lane, quality: Quality) -> tuple[Segment, Usage]:
        usual = self._model.codec.usual
        how = casing.capitals(text, usual)
        running = text if how is casing.Capitals.USUAL else casing.lowered(text, usual)
        if quality is Quality.BEST:
            made, usage = await self._best(running, lane)
        else:
            made, usage = await self._checked(running, lane, quality)
        return replace(made, text=casing.restored(made.text, how)), usage

    async def _checked(self, text: str, lane: Lane, quality: Quality) -> tuple[Segment, Usage]:
        """Decoded once, and again where that is doubtful and the quality pays for it."""
        answers, usage = await self._answers(text, self._model.ways.first, lane)
        (best,), seconds = self._all_judged(text, answers[:1])
        usage += Usage(guard_seconds=seconds)
        for doubt in best.doubts:
            self._model.observer.hit(doubt, self._target)
        if best.doubts and quality is not Quality.FAST:
            with tracing.step("guard", {"polygist.doubts": sorted(d.name.lower() for d in best.doubts)}) as span:
                answers, more = await self._answers(text, self._model.ways.retry, lane)
                with progress.segment_stage(progress.GUARD):
                    again, seconds = await self._threads.run(lane.priority, self._all_judged, text, answers)
                first, best = best, min(best, *again, key=lambda candidate: candidate.severity)
                if span:
                    span.note({"polygist.recovered": not best.doubts})
            usage += more + Usage(guard_seconds=seconds)
            self._model.observer.retried(self._target, first.doubts, best.doubts)
        return self._estimated(text, best), usage

    async def _best(self, text: str, lane: Lane) -> tuple[Segment, Usage]:
        """The one of many candidates that the others agree with."""
        made = await gather(self._answers(text, how, lane) for how in self._model.ways.best)
        answers = [hypothesis for hypotheses, _ in made for hypothesis in hypotheses]
        with progress.segment_stage(progress.GUARD):
            best, seconds = await self._threads.run(lane.priority, self._chosen, text, answers)
        return self._estimated(text, best), sum((usage for _, usage in made), Usage(guard_seconds=seconds))

    def _estimated(self, text: str, best: Candidate) -> Segment:
        source, direction = estimate.Source(text, self._model.codec.count(text)), f"{self._source}-{self._target}"
        return Segment(best.text, best.doubts, estimate.expected(self._model.calibration, direction, source, best))

    async def _answers(self, text: str, decoding: Decoding, lane: Lane) -> tuple[Sequence[Hypothesis], Usage]:
        """What the model makes of a text, best first."""
        codec = self._model.codec
        prompt = codec.encode(text, self._source, self._target)
        limit = codec.max_new_tokens(len(prompt.ids))
        done = await lane.submit(self._model.queue, prompt.ids, limit, decoding, prompt.prefix)
        usage = Usage(done.input_tokens, done.output_tokens, 1, done.queue_seconds, done.inference_seconds)
        return (done.hypothesis, *done.hypothesis.others), usage

    def _chosen(self, text: str, answers: Sequence[Hypothesis]) -> tuple[Candidate, float]:
        """The best of the answers, and the seconds that the choice took."""
        begun = time.monotonic()
        candidates, _ = self._all_judged(text, answers)
        return agreed(candidates), time.monotonic() - begun

    def _all_judged(self, text: str, answers: Sequence[Hypothesis]) -> tuple[list[Candidate], float]:
        """Each answer as a candidate, and the seconds that the checks took."""
        begun = time.monotonic()
        found = [judged(answer, text, self._model.codec, self._source, self._target) for answer in answers]
        return found, time.monotonic() - begun
