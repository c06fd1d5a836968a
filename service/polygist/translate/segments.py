"""Translating a segment: in usual capitals, decoded, checked, and where there is doubt decoded again."""

from dataclasses import dataclass, replace
from typing import Protocol

from polygist.cache.base import Cache
from polygist.engines.base import Decoding
from polygist.translate import casing, guard, layout
from polygist.translate.codec import Codec
from polygist.translate.lane import Lane, Queue
from polygist.translate.memory import Segment, TranslationMemory
from polygist.types import ModelInfo, Quality, Usage, WarningType

Doubts = frozenset[WarningType]


class Observer(Protocol):
    """Is told what the guard found."""

    def hit(self, doubt: WarningType, target: str) -> None:
        """A first translation was doubtful."""
        ...

    def retried(self, target: str, *, recovered: bool) -> None:
        """It was decoded again, and is without doubt now or not."""
        ...


@dataclass(frozen=True)
class Model:
    """A model that translates segments, and how it decodes at first and again; what it did is kept in the cache."""

    info: ModelInfo
    codec: Codec
    queue: Queue
    decoding: Decoding
    retry: Decoding
    observer: Observer
    cache: Cache | None = None


@dataclass(frozen=True)
class Draft:
    """A translated segment, what is doubtful about it, and what it cost."""

    text: str
    doubts: Doubts
    usage: Usage


class SegmentTranslator:
    """One direction of a model. A segment fits the model's window; line breaks in it become spaces."""

    def __init__(self, model: Model, source: str, target: str) -> None:
        self._model, self._source, self._target = model, source, target
        info = (model.info.id, model.info.revision, model.info.engine, model.info.quantization)
        how = (model.codec.facts, model.decoding, model.retry, guard.REVISION, casing.REVISION)
        facts = (info, source, target, *how)
        self._memories = {quality: TranslationMemory(model.cache, *facts, quality.name) for quality in Quality}

    async def translate(self, text: str, lane: Lane, quality: Quality) -> Draft:
        """The best translation that the quality pays for. Raises DeadlineExceeded, QueueFull, EngineFailed."""
        if not layout.has_words(text):
            return Draft(text.strip(), Doubts(), Usage())
        memory = self._memories[quality]
        if known := await memory.find(text):
            return Draft(known.text, known.doubts, Usage(remembered=1))
        best = await self._decoded(text, lane, quality)
        await memory.keep(text, Segment(best.text, best.doubts))
        return best

    async def _decoded(self, text: str, lane: Lane, quality: Quality) -> Draft:
        usual = self._model.codec.usual
        how = casing.capitals(text, usual)
        running = text if how is casing.Capitals.USUAL else casing.lowered(text, usual)
        best = await self._checked(running, lane, quality)
        return replace(best, text=casing.restored(best.text, how))

    async def _checked(self, text: str, lane: Lane, quality: Quality) -> Draft:
        first = await self._draft(text, self._model.decoding, lane)
        for doubt in first.doubts:
            self._model.observer.hit(doubt, self._target)
        if not first.doubts or quality is Quality.FAST:
            return first
        second = await self._draft(text, self._model.retry, lane)
        self._model.observer.retried(self._target, recovered=not second.doubts)
        better = second if guard.severity(second.doubts) < guard.severity(first.doubts) else first
        return replace(better, usage=first.usage + second.usage)

    async def _draft(self, text: str, decoding: Decoding, lane: Lane) -> Draft:
        codec = self._model.codec
        prompt = codec.encode(text, self._source, self._target)
        done = await lane.submit(self._model.queue, prompt, codec.max_new_tokens(len(prompt)), decoding)
        answer = codec.decode(done.hypothesis.tokens)
        usage = Usage(done.input_tokens, done.output_tokens, 1, done.queue_seconds, done.inference_seconds)
        found = guard.doubts(text, answer, self._source, self._target, finished=done.hypothesis.finished)
        return Draft(answer, found, usage)
