"""From installed models to a warm pipeline: engines, translators, summaries, and what they share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial

from prometheus_client import CollectorRegistry

from polygist.assembly.parts import parts, routes
from polygist.assembly.warming import warm_documents, warm_up
from polygist.cache.base import Cache
from polygist.concurrency import Threads
from polygist.engines.batching import Bounds
from polygist.engines.devices import Seat, seats
from polygist.engines.fleet import Maker, fleet
from polygist.engines.loading import chosen, load_engine
from polygist.engines.process import ProcessEngine
from polygist.engines.scheduler import Limits as SchedulerLimits
from polygist.language import LanguageDetector
from polygist.metrics import EngineMetrics, FaithfulnessMetrics, GuardMetrics, Metrics
from polygist.pipeline.limits import Limits
from polygist.pipeline.pipeline import Pipeline
from polygist.pipeline.termbase import Termbase
from polygist.settings import Settings
from polygist.store.builders import need_builders
from polygist.store.cards import AnyCard, EncoderCards, TranslationCard
from polygist.store.installed import Models
from polygist.store.models import BuiltModel
from polygist.store.summarizers import SummaryCard
from polygist.summarize.extract import LANGUAGES
from polygist.types import ModelInfo, Priority

# So many rows an engine brings further in about the time of one (docs/serving.md): bulk may keep up to so many
# interactive rows company.
_COMPANY = 4


def limits(settings: Settings) -> Limits:
    """The limits in force."""
    return Limits(**{name: getattr(settings, name) for name in Limits.__dataclass_fields__})


def engine_maker(settings: Settings, card: TranslationCard, built: BuiltModel, seat: Seat) -> Maker:
    """Starts an engine on a model that translates, in a process of its own."""
    return _maker(settings, card, built, seat)


def summarizer_maker(settings: Settings, card: SummaryCard, built: BuiltModel, seat: Seat) -> Maker:
    """Starts an engine on a summary model in a process of its own."""
    return _maker(settings, card, built, seat)


def encoder_maker(settings: Settings, card: EncoderCards, built: BuiltModel, seat: Seat) -> Maker:
    """Starts an engine on a model of entities, sentence vectors or entailment in a process of its own."""
    return _maker(settings, card, built, seat)


def _maker(settings: Settings, card: AnyCard, built: BuiltModel, seat: Seat) -> Maker:
    if chosen(built, card, settings.engine, seat.device) == "torch":
        need_builders(f"running {card.id} on torch")
    bounds = Bounds(settings.max_batch_items, settings.max_batch_tokens)
    return partial(ProcessEngine, partial(load_engine, built, card, settings.engine, seat, bounds))


def _makers(settings: Settings, found: Models) -> list[list[Maker]]:
    """What starts the engines of each model; takes a while where GPUs are to be counted."""
    n = len(found.translation)
    places = seats(settings.device, settings.engine, settings.replicas, settings.threads, n)
    makers = [[engine_maker(settings, card, built, seat) for seat in places] for card, built in found.translation]
    if found.summary:
        makers.append([summarizer_maker(settings, *found.summary, places[0])])
    makers += [[encoder_maker(settings, *encoder, places[0])] for encoder in found.encoders]
    return makers


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
) -> AsyncIterator[Pipeline]:
    """A warm pipeline over what was `found`: its models are loaded and have worked once. Its threads and engines end
    with the context.

    `observe` makes the one who is told of a model's work.
    """
    async with _document_threads(settings.document_threads) as threads:
        run = partial(threads.run, Priority.INTERACTIVE)
        makers = await run(_makers, settings, found)
        # Word lists and libraries load here while the engines load there.
        words = asyncio.gather(run(LanguageDetector), run(warm_documents, settings.cache_dir))
        observers: list[EngineMetrics] = []

        def watched(info: ModelInfo) -> EngineMetrics:
            observers.append(observe(info))
            return observers[-1]

        async with fleet(makers, _scheduling(settings), watched, words) as served:
            detector, _ = await words
            # Some tokenizers take a second to read, and calls go on while a pipeline is made beside another one.
            made = await run(parts, found, served)

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
