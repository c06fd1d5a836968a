"""From installed models to a warm pipeline: engines, translators, summaries, and what they share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial

from prometheus_client import CollectorRegistry

from polygist.assembly.parts import codecs, parts, routes
from polygist.assembly.warming import warm_documents, warm_up
from polygist.cache.base import Cache
from polygist.concurrency import Threads
from polygist.engines.fleet import Maker, fleet
from polygist.engines.makers import makers
from polygist.engines.scheduler import Limits as SchedulerLimits
from polygist.language import LanguageDetector
from polygist.metrics import EngineMetrics, FaithfulnessMetrics, GuardMetrics, Metrics
from polygist.pipeline.limits import Limits
from polygist.pipeline.pipeline import Pipeline
from polygist.pipeline.termbase import Termbase
from polygist.settings import Settings
from polygist.store.installed import Models
from polygist.summarize.extract import LANGUAGES
from polygist.types import ModelInfo, Priority

# So many rows in all go on where interactive ones have company. With vector units that multiply int8 an engine brings
# four further in about the time of one; without, calls beside bulk took twice as long with four (docs/serving.md).
_COMPANY = 3


def limits(settings: Settings) -> Limits:
    """The limits in force."""
    return Limits(**{name: getattr(settings, name) for name in Limits.__dataclass_fields__})


def _scheduling(settings: Settings) -> SchedulerLimits:
    return SchedulerLimits(
        batch_items=settings.max_batch_items,
        batch_tokens=settings.max_batch_tokens,
        queue_items=settings.max_queue_items,
        queue_tokens=settings.max_queue_tokens,
        company=_COMPANY,
    )


@asynccontextmanager
async def _document_threads(n: int) -> AsyncIterator[Threads]:
    threads = Threads(n, "document")
    try:
        yield threads
    finally:
        await threads.close()


@asynccontextmanager
async def pipeline(
    settings: Settings,
    found: Models,
    metrics: Metrics,
    cache: Cache | None,
    termbase: Termbase,
    observe: Callable[[ModelInfo], EngineMetrics],
    begun: list[list[Maker]] | None = None,
) -> AsyncIterator[Pipeline]:
    """A warm pipeline over what was `found`: its models are loaded and have worked once. Its threads and engines end
    with the context.

    `observe` makes the one who is told of a model's work; `begun` are makers whose engines load already.
    """
    async with _document_threads(settings.document_threads) as threads:
        run = partial(threads.run, Priority.INTERACTIVE)
        making = await run(makers, settings, found) if begun is None else begun
        # Word lists, tokenizers and libraries load here while the engines load there.
        read = asyncio.gather(run(LanguageDetector), run(codecs, found), run(warm_documents, settings.cache_dir))
        observers: list[EngineMetrics] = []

        def watched(info: ModelInfo) -> EngineMetrics:
            observers.append(observe(info))
            return observers[-1]

        async with fleet(making, _scheduling(settings), watched, read) as served:
            detector, tokens, _ = await read
            # These have tokenizers, too, and calls go on while a pipeline is made beside another one.
            made = await run(parts, found, tokens, served)

            def over(metrics: Metrics, cache: Cache | None) -> Pipeline:
                """What is counted there, and what is remembered."""
                models = made.models(GuardMetrics(metrics), cache)
                return Pipeline(
                    limits(settings),
                    LANGUAGES,
                    routes(models, threads),
                    [model.info for _, model in models],
                    detector,
                    threads,
                    settings.max_segments_in_flight,
                    termbase,
                    made.summaries(FaithfulnessMetrics(metrics), threads),
                )

            with ExitStack() as rehearsal:
                for observer in observers:
                    rehearsal.enter_context(observer.rehearsal())
                # What is remembered would leave the engines cold, and what they say there is read by nobody.
                await warm_up(over(Metrics(CollectorRegistry()), None))
                await asyncio.gather(*(one.scheduler.rest() for one in served))
            yield over(metrics, cache)
