"""The summary of an article: extractive, or written by a summary model where there is one for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from polygist.concurrency import Threads
from polygist.errors import InvalidRequest, Violation
from polygist.pipeline.languages import listed
from polygist.pipeline.requests import DigestRequest
from polygist.summarize import extract
from polygist.summarize.abstractive import Judging, Writer, Written
from polygist.summarize.call import Call, Run
from polygist.summarize.entailment import Judge
from polygist.summarize.entities import Recognizer, Typed
from polygist.summarize.meaning import Read, Reader
from polygist.translate.lane import Lane, Queue
from polygist.types import (
    Article,
    ModelInfo,
    ModelUse,
    Summary,
    SummaryMethod,
    SummaryOptions,
    Usage,
    Warning,
    WarningType,
)

EXTRACTIVE = ModelUse("summary", extract.METHOD, extract.REVISION)


@dataclass(frozen=True)
class SummaryModel:
    """A model that writes summaries, and the way to it."""

    writer: Writer
    queue: Queue


@dataclass(frozen=True)
class EntityModel:
    """A model that recognises entities, and the way to it."""

    recognizer: Recognizer
    queue: Queue


@dataclass(frozen=True)
class VectorModel:
    """A model that makes vectors of sentences, and the way to it."""

    reader: Reader
    queue: Queue


@dataclass(frozen=True)
class EntailmentModel:
    """A model that judges what follows from what, and the way to it."""

    judge: Judge
    queue: Queue


@dataclass(frozen=True)
class Made:
    """A summary, the doubts about it, what it cost, and what made it."""

    summary: Summary
    warnings: tuple[Warning, ...]
    usage: Usage
    models: tuple[ModelUse, ...]


class Summaries:
    """Summarises for many requests at once. Without a `model` all summaries are extractive, without a model of
    `entities` names have no types but those of rules, without one of `vectors` sentences are compared by their words,
    and without one of `entailment` what is written is checked by rules alone."""

    def __init__(
        self,
        threads: Threads,
        model: SummaryModel | None,
        entities: EntityModel | None,
        vectors: VectorModel | None,
        entailment: EntailmentModel | None,
    ) -> None:
        self._threads, self._model, self._entities = threads, model, entities
        self._vectors, self._entailment = vectors, entailment

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """All of them that there are."""
        found = (
            self._model and self._model.writer.info,
            self._entities and self._entities.recognizer.info,
            self._vectors and self._vectors.reader.info,
            self._entailment and self._entailment.judge.info,
        )
        return tuple(info for info in found if info)

    async def rehearse(self, lane: Lane) -> None:
        """Give the model of entailment something to do, which no summary may have for it. Raises EngineFailed where it
        can't."""
        if model := self._entailment:
            call = Call(partial(lane.submit, model.queue), partial(self._threads.run, lane.priority))
            await model.judge.ask(model.judge.pairs("OK.", "OK"), call)

    def check(self, method: SummaryMethod, language: str, path: str) -> None:
        """Raises InvalidRequest where a model is asked for and there is none, or none for the language."""
        if method is not SummaryMethod.ABSTRACTIVE:
            return
        languages = self._model.writer.languages if self._model else ()
        if language not in languages:
            problem = f"does not write in {language!r}, but in {listed(languages)}" if languages else "is not served"
            raise InvalidRequest(Violation(f"{path}summary.method", f"a summary model {problem}", "UNSUPPORTED"))

    async def make(self, article: Article, request: DigestRequest, lane: Callable[[], Lane]) -> Made:
        """Each model is reached by a `lane` of its own: what one has room for says nothing of the other.

        Raises DeadlineExceeded, QueueFull, where a model takes part.
        """
        run = partial(self._threads.run, request.priority)
        read = await self._read(article, request.options.focus, lane(), run)
        base = await run(partial(extract.summarize, article, request.options, meaning=read.meaning))
        typed = await self._typed(article, base, lane(), run)
        base = replace(base, mentions=typed.mentions)
        written = await self._written(article, base, request.options.method, lane, run)
        used: list[ModelUse] = []
        if self._model and written.summary.generated:
            used.append(_use("summary", self._model.writer.info))
        used.append(EXTRACTIVE)
        if self._vectors and read.usage.segments:
            used.append(_use("vectors", self._vectors.reader.info))
        if self._entailment and written.judged:
            used.append(_use("entailment", self._entailment.judge.info))
        if self._entities and typed.usage.segments:
            used.append(_use("mentions", self._entities.recognizer.info))
        warnings = read.warnings + typed.warnings + written.warnings
        return Made(written.summary, warnings, read.usage + typed.usage + written.usage, tuple(used))

    async def _read(self, article: Article, focus: str, lane: Lane, run: Run) -> Read:
        model = self._vectors
        if model is None or article.language not in model.reader.languages:
            return Read(None)
        sentences = [sentence.text for sentence in article.sentences]
        return await model.reader.read(sentences, focus, Call(partial(lane.submit, model.queue), run))

    async def _typed(self, article: Article, base: Summary, lane: Lane, run: Run) -> Typed:
        model = self._entities
        if model is None or article.language not in model.recognizer.languages:
            return Typed(base.mentions, (), Usage())
        return await model.recognizer.type(article, base.mentions, Call(partial(lane.submit, model.queue), run))

    async def _written(
        self, article: Article, base: Summary, method: SummaryMethod, lane: Callable[[], Lane], run: Run
    ) -> Written:
        model = self._model
        extractive = method is SummaryMethod.EXTRACTIVE
        if model is None or extractive or article.language not in model.writer.languages:
            return Written(base, (), Usage())
        judge = self._judging(article.language, lane, run)
        return await model.writer.write(article, base, Call(partial(lane().submit, model.queue), run), judge)

    def _judging(self, language: str, lane: Callable[[], Lane], run: Run) -> Judging | None:
        model = self._entailment
        if model is None or language not in model.judge.languages:
            return None
        return partial(model.judge.judge, call=Call(partial(lane().submit, model.queue), run))


def _use(part: str, info: ModelInfo) -> ModelUse:
    return ModelUse(part, info.id, info.revision)


def doubts(summary: Summary, options: SummaryOptions) -> Iterator[Warning]:
    """Where a summary is not what was asked for."""
    wanted = options.key_points or extract.KEY_POINTS[options.length]
    if len(summary.key_points) < wanted:
        detail = f"{len(summary.key_points)} of {wanted} key points: the article has no more to say"
        yield Warning(WarningType.SHORT_ARTICLE, detail, "summary.key_points")
    if not summary.focus_found:
        yield Warning(WarningType.FOCUS_NOT_FOUND, "the article has no sentence on the focus", "summary.key_points")
