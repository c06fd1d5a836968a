"""The composition root: settings -> model -> pipeline -> server, and the life of the process from start to drain."""

import asyncio
import logging
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry

from polygist import tracing
from polygist.cache.base import Cache
from polygist.cache.opening import open_cache
from polygist.concurrency import Threads
from polygist.document.language import LanguageDetector
from polygist.document.parse import parse
from polygist.document.segments import sentences
from polygist.engines.batching import Bounds
from polygist.engines.devices import Seat, seats
from polygist.engines.fleet import Served, fleet
from polygist.engines.loading import candidates, decoding, load_engine, load_recognizer, load_summarizer
from polygist.engines.process import ProcessEngine
from polygist.engines.scheduler import Limits as SchedulerLimits
from polygist.errors import ConfigurationError, EngineFailed, PolygistError
from polygist.metrics import CacheMetrics, EngineMetrics, FaithfulnessMetrics, GuardMetrics, Metrics
from polygist.pipeline.limits import Limits
from polygist.pipeline.live import Live
from polygist.pipeline.pipeline import Pipeline
from polygist.pipeline.requests import ArticleText, DigestRequest, TranslationOptions
from polygist.pipeline.summaries import EntityModel, Summaries, SummaryModel
from polygist.pipeline.termbase import Termbase
from polygist.pipeline.texts import Routes
from polygist.settings import Settings
from polygist.store import cards, models
from polygist.store.cards import Card
from polygist.store.models import BuiltModel
from polygist.store.recognizers import RecognizerCard
from polygist.store.summarizers import SummaryCard
from polygist.summarize import abstractive_codec, entity_codec, extract
from polygist.summarize.abstractive import Writer
from polygist.summarize.entities import Recognizer
from polygist.summarize.extract import LANGUAGES
from polygist.traces import place
from polygist.tracing import Tracer
from polygist.translate.chains import with_chains
from polygist.translate.codec import codec_of
from polygist.translate.segments import Model, Ways
from polygist.translate.translator import DirectTranslator, Translator
from polygist.transport.calls import Telling
from polygist.transport.gate import Gate
from polygist.transport.server import Server
from polygist.transport.servicer import Servicer
from polygist.types import ModelInfo, Priority, SummaryOptions, WarningType
from polygist.web.opening import open_web

# So many rows an engine brings further in about the time of one (docs/serving.md): bulk may keep up to so many
# interactive rows company.
_COMPANY = 4

log = logging.getLogger(__name__)

VERSION = version("polygist")


@dataclass(frozen=True)
class Ports:
    """Where a running server listens."""

    grpc: int
    metrics: int


class Models(NamedTuple):
    """What a profile leads to: cards and built models, those of summaries and entities None where there are none."""

    translation: tuple[Card, BuiltModel]
    summary: tuple[SummaryCard, BuiltModel] | None
    entities: tuple[RecognizerCard, BuiltModel] | None


def installed(settings: Settings) -> tuple[Card, BuiltModel]:
    """The card and the built model of the profile. Raises CardInvalid, ModelMissing with the command that builds it."""
    folders = cards.folders(settings.models_dir)
    card = cards.load_card(cards.load_profile(settings.profile, *folders).translation, *folders)
    return card, models.require(card, settings.cache_dir, *folders)


def installed_summarizer(settings: Settings) -> tuple[SummaryCard, BuiltModel] | None:
    """As `installed`, of what writes summaries; None where nothing does."""
    folders = cards.folders(settings.models_dir)
    id = cards.load_profile(settings.profile, *folders).summary
    if id == cards.EXTRACTIVE:
        return None
    card = cards.load_summary_card(id, *folders)
    return card, models.require(card, settings.cache_dir, *folders)


def installed_recognizer(settings: Settings) -> tuple[RecognizerCard, BuiltModel] | None:
    """As `installed`, of what recognises entities; None where nothing does."""
    folders = cards.folders(settings.models_dir)
    id = cards.load_profile(settings.profile, *folders).entities
    if not id:
        return None
    card = cards.load_recognizer_card(id, *folders)
    return card, models.require(card, settings.cache_dir, *folders)


