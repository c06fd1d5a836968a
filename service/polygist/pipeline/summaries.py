"""The summary of an article: extractive, or written by a summary model where there is one for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from polygist.concurrency import Threads
from polygist.errors import InvalidRequest, Violation
from polygist.pipeline.languages import listed
from polygist.pipeline.requests import DigestRequest
from polygist.summarize import extract
from polygist.summarize.abstractive import Call, Writer, Written
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


class Summaries:
    """Summarises for many requests at once. Without a `model` all summaries are extractive."""

    def __init__(self, threads: Threads, model: SummaryModel | None) -> None:
        self._threads, self._model = threads, model

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """What writes summaries."""
        return (self._model.writer.info,) if self._model else ()

    def check(self, method: SummaryMethod, language: str, path: str) -> None:
        """Raises InvalidRequest where a model is asked for and there is none, or none for the language."""
        if method is not SummaryMethod.ABSTRACTIVE:
            return
        languages = self._model.writer.languages if self._model else ()
        if language not in languages:
            problem = f"does not write in {language!r}, but in {listed(languages)}" if languages else "is not served"
            raise InvalidRequest(Violation(f"{path}summary.method", f"a summary model {problem}", "UNSUPPORTED"))

    async def make(self, article: Article, request: DigestRequest, lane: Lane) -> Written:
        """Raises DeadlineExceeded, Refused, EngineFailed, where a model writes."""
        run = partial(self._threads.run, lane.priority)
        base = await run(extract.summarize, article, request.options)
        model = self._model
        extractive = request.options.method is SummaryMethod.EXTRACTIVE
        if model is None or extractive or article.language not in model.writer.languages:
            return Written(base, (), Usage())
        return await model.writer.write(article, base, Call(partial(lane.submit, model.queue), run))

    def used(self, written: Written) -> tuple[ModelUse, ...]:
        """What made a summary: the model where it wrote any of it, and the method for the rest."""
        wrote = self.models if written.summary.generated else ()
        return *(ModelUse("summary", m.id, m.revision) for m in wrote), EXTRACTIVE


def doubts(summary: Summary, options: SummaryOptions) -> Iterator[Warning]:
    """Where a summary is not what was asked for."""
    wanted = options.key_points or extract.KEY_POINTS[options.length]
    if len(summary.key_points) < wanted:
        detail = f"{len(summary.key_points)} of {wanted} key points: the article has no more to say"
        yield Warning(WarningType.SHORT_ARTICLE, detail, "summary.key_points")
    if not summary.focus_found:
        yield Warning(WarningType.FOCUS_NOT_FOUND, "the article has no sentence on the focus", "summary.key_points")
