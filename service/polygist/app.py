"""The composition root: settings -> model -> pipeline -> server, and the life of the process from start to drain."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from itertools import permutations

from prometheus_client import CollectorRegistry, start_http_server

from polygist.document.language import LanguageDetector
from polygist.document.segments import sentences
from polygist.engines.base import Generator
from polygist.engines.loading import decoding, load_generator
from polygist.engines.scheduler import Scheduler
from polygist.errors import ConfigurationError
from polygist.metrics import EngineMetrics, Metrics
from polygist.pipeline.limits import Limits
from polygist.pipeline.pipeline import Pipeline, Routes
from polygist.pipeline.requests import ArticleText, DigestRequest
from polygist.settings import Settings
from polygist.store import cards, models
from polygist.store.cards import Card
from polygist.store.models import BuiltModel
from polygist.summarize.extract import LANGUAGES
from polygist.translate.codec import codec_of
from polygist.translate.translator import DirectTranslator, Model, PivotTranslator, Translator
from polygist.transport.gate import Gate
from polygist.transport.server import Server
from polygist.transport.servicer import Servicer

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


@asynccontextmanager
async def pipeline(settings: Settings, metrics: Metrics) -> AsyncIterator[Pipeline]:
    """A warm pipeline: the model is loaded and has translated once. Its threads end with the context."""
    card, built = installed(settings)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(settings.document_threads, "document") as threads:
        detector = await loop.run_in_executor(threads, LanguageDetector)
        generator: Generator = await loop.run_in_executor(
            threads, load_generator, built, card, settings.engine, settings.threads
        )
        scheduler = Scheduler(
            generator,
            max_batch_tokens=settings.max_batch_tokens,
            max_batch_items=settings.max_batch_items,
            max_queue_tokens=settings.max_queue_tokens,
            max_queue_items=settings.max_queue_items,
            observer=EngineMetrics(metrics, generator.info.id),
        )
        try:
            model = Model(codec_of(card, built), scheduler, decoding(card.decoding), decoding(card.retry_decoding))
            served = routes(card, model, threads)
            metrics.describe(VERSION, [generator.info])
            made = Pipeline(
                limits(settings),
                LANGUAGES,
                served,
                [generator.info],
                detector,
                threads,
                settings.max_segments_in_flight,
            )
            await _warm_up(made)
            yield made
        finally:
            # The grace period was spent on the calls; what is left has no one to wait for it.
            await scheduler.close(0)


async def _warm_up(made: Pipeline) -> None:
    """The first call pays for word lists and lazy set-up inside the engine; no caller should."""
    begun = time.monotonic()
    for language in LANGUAGES:
        target = next(p.target for p in made.info.pairs if p.source == language)
        text = ArticleText("OK. OK: 1, 2.")
        await made.digest(DigestRequest(text, source_language=language, target_languages=(target,)))
    log.info("warm after %.1f s", time.monotonic() - begun)


@asynccontextmanager
async def server(
    settings: Settings, address: str, metrics: Metrics, stop: asyncio.Event
) -> AsyncIterator[tuple[int, Server]]:
    """A server that listens at once on `address`, yields when the pipeline is warm, and drains at the end.

    Where `stop` is set before it is warm it never serves.
    """
    holder: list[Pipeline] = []
    gate = Gate(settings.max_concurrent_calls)
    made = Server(
        Servicer(lambda: holder[0], metrics, VERSION),
        gate,
        metrics,
        settings.max_message_bytes,
        reflect=settings.reflection,
    )
    installed(settings)  # fail before listening where the model is missing
    port = await made.start(address)
    log.info("loading models, listening on %s", address)
    try:
        async with pipeline(settings, metrics) as warm:
            holder.append(warm)
            if not stop.is_set():
                await made.ready()
            try:
                yield port, made
            finally:
                await made.drain(settings.shutdown_grace_seconds)
    finally:
        await made.drain(0)


async def serve(settings: Settings, announce: Callable[[Ports], None]) -> None:
    """Serve until SIGTERM or SIGINT, then drain. `announce` hears the ports once calls are answered.

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
        async with server(settings, f"{settings.host}:{settings.port}", metrics, stop) as (port, _):
            if not stop.is_set():
                log.info("serving on port %d", port)
                announce(Ports(port, web.server_port))
            await stop.wait()
            log.info("draining")
    finally:
        web.shutdown()
        web.server_close()
    log.info("stopped")