def _installed(settings: Settings) -> Models:
    return Models(installed(settings), installed_summarizer(settings), installed_recognizer(settings))


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
        async with fleet(makers, _scheduling(settings), observe, words) as (translating, *others):
            detector, _ = await words
            # Some tokenizers take a second to read, and calls go on while a pipeline is made beside another one.
            written = await run(_summary_model, *summarizer, others[0], metrics) if summarizer else None
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
            window = settings.max_segments_in_flight

            def over(model: Model) -> Pipeline:
                served, summaries = routes(card, model, threads), Summaries(threads, written, entities)
                infos = [model.info]
                return Pipeline(
                    limits(settings), LANGUAGES, served, infos, detector, threads, window, termbase, summaries
                )

            # What is remembered would leave the engine cold.
            await _warm_up(over(replace(model, cache=None)))
            yield over(model)


def _summary_model(card: SummaryCard, built: BuiltModel, served: Served, metrics: Metrics) -> SummaryModel:
    codec, how = abstractive_codec.codec_of(card, built), decoding(card.decoding)
    writer = Writer(served.info, card, codec, how, sentences, FaithfulnessMetrics(metrics))
    return SummaryModel(writer, served.scheduler)


def _entity_model(card: RecognizerCard, built: BuiltModel, served: Served) -> EntityModel:
    return EntityModel(Recognizer(served.info, entity_codec.codec_of(card, built)), served.scheduler)


def _warm_documents() -> None:
    for language in LANGUAGES:
        extract.summarize(parse("OK. OK: 1, 2 слова.", language), SummaryOptions())


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


def _cache_folder(settings: Settings) -> Path:
    return settings.cache_dir / "translations"


def _cache(settings: Settings, metrics: Metrics) -> Cache | None:
    url = settings.cache_redis_url
    return open_cache(
        memory_bytes=settings.cache_memory_bytes,
        disk_path=_cache_folder(settings),
        disk_bytes=settings.cache_disk_bytes,
        redis_url=url.get_secret_value() if url else None,
        redis_ttl_seconds=settings.cache_redis_ttl_seconds,
        observer=CacheMetrics(metrics),
    )


def tracer_of(settings: Settings) -> Tracer | None:
    """Who keeps spans, where that is asked for. Raises ConfigurationError where what it needs is missing."""
    if not settings.tracing:
        return None
    try:
        from polygist.transport import otel  # an extra
    except ImportError as error:
        raise ConfigurationError("POLYGIST_TRACING needs OpenTelemetry: pip install 'polygist[otel]'") from error
    return otel.opened(VERSION)


