"""Every metric of polygist, over a registry that the caller hands in.

Names follow the Prometheus conventions (base units, `_total`); the `grpc_server_*` set has the names and labels of
go-grpc-middleware, which dashboards know. Label values come from bounded sets only.
"""

import platform
import threading
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
)

from polygist import tracing
from polygist.types import ModelInfo, Priority, Warning, WarningType

# From a health check (1 ms) to a long article on two slow cores (10 min).
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)
_GRPC = ("grpc_type", "grpc_service", "grpc_method")

STAGES = ("parse", "summarize", "translate", "queue", "inference")


class Metrics:
    """The metrics of one process. Make one per registry; the registry refuses a second."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self._define_grpc(registry)
        self._define_pipeline(registry)
        self._define_engine(registry)
        self._define_cache(registry)

    def _define_grpc(self, registry: CollectorRegistry) -> None:
        self.grpc_started = Counter("grpc_server_started", "Calls started.", _GRPC, registry=registry)
        self.grpc_handled = Counter(
            "grpc_server_handled", "Calls ended, by status code.", (*_GRPC, "grpc_code"), registry=registry
        )
        self.grpc_received = Counter("grpc_server_msg_received", "Messages received.", _GRPC, registry=registry)
        self.grpc_sent = Counter("grpc_server_msg_sent", "Messages sent.", _GRPC, registry=registry)
        self.grpc_handling = Histogram(
            "grpc_server_handling_seconds",
            "Time from a call's start to its end.",
            _GRPC,
            buckets=_SECONDS,
            registry=registry,
        )

    def _define_pipeline(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "polygist_requests", "Requests by method and outcome.", ("method", "outcome"), registry=registry
        )
        self.articles = Counter(
            "polygist_articles", "Articles of DigestMany streams, by outcome.", ("outcome",), registry=registry
        )
        self.in_flight = Gauge("polygist_requests_in_flight", "Requests worked on now.", registry=registry)
        self.stage_seconds = Histogram(
            "polygist_stage_duration_seconds",
            "Time of each stage of a request; queue and inference are summed over its segments.",
            ("stage",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.warnings = Counter("polygist_warnings", "Warnings returned, by type.", ("type",), registry=registry)
        for warning in WarningType:
            self.warnings.labels(warning.name.lower())
        for stage in STAGES:
            self.stage_seconds.labels(stage)

    def _define_engine(self, registry: CollectorRegistry) -> None:
        self.tokens_input = Counter("polygist_input_tokens", "Tokens fed to models.", ("model",), registry=registry)
        self.tokens_output = Counter("polygist_output_tokens", "Tokens made by models.", ("model",), registry=registry)
        waiting = ("model", "priority")
        self.queue_items = Gauge("polygist_queue_items", "Segments waiting.", waiting, registry=registry)
        self.queue_tokens = Gauge("polygist_queue_tokens", "Tokens waiting.", waiting, registry=registry)
        self.batch_items = Histogram(
            "polygist_batch_items",
            "Segments that an engine brought further together.",
            ("model",),
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
            registry=registry,
        )
        self.batch_tokens = Histogram(
            "polygist_batch_tokens",
            "Tokens in a batch, padding and room for the output included.",
            ("model",),
            buckets=(32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384),
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "polygist_batch_duration_seconds",
            "Inference time of a batch.",
            ("model",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.dropped = Counter(
            "polygist_dropped_segments", "Segments that got no answer.", ("model", "reason"), registry=registry
        )
        self.coalesced = Counter(
            "polygist_coalesced_segments",
            "Segments that were the same as one that waited or ran.",
            ("model",),
            registry=registry,
        )
        self.engine_failures = Counter(
            "polygist_engine_failures", "Failures of engines.", ("model", "kind"), registry=registry
        )
        self.engine_up = Gauge(
            "polygist_engine_up", "Whether there is an engine to work with.", ("model",), registry=registry
        )
        target = ("target_language",)
        self.guard_hits = Counter(
            "polygist_guard_hits",
            "First translations of segments that a detector doubted.",
            ("detector", *target),
            registry=registry,
        )
        self.guard_retries = Counter(
            "polygist_guard_retries", "Segments translated again for a doubt.", target, registry=registry
        )
        self.guard_recoveries = Counter(
            "polygist_guard_recoveries", "Of these, those without a doubt afterwards.", target, registry=registry
        )
        self.estimated_quality = Histogram(
            "polygist_estimated_quality",
            "How good translations of segments are expected to be, remembered ones left out.",
            target,
            buckets=(0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),
            registry=registry,
        )
        self.faithfulness_checked = Counter(
            "polygist_faithfulness_checked",
            "Statements of summary models that were held against their articles.",
            ("field",),
            registry=registry,
        )
        self.faithfulness_replaced = Counter(
            "polygist_faithfulness_replaced",
            "Fields that a summary model wrote in vain.",
            ("field", "reason"),
            registry=registry,
        )
        self.reloads = Counter(
            "polygist_reloads", "Reloads of profile and glossary, by outcome.", ("outcome",), registry=registry
        )
        self.glossary_terms = Gauge(
            "polygist_glossary_terms", "Terms of the glossary file, counted for each direction.", registry=registry
        )
        self.model = Info("polygist_model", "Loaded models.", ("id",), registry=registry)
        self.build = Info("polygist_build", "The running build.", registry=registry)

    def _define_cache(self, registry: CollectorRegistry) -> None:
        tier = ("tier",)
        self.cache_hits = Counter("polygist_cache_hits", "Segments found in the cache.", tier, registry=registry)
        self.cache_misses = Counter("polygist_cache_misses", "Segments not found in it.", tier, registry=registry)
        self.cache_bytes = Gauge("polygist_cache_bytes", "Bytes that the cache holds.", tier, registry=registry)
        self.cache_evicted = Counter(
            "polygist_cache_evicted_entries", "Entries that left to make room.", tier, registry=registry
        )
        self.cache_dropped = Counter(
            "polygist_cache_dropped_puts", "Entries that could not be kept.", tier, registry=registry
        )
        self.cache_errors = Counter("polygist_cache_errors", "Failures of a tier.", tier, registry=registry)

    def describe(self, version: str, models: Iterable[ModelInfo]) -> None:
        """Publish what runs here."""
        self.build.info({"version": version, "python": platform.python_version()})
        for model in models:
            facts = {"revision": model.revision, "sha256": model.sha256}
            facts |= {"engine": model.engine, "quantization": model.quantization}
            self.model.labels(model.id).info(facts)

    def forget(self, model: str) -> None:
        """A model is served no more."""
        self.model.remove(model)
        self.engine_up.remove(model)
        for priority in Priority:
            self.queue_items.remove(model, priority.name.lower())
            self.queue_tokens.remove(model, priority.name.lower())

    def observe(self, stages: Mapping[str, float], warnings: Iterable[Warning]) -> None:
        """Count a finished request: seconds by stage and its warnings."""
        for stage, seconds in stages.items():
            self.stage_seconds.labels(stage).observe(seconds, tracing.exemplar())
        for warning in warnings:
            self.warnings.labels(warning.type.name.lower()).inc()


class EngineMetrics:
    """What a scheduler reports about the model it runs (`engines.scheduler.Observer`).

    Work counts from the first. What states the present, the gauges and `on_serving`, is told from `publish` to
    `silence`: beside a model that serves, another revision of it may load, or end its last calls.
    `on_serving` hears of the model by its id, from any thread.
    """

    def __init__(self, metrics: Metrics, model: str, on_serving: Callable[[str, bool], None]) -> None:
        self._metrics, self._model, self._on_serving = metrics, model, on_serving
        self._lock = threading.Lock()
        self._public, self._serves = False, True
        self._waiting = dict.fromkeys(Priority, (0, 0))
        for counter in (metrics.tokens_input, metrics.tokens_output, metrics.coalesced):
            counter.labels(model)

    def publish(self) -> bool:
        """This is the model that serves, from now on. Whether it has an engine to work with."""
        with self._lock:
            self._public = True
            for priority, (items, tokens) in self._waiting.items():
                self._show_queue(priority, items, tokens)
            self._metrics.engine_up.labels(self._model).set(self._serves)
            return self._serves

    def silence(self) -> None:
        """Another one serves."""
        with self._lock:
            self._public = False

    def batch(self, rows: int, tokens: int, seconds: float) -> None:
        """Rows were brought further together."""
        self._metrics.batch_items.labels(self._model).observe(rows)
        self._metrics.batch_tokens.labels(self._model).observe(tokens)
        self._metrics.batch_seconds.labels(self._model).observe(seconds)

    def queue(self, priority: Priority, items: int, tokens: int) -> None:
        """The queue changed."""
        with self._lock:
            self._waiting[priority] = (items, tokens)
            if self._public:
                self._show_queue(priority, items, tokens)

    def _show_queue(self, priority: Priority, items: int, tokens: int) -> None:
        self._metrics.queue_items.labels(self._model, priority.name.lower()).set(items)
        self._metrics.queue_tokens.labels(self._model, priority.name.lower()).set(tokens)

    def dropped(self, reason: str) -> None:
        """A segment won't be answered."""
        self._metrics.dropped.labels(self._model, reason).inc()

    def coalesced(self) -> None:
        """A segment costs nothing, since another one is the same."""
        self._metrics.coalesced.labels(self._model).inc()

    def failed(self, kind: str) -> None:
        """An engine failed."""
        self._metrics.engine_failures.labels(self._model, kind).inc()

    def serving(self, serves: bool) -> None:
        """Whether there is an engine to work with."""
        with self._lock:
            self._serves = serves
            if self._public:
                self._metrics.engine_up.labels(self._model).set(serves)
                self._on_serving(self._model, serves)

    def passed(self, input_tokens: int, output_tokens: int) -> None:
        """Tokens went through the model."""
        self._metrics.tokens_input.labels(self._model).inc(input_tokens)
        self._metrics.tokens_output.labels(self._model).inc(output_tokens)


