"""Every metric of polygist, over a registry that the caller hands in.

Names follow the Prometheus conventions (base units, `_total`); the `grpc_server_*` set has the names and labels of
go-grpc-middleware, which dashboards know. Label values come from bounded sets only.
"""

import platform
from collections.abc import Iterable, Mapping

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

from polygist.types import ModelInfo, Warning, WarningType

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
        self.queue_items = Gauge("polygist_queue_items", "Segments waiting.", ("model",), registry=registry)
        self.queue_tokens = Gauge("polygist_queue_tokens", "Tokens waiting.", ("model",), registry=registry)
        self.batch_items = Histogram(
            "polygist_batch_items",
            "Segments in a batch.",
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
            "polygist_dropped_segments", "Segments that were not computed.", ("model", "reason"), registry=registry
        )
        self.model = Info("polygist_model", "Loaded models.", ("id",), registry=registry)
        self.build = Info("polygist_build", "The running build.", registry=registry)

    def describe(self, version: str, models: Iterable[ModelInfo]) -> None:
        """Publish what runs here."""
        self.build.info({"version": version, "python": platform.python_version()})
        for model in models:
            facts = {"revision": model.revision, "sha256": model.sha256}
            facts |= {"engine": model.engine, "quantization": model.quantization}
            self.model.labels(model.id).info(facts)

    def observe(self, stages: Mapping[str, float], warnings: Iterable[Warning]) -> None:
        """Count a finished request: seconds by stage and its warnings."""
        for stage, seconds in stages.items():
            self.stage_seconds.labels(stage).observe(seconds)
        for warning in warnings:
            self.warnings.labels(warning.type.name.lower()).inc()


class EngineMetrics:
    """What a scheduler reports about the model it runs (`engines.scheduler.Observer`)."""

    def __init__(self, metrics: Metrics, model: str) -> None:
        self._metrics, self._model = metrics, model
        for counter in (metrics.tokens_input, metrics.tokens_output):
            counter.labels(model)
        self.queue(0, 0)

    def batch(self, items: int, tokens: int, seconds: float) -> None:
        """A batch was computed."""
        self._metrics.batch_items.labels(self._model).observe(items)
        self._metrics.batch_tokens.labels(self._model).observe(tokens)
        self._metrics.batch_seconds.labels(self._model).observe(seconds)

    def queue(self, items: int, tokens: int) -> None:
        """The queue changed."""
        self._metrics.queue_items.labels(self._model).set(items)
        self._metrics.queue_tokens.labels(self._model).set(tokens)

    def dropped(self, reason: str) -> None:
        """A segment was dropped before it was computed: "deadline" or "cancelled"."""
        self._metrics.dropped.labels(self._model, reason).inc()

    def passed(self, input_tokens: int, output_tokens: int) -> None:
        """Tokens went through the model."""
        self._metrics.tokens_input.labels(self._model).inc(input_tokens)
        self._metrics.tokens_output.labels(self._model).inc(output_tokens)
