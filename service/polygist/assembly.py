"""From installed models to a warm pipeline: engines, translators, summaries, and what they share."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

from prometheus_client import CollectorRegistry

from polygist.cache.base import Cache
from polygist.concurrency import Threads
from polygist.document.parse import parse
from polygist.document.segments import sentences
from polygist.engines.batching import Bounds
from polygist.engines.devices import Seat, seats
from polygist.engines.fleet import Served, fleet
from polygist.engines.loading import candidates, decoding, load_engine, load_recognizer, load_summarizer
from polygist.engines.process import ProcessEngine
from polygist.engines.scheduler import Limits as SchedulerLimits
from polygist.errors import EngineFailed
from polygist.language import LanguageDetector
from polygist.metrics import EngineMetrics, FaithfulnessMetrics, GuardMetrics, Metrics
from polygist.pipeline.limits import Limits
from polygist.pipeline.pipeline import Pipeline
from polygist.pipeline.requests import ArticleText, DigestRequest, TranslationOptions
from polygist.pipeline.summaries import EntityModel, Summaries, SummaryModel
from polygist.pipeline.termbase import Termbase
from polygist.pipeline.texts import Routes
from polygist.settings import Settings
from polygist.store.cards import Card
from polygist.store.installed import Models
from polygist.store.models import BuiltModel
from polygist.store.recognizers import RecognizerCard
from polygist.store.summarizers import SummaryCard
from polygist.summarize import abstractive_codec, entity_codec, extract
from polygist.summarize.abstractive import Writer
from polygist.summarize.entities import Recognizer
from polygist.summarize.extract import LANGUAGES
from polygist.translate import guard
from polygist.translate.chains import with_chains
from polygist.translate.codecs import codec_of
from polygist.translate.segments import Model, Ways
from polygist.translate.translator import DirectTranslator, Translator
from polygist.types import ModelInfo, Priority, SummaryOptions, WarningType

# So many rows an engine brings further in about the time of one (docs/serving.md): bulk may keep up to so many
# interactive rows company.
_COMPANY = 4

log = logging.getLogger(__name__)


def limits(settings: Settings) -> Limits:
    """The limits in force."""
    return Limits(**{name: getattr(settings, name) for name in Limits.__dataclass_fields__})


def routes(card: Card, model: Model, threads: Threads) -> Routes:
    """A translator for each pair: direct where the model was trained for it, else the shortest chain of those."""
    direct: dict[tuple[str, str], Translator] = {
        (source, target): DirectTranslator(model, source, target, partial(sentences, language=source), threads)
        for source, target in card.directions
    }
    return with_chains(direct, threads)


def engine_maker(settings: Settings, card: Card, built: BuiltModel, seat: Seat) -> Callable[[], ProcessEngine]:
    """Starts an engine on the model in a process of its own."""
    bounds = Bounds(settings.max_batch_items, settings.max_batch_tokens)
    return partial(ProcessEngine, partial(load_engine, built, card, settings.engine, seat, bounds))


def summarizer_maker(card: SummaryCard, built: BuiltModel, seat: Seat) -> Callable[[], ProcessEngine]:
    """Starts an engine on a summary model in a process of its own."""
    return partial(ProcessEngine, partial(load_summarizer, built, card, seat))


def recognizer_maker(card: RecognizerCard, built: BuiltModel, seat: Seat) -> Callable[[], ProcessEngine]:
    """Starts an engine on a model of entities in a process of its own."""
    return partial(ProcessEngine, partial(load_recognizer, built, card, seat))


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
    (card, built), summarizer, recognizer = found
    async with _document_threads(settings.document_threads) as threads:
        run = partial(threads.run, Priority.INTERACTIVE)
        places = await run(seats, settings.device, settings.engine, settings.replicas, settings.threads)
        makers = [[engine_maker(settings, card, built, seat) for seat in places]]
        if summarizer:
            makers.append([summarizer_maker(*summarizer, places[0])])
        if recognizer:
            makers.append([recognizer_maker(*recognizer, places[0])])
        # Word lists and libraries load here while the engines load there.
        words = asyncio.gather(run(LanguageDetector), run(_warm_documents))
        observers: list[EngineMetrics] = []

        def watched(info: ModelInfo) -> EngineMetrics:
            observers.append(observe(info))
            return observers[-1]

        async with fleet(makers, _scheduling(settings), watched, words) as (translating, *others):
            detector, _ = await words
            # Some tokenizers take a second to read, and calls go on while a pipeline is made beside another one.
            written = await run(_summary_model, *summarizer, others[0]) if summarizer else None
            entities = await run(_entity_model, *recognizer, others[-1]) if recognizer else None
            model = Model(
                translating.info,
                await run(codec_of, card, built),
                translating.scheduler,
                Ways(decoding(card.decoding), decoding(card.retry_decoding), candidates(card)),
                card.calibration,
                GuardMetrics(metrics),
                cache,
            )
            checked = FaithfulnessMetrics(metrics)
            window = settings.max_segments_in_flight

            def over(model: Model, checked: FaithfulnessMetrics) -> Pipeline:
                summarizing = written(checked) if written else None
                served, summaries = routes(card, model, threads), Summaries(threads, summarizing, entities)
                infos = [model.info]
                return Pipeline(
                    limits(settings), LANGUAGES, served, infos, detector, threads, window, termbase, summaries
                )

            with ExitStack() as rehearsal:
                for observer in observers:
                    rehearsal.enter_context(observer.rehearsal())
                # What is remembered would leave the engine cold, and what it says there is read by nobody.
                unread = Metrics(CollectorRegistry())
                first = replace(model, cache=None, observer=GuardMetrics(unread))
                await _warm_up(over(first, FaithfulnessMetrics(unread)))
            yield over(model, checked)


def _summary_model(
    card: SummaryCard, built: BuiltModel, served: Served
) -> Callable[[FaithfulnessMetrics], SummaryModel]:
    """By who is told of its checks."""
    codec, how = abstractive_codec.codec_of(card, built), decoding(card.decoding)

    def watched(checked: FaithfulnessMetrics) -> SummaryModel:
        return SummaryModel(Writer(served.info, card, codec, how, sentences, checked), served.scheduler)

    return watched


def _entity_model(card: RecognizerCard, built: BuiltModel, served: Served) -> EntityModel:
    return EntityModel(Recognizer(served.info, entity_codec.codec_of(card, built)), served.scheduler)


def _warm_documents() -> None:
    for language in LANGUAGES:
        extract.summarize(parse("OK. OK: 1, 2 слова.", language), SummaryOptions())
    # What only a doubtful text needs is read now, too: dictionaries, and the detector of languages.
    guard.found("The train to Kyiv was late.", "Поезд в Киев опоздал.", "en", "uk")
    guard.found("The train to Kyiv was late.", "Le train de Kiev avait du retard.", "en", "de")


async def _warm_up(made: Pipeline) -> None:
    """The first call pays for word lists and lazy set-up inside the engine; no caller should.

    Raises EngineFailed where a model can't do its first work, also one whose work a call could do without.
    """
    begun = time.monotonic()
    for language in LANGUAGES:
        target = next(p.target for p in made.info.pairs if p.source == language)
        text = ArticleText("OK. OK: 1, 2.")
        options = TranslationOptions(localize_numbers=True)
        digest = await made.digest(DigestRequest(text, language, (target,), translation=options))
        if failed := [w for w in digest.done.warnings if w.type is WarningType.MODEL_FAILED]:
            raise EngineFailed(failed[0].detail)
    log.info("warm after %.1f s", time.monotonic() - begun)