class GuardMetrics:
    """What is found in translations (`translate.segments.Observer`)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def hit(self, doubt: WarningType, target: str) -> None:
        """A first translation was doubtful."""
        self._metrics.guard_hits.labels(doubt.name.lower(), target).inc()

    def retried(self, target: str, *, recovered: bool) -> None:
        """It was decoded again, and is without doubt now or not."""
        self._metrics.guard_retries.labels(target).inc()
        if recovered:
            self._metrics.guard_recoveries.labels(target).inc()

    def estimated(self, target: str, value: float) -> None:
        """A segment was translated."""
        self._metrics.estimated_quality.labels(target).observe(value)


class FaithfulnessMetrics:
    """What becomes of the statements of a summary model (`summarize.abstractive_check.Observer`)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def checked(self, field: str) -> None:
        """A statement was held against its article."""
        self._metrics.faithfulness_checked.labels(field).inc()

    def replaced(self, field: str, reason: str) -> None:
        """Nothing was taken of what the model wrote for a field."""
        self._metrics.faithfulness_replaced.labels(field, reason).inc()


class CacheMetrics:
    """What the cache reports (`cache.base.Observer`)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def hit(self, tier: str) -> None:
        """A segment was found."""
        self._metrics.cache_hits.labels(tier).inc()

    def miss(self, tier: str) -> None:
        """A segment was not found."""
        self._metrics.cache_misses.labels(tier).inc()

    def size(self, tier: str, n_bytes: int) -> None:
        """So much is stored now."""
        self._metrics.cache_bytes.labels(tier).set(n_bytes)

    def evicted(self, tier: str, n: int) -> None:
        """Entries left to make room."""
        self._metrics.cache_evicted.labels(tier).inc(n)

    def dropped(self, tier: str, n: int) -> None:
        """Entries could not be kept."""
        self._metrics.cache_dropped.labels(tier).inc(n)

    def error(self, tier: str) -> None:
        """The tier failed."""
        self._metrics.cache_errors.labels(tier).inc()