class Service:
    """A running server and what it serves. `port` is where it listens."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._live = Live()
        self._tracer = tracer_of(settings)
        self._cache = _cache(settings, metrics)
        self._termbase = Termbase(settings.glossary)
        self._served: Models | None = None
        self._observers: list[EngineMetrics] = []
        self.port = 0
        gate = Gate(settings.max_concurrent_calls)
        self.server = Server(
            Servicer(self._live, gate, metrics, VERSION),
            gate,
            metrics,
            settings.max_message_bytes,
            telling=Telling(self._tracer, settings.log_peer, settings.log_texts),
            reflect=settings.reflection,
            channels=settings.channelz,
        )

    async def start(self, address: str, stop: asyncio.Event) -> None:
        """Listen at once, and serve when the pipeline is warm; never, where `stop` is set before."""
        self._served = _installed(self._settings)  # fail before listening where the model is missing
        await self._load_terms()
        self.port = await self.server.start(address)
        log.info("loading models, listening on %s", address)
        await self._take_over(self._served)
        if not stop.is_set():
            await self.server.ready()

    async def _take_over(self, found: Models) -> None:
        """Open a pipeline for what the profile led to, and let it serve; the one before ends its last calls."""
        loop, before = asyncio.get_running_loop(), self._models() if self._observers else []
        made: list[EngineMetrics] = []

        def on_serving(model: str, serves: bool) -> None:
            asyncio.run_coroutine_threadsafe(self.server.set_model_health(model, serves), loop)

        def observe(info: ModelInfo) -> EngineMetrics:
            made.append(EngineMetrics(self._metrics, info.id, on_serving))
            return made[-1]

        await self._live.replace(pipeline(self._settings, found, self._metrics, self._cache, self._termbase, observe))
        for observer in self._observers:
            observer.silence()
        self._observers = made
        for gone in {m.id for m in before} - {m.id for m in self._models()}:
            await self.server.set_model_health(gone, serves=False)
            self._metrics.forget(gone)
        with self._live.use() as live:
            pairs = [(pair.source, pair.target) for pair in live.info.pairs]
        self._metrics.describe(VERSION, self._models(), pairs)
        for model, observer in zip(self._models(), made, strict=True):
            await self.server.set_model_health(model.id, observer.publish())

    def _models(self) -> tuple[ModelInfo, ...]:
        with self._live.use() as pipeline:
            return pipeline.info.models

    async def reload(self) -> None:
        """Read the profile and the glossary file again.

        A model that changed is loaded beside the old one and takes over when it is warm; the old one goes when its last
        call has ended. What fails leaves the old one in force.
        """
        outcomes = {await _tried("model", self._load_model), await _tried("glossary", self._load_terms)}
        self._metrics.reloads.labels(next(o for o in ("failed", "ok", "unchanged") if o in outcomes)).inc()

    async def _load_model(self) -> bool:
        """Serve what the profile leads to; whether that is new."""
        found = await asyncio.to_thread(_installed, self._settings)
        if found == self._served:
            return False
        await self._take_over(found)
        self._served = found
        return True

    async def _load_terms(self) -> bool:
        """Read the glossary file for the languages of the model that is served; whether it is new."""
        languages = tuple(self._served.translation[0].languages) if self._served else ()
        changed = await asyncio.to_thread(self._termbase.load, languages)
        self._metrics.glossary_terms.set(len(self._termbase.terms))
        return changed

    async def stop(self, grace_seconds: float) -> None:
        """Drain within the grace period, and let go of everything."""
        await self.server.drain(grace_seconds)
        await self._live.close()
        if self._cache:
            await self._cache.close()
        if self._tracer:
            await asyncio.to_thread(self._tracer.close)


async def _tried(what: str, load: Callable[[], Awaitable[bool]]) -> str:
    """The outcome of a reload, which is in the log, too."""
    try:
        changed = await load()
    except PolygistError as error:
        log.error("reload failed, the old %s stays in force: %s", what, error)
        return "failed"
    except Exception as error:  # it must not end with the reload that follows this one
        log.error("reload failed, the old %s stays in force\n%s", what, place(error))
        return "failed"
    log.info("reloaded the %s" if changed else "nothing to reload: the %s is as it was", what)
    return "ok" if changed else "unchanged"


@asynccontextmanager
async def service(settings: Settings, address: str, metrics: Metrics, stop: asyncio.Event) -> AsyncIterator[Service]:
    """A service that listens on "host:port" or "unix:path", warm when the context is entered, drained at its end."""
    made = Service(settings, metrics)
    try:
        await made.start(address, stop)
        yield made
    except BaseException:
        await made.stop(0)
        raise
    await made.stop(settings.shutdown_grace_seconds)


@contextmanager
def _reloading(made: Service, asked: asyncio.Event) -> Iterator[None]:
    """Meanwhile profile and glossary are reloaded whenever it is `asked`, one time after the other."""

    async def reload() -> None:
        while True:
            await asked.wait()
            asked.clear()
            await made.reload()

    reloading = asyncio.get_running_loop().create_task(reload())
    try:
        yield
    finally:
        reloading.cancel()


async def serve(settings: Settings, announce: Callable[[Ports], None]) -> None:
    """Serve until SIGTERM or SIGINT, then drain; SIGHUP reloads profile and glossary.

    `announce` hears the ports once calls are answered.

    Raises ModelMissing, CardInvalid, ModelCorrupt, GlossaryInvalid, ConfigurationError before anything is served.
    """
    stop, reload, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # From the first to the last: what does not handle it ends by it.
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    metrics = Metrics(CollectorRegistry(), tracing.exemplar)
    serving = threading.Event()
    web = open_web(settings, metrics.registry, loop, serving.is_set)
    try:
        async with service(settings, f"{settings.host}:{settings.port}", metrics, stop) as made:
            if not stop.is_set():
                log.info("serving on port %d", made.port)
                serving.set()
                announce(Ports(made.port, web.port))
            with _reloading(made, reload):
                await stop.wait()
            serving.clear()
            log.info("draining")
    finally:
        await asyncio.to_thread(web.close)
    log.info("stopped")
