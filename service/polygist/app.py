"""The composition root: settings -> model -> pipeline -> server, and the life of the process from start to drain."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import permutations
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server

from polygist.cache.base import Cache
from polygist.cache.opening import open_cache
from polygist.document.language import LanguageDetector
from polygist.document.parse import parse
from polygist.document.segments import sentences
from polygist.engines.batching import Bounds
from polygist.engines.cores import available, plan
from polygist.engines.loading import decoding, load_engine
from polygist.engines.process import ProcessEngine
from polygist.engines.scheduler import Limits as SchedulerLimits
from polygist.engines.scheduler import Scheduler
from polygist.errors import ConfigurationError, PolygistError
from polygist.metrics import CacheMetrics, EngineMetrics, Metrics
from polygist.pipeline.limits import Limits
from polygist.pipeline.live import Live
from polygist.pipeline.pipeline import Pipeline, Routes
from polygist.pipeline.requests import ArticleText, DigestRequest
from polygist.settings import Settings
from polygist.store import cards, models
from polygist.store.cards import Card
from polygist.store.models import BuiltModel
from polygist.summarize import extract
from polygist.summarize.extract import LANGUAGES
from polygist.traces import place
from polygist.translate.codec import codec_of
from polygist.translate.translator import DirectTranslator, Model, PivotTranslator, Translator
from polygist.transport.gate import Gate
from polygist.transport.server import Server
from polygist.transport.servicer import Servicer
from polygist.types import SummaryOptions

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


def installed(settings: Settings) -> tuple[Card, BuiltModel]:
    """The card and the built model of the profile. Raises CardInvalid, ModelMissing with the command that builds it."""
    card = cards.load_card(cards.load_profile(settings.profile).translation)
    return card, models.require(card, settings.cache_dir)


def limits(settings: Settings) -> Limits:
    """The limits in force."""
    return Limits(**{name: getattr(settings, name) for name in Limits.__dataclass_fields__})


def routes(card: Card, model: Model, threads: Executor) -> Routes:
    """A translator for each pair: direct where the model was trained for it, else through its pivot."""
    found: dict[tuple[str, str], Translator] = {}
    for source, target in card.pairs:
        found[source, target] = DirectTranslator(model, source, target, partial(sentences, language=source), threads)
    if card.pivot is not None:
        for source, target in permutations(card.languages, 2):
            legs = (source, card.pivot), (card.pivot, target)
            if (source, target) not in card.pairs and card.pairs.issuperset(legs):
                found[source, target] = PivotTranslator(found[legs[0]], found[legs[1]], card.pivot)
    return found


def engine_maker(settings: Settings, card: Card, built: BuiltModel, threads: int) -> Callable[[], ProcessEngine]:
    """Starts an engine on the model in a process of its own."""
    bounds = Bounds(settings.max_batch_items, settings.max_batch_tokens)
    return partial(ProcessEngine, partial(load_engine, built, card, settings.engine, threads, bounds))


def _loaded(engine: ProcessEngine) -> ProcessEngine:
    try:
        engine.wait_until_loaded()
    except BaseException:
        engine.close()
        raise
    return engine


@asynccontextmanager
async def _document_threads(n: int) -> AsyncIterator[ThreadPoolExecutor]:
    """Threads whose end is not waited for on the loop: one may be busy for seconds with what nobody waits for."""
    threads = ThreadPoolExecutor(n, "document")
    try:
        yield threads
    finally:
        await asyncio.to_thread(threads.shutdown)


@asynccontextmanager
async def pipeline(
    settings: Settings, metrics: Metrics, cache: Cache | None, on_serving: Callable[[str, bool], None]
) -> AsyncIterator[Pipeline]:
    """A warm pipeline: the model is loaded and has translated once. Its threads and engines end with the context."""
    card, built = installed(settings)
    shares = plan(available(), settings.replicas, settings.threads)
    make = engine_maker(settings, card, built, shares.threads)
    loop = asyncio.get_running_loop()
    async with _document_threads(settings.document_threads) as threads:
        engines: list[ProcessEngine] = []
        try:
            for _ in range(shares.replicas):
                engines.append(make())  # noqa: PERF401  # those before one that can't be made are to be closed
            # Word lists and libraries load here while the engines load there.
            detector, *_ = await asyncio.gather(
                loop.run_in_executor(threads, LanguageDetector), loop.run_in_executor(threads, _warm_documents)
            )
            for engine in engines:
                await loop.run_in_executor(threads, engine.wait_until_loaded)
        except BaseException:
            await asyncio.gather(*(asyncio.to_thread(engine.close) for engine in engines))
            raise
        info = engines[0].info
        scheduler = Scheduler(
            engines,
            lambda: _loaded(make()),
            SchedulerLimits(
                batch_items=settings.max_batch_items,
                batch_tokens=settings.max_batch_tokens,
                queue_items=settings.max_queue_items,
                queue_tokens=settings.max_queue_tokens,
                company=_COMPANY,
            ),
            EngineMetrics(metrics, info.id, on_serving),
        )
        try:
            codec = codec_of(card, built)
            model = Model(info, codec, scheduler, decoding(card.decoding), decoding(card.retry_decoding), cache)
            window = settings.max_segments_in_flight

            def over(model: Model) -> Pipeline:
                served = routes(card, model, threads)
                return Pipeline(limits(settings), LANGUAGES, served, [info], detector, threads, window)

            # What is remembered would leave the engine cold.
            await _warm_up(over(replace(model, cache=None)))
            metrics.describe(VERSION, [info])
            yield over(model)
        finally:
            # The grace period was spent on the calls; what is left has no one to wait for it.
            await scheduler.close(0)


def _warm_documents() -> None:
    for language in LANGUAGES:
        extract.summarize(parse("OK. OK: 1, 2.", language), SummaryOptions())


async def _warm_up(made: Pipeline) -> None:
    """The first call pays for word lists and lazy set-up inside the engine; no caller should."""
    begun = time.monotonic()
    for language in LANGUAGES:
        target = next(p.target for p in made.info.pairs if p.source == language)
        text = ArticleText("OK. OK: 1, 2.")
        await made.digest(DigestRequest(text, source_language=language, target_languages=(target,)))
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


class Service:
    """A running server and what it serves. `port` is where it listens."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._live = Live()
        self._cache = _cache(settings, metrics)
        self._served: tuple[Card, BuiltModel] | None = None
        self.port = 0
        self.server = Server(
            Servicer(self._live, metrics, VERSION),
            Gate(settings.max_concurrent_calls),
            metrics,
            settings.max_message_bytes,
            reflect=settings.reflection,
        )

    async def start(self, address: str, stop: asyncio.Event) -> None:
        """Listen at once, and serve when the pipeline is warm; never, where `stop` is set before."""
        self._served = installed(self._settings)  # fail before listening where the model is missing
        self.port = await self.server.start(address)
        log.info("loading models, listening on %s", address)
        await self._live.replace(self._pipeline())
        if not stop.is_set():
            await self.server.ready(self._models())

    def _pipeline(self) -> AbstractAsyncContextManager[Pipeline]:
        loop = asyncio.get_running_loop()

        def on_serving(model: str, serves: bool) -> None:
            asyncio.run_coroutine_threadsafe(self.server.set_model_health(model, serves), loop)

        return pipeline(self._settings, self._metrics, self._cache, on_serving)

    def _models(self) -> list[str]:
        with self._live.use() as pipeline:
            return [model.id for model in pipeline.info.models]

    async def reload(self) -> None:
        """Read the profile again. A model that changed is loaded beside the old one and takes over when it is warm; the
        old one goes when its last call has ended. When that fails the old one serves on."""
        try:
            found = installed(self._settings)
            if found == self._served:
                log.info("nothing to reload: the profile leads to the model that is served")
                outcome = "unchanged"
            else:
                before = self._models()
                await self._live.replace(self._pipeline())
                self._served, outcome = found, "ok"
                await self.server.ready(self._models())
                for gone in set(before).difference(self._models()):
                    await self.server.set_model_health(gone, serves=False)
                    self._metrics.forget(gone)
                log.info("reloaded")
        except PolygistError as error:
            log.error("reload failed, the old model serves on: %s", error)
            outcome = "failed"
        except Exception as error:  # it must not end with the reload that follows this one
            log.error("reload failed, the old model serves on\n%s", place(error))
            outcome = "failed"
        self._metrics.reloads.labels(outcome).inc()

    async def stop(self, grace_seconds: float) -> None:
        """Drain within the grace period, and let go of everything."""
        await self.server.drain(grace_seconds)
        await self._live.close()
        if self._cache:
            await self._cache.close()


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
def _reloading(made: Service) -> Iterator[None]:
    """Meanwhile SIGHUP reloads the profile, one time after the other."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    async def reload() -> None:
        while True:
            await asked.wait()
            asked.clear()
            await made.reload()

    loop.add_signal_handler(signal.SIGHUP, asked.set)
    reloading = loop.create_task(reload())
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        reloading.cancel()


async def serve(settings: Settings, announce: Callable[[Ports], None]) -> None:
    """Serve until SIGTERM or SIGINT, then drain; SIGHUP reloads the profile.

    `announce` hears the ports once calls are answered.

    Raises ModelMissing, CardInvalid, ModelCorrupt, ConfigurationError before anything is served.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    metrics = Metrics(CollectorRegistry())
    try:
        web, _ = start_http_server(settings.metrics_port, settings.metrics_host, metrics.registry)
    except OSError as error:
        raise ConfigurationError(
            f"can't listen on {settings.metrics_host}:{settings.metrics_port} for metrics: {error.strerror}"
        ) from error
    try:
        async with service(settings, f"{settings.host}:{settings.port}", metrics, stop) as made:
            if not stop.is_set():
                log.info("serving on port %d", made.port)
                announce(Ports(made.port, web.server_port))
            with _reloading(made):
                await stop.wait()
            log.info("draining")
    finally:
        web.shutdown()
        web.server_close()
    log.info("stopped")
