"""The composition root: settings -> pipeline -> server, and the life of the process from start to drain."""

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from prometheus_client import CollectorRegistry

from polygist import certificates, tracing
from polygist.addresses import is_loopback, joined
from polygist.assembly import limits, pipeline
from polygist.cache.base import Cache
from polygist.cache.opening import open_cache
from polygist.engines.makers import Early
from polygist.errors import ConfigurationError, PolygistError
from polygist.jobs.keeper import Keeper
from polygist.jobs.opening import open_jobs
from polygist.metrics import CacheMetrics, EngineMetrics, Metrics
from polygist.pipeline.live import Live
from polygist.pipeline.termbase import Termbase
from polygist.places import place
from polygist.settings import Settings
from polygist.shares import EVERYBODY
from polygist.store import installed
from polygist.store.installed import Models
from polygist.tracing import Tracer
from polygist.transport import connections, tls
from polygist.transport.bulk import Bulk
from polygist.transport.calls import Telling
from polygist.transport.gate import Gate
from polygist.transport.operations import Operations
from polygist.transport.server import Server
from polygist.transport.servicer import Servicer
from polygist.transport.sockets import UnixSocket
from polygist.transport.visits import Door
from polygist.types import ModelInfo
from polygist.web.opening import open_web

log = logging.getLogger(__name__)

VERSION = version("polygist")


@dataclass(frozen=True)
class Ports:
    """Where a running server listens: ports, and the path of a Unix socket where that alone takes calls."""

    grpc: int | str
    metrics: int


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
        self._jobs: Keeper | None = None
        files = certificates.of_grpc(settings)
        reports = metrics.read_again("tls"), metrics.ends("tls")
        self._credentials = tls.credentials(files, *reports) if files else None
        if settings.callers_file and not files and settings.host and not is_loopback(settings.host):
            log.warning("tokens of callers come in plain text: who listens on the way can use them")
        path = settings.unix_socket
        self._socket = UnixSocket(path, settings.unix_socket_mode) if path else None
        self._door = Door(settings.callers_file, metrics) if settings.callers_file else None
        gate, self._operations = Gate(settings.max_concurrent_calls), Operations()
        self._servicer = Servicer(
            self._live,
            gate,
            metrics,
            VERSION,
            self._operations,
            tells=settings.status,
            stream_idle_seconds=settings.stream_idle_seconds or None,
        )
        self.server = Server(
            self._servicer,
            self._operations,
            gate,
            metrics,
            settings.max_message_bytes,
            telling=Telling(self._tracer, settings.log_peer, settings.log_texts),
            door=self._door,
            connections=connections.options(settings),
            reflect=settings.reflection,
            channels=settings.channelz,
        )

    async def start(self, address: str, stop: asyncio.Event, early: Early | None = None) -> None:
        """Listen at once, and serve when the pipeline is warm; never, where `stop` is set before."""
        # Fail before listening where the model is missing.
        self._served = early.found if early else installed.models(self._settings)
        await self._load_terms()
        self._jobs = self._operations.keeper = await asyncio.to_thread(open_jobs, self._settings, self._metrics)
        self.port = await self.server.start(address, self._credentials, self._socket)
        log.info("loading models, listening on %s", address or "a Unix socket alone")
        await self._take_over(self._served, early)
        if not stop.is_set():
            if self._jobs:
                share = self._door.share if self._door else lambda _: EVERYBODY
                bulk = Bulk(self._servicer.digest, self._live, limits(self._settings), self._metrics, share)
                await self._jobs.work(bulk)
            await self.server.ready()

    async def _take_over(self, found: Models, early: Early | None = None) -> None:
        """Open a pipeline for what the profile led to, and let it serve; the one before ends its last calls."""
        loop, before = asyncio.get_running_loop(), self._models() if self._observers else []
        made: list[EngineMetrics] = []

        def on_serving(model: str, serves: bool) -> None:
            asyncio.run_coroutine_threadsafe(self.server.set_model_health(model, serves), loop)

        def observe(info: ModelInfo) -> EngineMetrics:
            made.append(EngineMetrics(self._metrics, info.id, on_serving))
            return made[-1]

        begun = early.makers if early else None
        await self._live.replace(
            pipeline(self._settings, found, self._metrics, self._cache, self._termbase, observe, begun)
        )
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
        found = await asyncio.to_thread(installed.models, self._settings)
        if found == self._served:
            return False
        await self._take_over(found)
        self._served = found
        return True

    async def _load_terms(self) -> bool:
        """Read the glossary file for the languages of the models that are served; whether it is new."""
        cards = [card for card, _ in self._served.translation] if self._served else []
        languages = tuple(dict.fromkeys(code for card in cards for code in card.languages))
        changed = await asyncio.to_thread(self._termbase.load, languages)
        self._metrics.glossary_terms.set(len(self._termbase.terms))
        return changed

    async def stop(self, grace_seconds: float) -> None:
        """Drain within the grace period, and let go of everything."""
        jobs = self._jobs.close(grace_seconds) if self._jobs else asyncio.sleep(0)
        await asyncio.gather(self.server.drain(grace_seconds), jobs)
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
async def service(
    settings: Settings, address: str, metrics: Metrics, stop: asyncio.Event, early: Early | None = None
) -> AsyncIterator[Service]:
    """A service, warm when the context is entered, drained at its end; its engines may load `early`.

    It listens on "host:port" or "unix:path", "" for neither, and on the socket of the settings.
    """
    made = Service(settings, metrics)
    try:
        await made.start(address, stop, early)
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


async def serve(settings: Settings, announce: Callable[[Ports], None], early: Early | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then drain; SIGHUP reloads profile and glossary.

    `announce` hears the ports once calls are answered; engines may load `early`.

    Raises ModelMissing, CardInvalid, ModelCorrupt, GlossaryInvalid, ConfigurationError before anything is served.
    """
    if not (settings.host or settings.unix_socket):
        raise ConfigurationError("nowhere to listen: POLYGIST_HOST is empty, and there is no POLYGIST_UNIX_SOCKET")
    stop, reload, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # From the first to the last: what does not handle it ends by it.
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    metrics = Metrics(CollectorRegistry(), tracing.exemplar)
    serving = threading.Event()
    reports = metrics.read_again("metrics_tls"), metrics.ends("metrics_tls")
    web = open_web(settings, metrics.registry, loop, serving.is_set, *reports)
    address = joined(settings.host, settings.port) if settings.host else ""
    try:
        async with service(settings, address, metrics, stop, early) as made:
            if not stop.is_set():
                ports = Ports(made.port or str(settings.unix_socket), web.port)
                log.info("serving on port %s", ports.grpc)
                serving.set()
                announce(ports)
            with _reloading(made, reload):
                await stop.wait()
            serving.clear()
            log.info("draining")
    finally:
        await asyncio.to_thread(web.close)
    log.info("stopped")
