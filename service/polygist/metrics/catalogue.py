"""Every metric of polygist, over a registry that the caller hands in.

Names follow the Prometheus conventions (base units, `_total`); the `grpc_server_*` set has the names and labels of
go-grpc-middleware, which dashboards know.
"""

import platform
import time
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from polygist.errors import InvalidRequest, PolygistError, QueueFull, Refused
from polygist.metrics import labels
from polygist.metrics.families import Families
from polygist.types import ModelInfo, Priority, Usage, Warning

# From a check of a segment to a long article on two slow cores; each about twice the one before. See docs/metrics.md.
SECONDS = (
    *(0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0),
)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128)
_TOKENS = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
_QUALITY = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)

# Labels that lead from a measurement to its trace, {"trace_id": ...}; None where there is none.
Exemplar = Callable[[], dict[str, str] | None]
# A language and the one that its texts are translated into.
Pair = tuple[str, str]


class Metrics:
    """The metrics of one process. Make one per registry; the registry refuses a second.

    `exemplar` is asked within a request when its durations are observed; OpenMetrics pages show what it says.
    """

    def __init__(self, registry: CollectorRegistry, exemplar: Exemplar = lambda: None) -> None:
        self.registry, self._exemplar = registry, exemplar
        self._pairs: frozenset[Pair] = frozenset()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        made = Families(registry)
        self.families = made.all
        self._define_grpc(made)
        self._define_requests(made)
        self._define_callers(made)
        self._define_queue(made)
        self._define_engine(made)
        self._define_quality(made)
        self._define_cache(made)
        self._define_service(made)

    def _define_grpc(self, made: Families) -> None:
        grpc, code = labels.GRPC, labels.GRPC_CODE
        self.grpc_started = made.counter("grpc_server_started", "Calls started.", *grpc)
        self.grpc_handled = made.counter("grpc_server_handled", "Calls ended, by status code.", *grpc, code)
        self.grpc_received = made.counter("grpc_server_msg_received", "Messages received.", *grpc)
        self.grpc_sent = made.counter("grpc_server_msg_sent", "Messages sent.", *grpc)
        self.grpc_handling = made.histogram(
            "grpc_server_handling_seconds", "Time from a call's start to its end.", *grpc, buckets=SECONDS
        )

    def _define_requests(self, made: Families) -> None:
        self.requests = made.counter(
            "polygist_requests", "Requests by method and outcome.", labels.METHOD, labels.OUTCOME
        )
        self.articles = made.counter("polygist_articles", "Articles of DigestMany streams, by outcome.", labels.OUTCOME)
        self.in_flight = made.gauge("polygist_requests_in_flight", "Requests worked on now.")
        self._stage_seconds = made.histogram(
            "polygist_stage_duration_seconds",
            "Time of each stage of a request that was answered. Detect is a part of parse; queue, inference and guard "
            "(checks of translations) are summed over its segments. Nothing but total has the time that a stream waits "
            "for its reader.",
            labels.STAGE,
            buckets=SECONDS,
        )
        self._unfinished = made.counter(
            "polygist_unfinished_requests",
            "Requests that their deadline or their caller ended, by the stage that they were in: inference where any "
            "segment was with an engine.",
            labels.ENDED,
            labels.PLACE,
        )
        self._unfinished_articles = made.counter(
            "polygist_unfinished_articles", "The same of articles of DigestMany streams.", labels.ENDED, labels.PLACE
        )
        self._refusals = made.counter(
            "polygist_refusals", "Requests refused for now: what was full or not ready.", labels.REFUSAL
        )
        self._violations = made.counter(
            "polygist_violations", "What was wrong with fields of requests.", labels.VIOLATION
        )
        self._warnings = made.counter("polygist_warnings", "Warnings returned, by type.", labels.WARNING)
        self._translated = made.counter(
            "polygist_translated_texts", "Texts and digests answered in a language pair.", *labels.PAIR
        )

    def _define_callers(self, made: Families) -> None:
        self.caller_requests = made.counter(
            "polygist_caller_requests",
            "Requests by the caller's name in the callers' file and outcome.",
            *(labels.CALLER, labels.OUTCOME),
        )
        self.caller_characters = made.counter(
            "polygist_caller_characters",
            "Code points that callers sent, once for each language that they asked for.",
            labels.CALLER,
        )
        self._caller_tokens = made.counter(
            "polygist_caller_tokens",
            "Tokens that models read and wrote for what callers were answered.",
            labels.CALLER,
        )
        self._caller_queue_seconds = made.counter(
            "polygist_caller_queue_seconds",
            "Seconds that segments waited in queues, of what callers were answered.",
            labels.CALLER,
        )
        self.denied = made.counter(
            "polygist_denied_calls",
            "Calls of nobody known, by what they showed, and of callers who may not call that method.",
            labels.DENIAL,
        )

    def _define_queue(self, made: Families) -> None:
        waiting = (labels.MODEL, labels.PRIORITY)
        self.queue_items = made.gauge("polygist_queue_items", "Segments waiting.", *waiting)
        self.queue_tokens = made.gauge("polygist_queue_tokens", "Tokens waiting.", *waiting)
        self.queue_age = made.gauge(
            "polygist_queue_age_seconds",
            "For how long the oldest segment that was asked for with that priority has waited, at the scrape.",
            *waiting,
        )
        self.dropped = made.counter(
            "polygist_dropped_segments",
            "Segments that got no answer, and where they were: waiting, or with an engine. Refused: once a request.",
            *(labels.MODEL, labels.DROPPED, labels.WAITS),
        )
        self.coalesced = made.counter(
            "polygist_coalesced_segments", "Segments that were the same as one that waited or ran.", labels.MODEL
        )

    def _define_engine(self, made: Families) -> None:
        model = labels.MODEL
        self.tokens_input = made.counter("polygist_input_tokens", "Tokens fed to models.", model)
        self.tokens_output = made.counter("polygist_output_tokens", "Tokens made by models.", model)
        self.batch_items = made.histogram(
            "polygist_batch_items", "Segments that an engine brought further together.", model, buckets=_ROWS
        )
        self.batch_tokens = made.histogram(
            "polygist_batch_tokens",
            "Tokens in a batch with the room for its output, and with the padding of an engine that pads.",
            model,
            buckets=_TOKENS,
        )
        self.padding = made.counter("polygist_padding_tokens", "Of the tokens in batches, those of padding.", model)
        self.batch_seconds = made.histogram(
            "polygist_batch_duration_seconds", "Inference time of a batch.", model, buckets=SECONDS
        )
        self.engine_failures = made.counter("polygist_engine_failures", "Failures of engines.", model, labels.FAILURE)
        self.engine_restarts = made.counter("polygist_engine_restarts", "Engines started in a dead one's place.", model)
        self.engine_up = made.gauge("polygist_engine_up", "Whether there is an engine to work with.", model)
        self.model_memory = made.gauge(
            "polygist_model_memory_bytes", "Resident memory of the model's engine processes, at the scrape.", model
        )
        self._model = made.info("polygist_model", "Loaded models.", labels.MODEL)

    def _define_quality(self, made: Families) -> None:
        doubted = (labels.DETECTOR, labels.TARGET)
        self.guard_hits = made.counter(
            "polygist_guard_hits", "First translations of segments that a detector doubted.", *doubted
        )
        self.guard_retries = made.counter(
            "polygist_guard_retries", "Of these, those translated again, once for each doubt.", *doubted
        )
        self.guard_recoveries = made.counter(
            "polygist_guard_recoveries", "Of these, those without that doubt afterwards.", *doubted
        )
        self.guard_left = made.counter(
            "polygist_guard_left",
            "Doubts left in the translations of segments that are returned, remembered ones left out.",
            *doubted,
        )
        self.estimated_quality = made.histogram(
            "polygist_estimated_quality",
            "How good translations of segments are expected to be, remembered ones left out.",
            labels.TARGET,
            buckets=_QUALITY,
        )
        self.faithfulness_checked = made.counter(
            "polygist_faithfulness_checked",
            "Statements of summary models that were held against their articles.",
            labels.FIELD,
        )
        self.faithfulness_replaced = made.counter(
            "polygist_faithfulness_replaced",
            "Fields that a summary model wrote in vain, which hold extractive text.",
            *(labels.FIELD, labels.REPLACED),
        )

    def _define_cache(self, made: Families) -> None:
        tier = labels.TIER
        self.cache_hits = made.counter("polygist_cache_hits", "Segments found in the cache.", tier)
        self.cache_misses = made.counter("polygist_cache_misses", "Segments not found in it.", tier)
        self.cache_bytes = made.gauge(
            "polygist_cache_bytes", "Bytes that the cache holds; Redis is not measured.", tier
        )
        self.cache_evicted = made.counter("polygist_cache_evicted_entries", "Entries that left to make room.", tier)
        self.cache_dropped = made.counter(
            "polygist_cache_dropped_puts", "Entries not kept: too many waited, or the tier failed.", tier
        )
        self.cache_errors = made.counter("polygist_cache_errors", "Failures of a tier; none fails a call.", tier)

    def _define_service(self, made: Families) -> None:
        self.reloads = made.counter("polygist_reloads", "Reloads of profile and glossary, by outcome.", labels.RELOAD)
        self._file_reloads = made.counter(
            "polygist_file_reloads",
            "Readings of certificates and callers that have changed. Where one failed, what was read before stays in "
            "force.",
            *(labels.FILE, labels.FILE_OUTCOME),
        )
        self._file_successful = made.gauge(
            "polygist_file_last_reload_successful",
            "Whether the last of these readings went well; 1 where there was none.",
            labels.FILE,
        )
        for file in labels.FILE.values:
            self._file_successful.labels(file).set(1)
        self._certificate_remaining = made.gauge(
            "polygist_certificate_remaining_seconds",
            "Time until the first certificate of a port's chain ends, at the scrape; below zero from then on.",
            labels.CERTIFICATE,
        )
        self.glossary_terms = made.gauge(
            "polygist_glossary_terms", "Terms of the glossary file, counted for each direction."
        )
        self.jobs = made.gauge("polygist_jobs", "Batch jobs that have not ended, by their state.", labels.JOB_STATE)
        self.jobs_ended = made.counter("polygist_jobs_ended", "Batch jobs that ended, by how.", labels.JOB_END)
        self.job_articles = made.counter(
            "polygist_job_articles", "Articles of batch jobs that the server was asked for, by outcome.", labels.OUTCOME
        )
        self._build = made.info("polygist_build", "The running build.")

    def describe(self, version: str, models: Iterable[ModelInfo], pairs: Iterable[Pair]) -> None:
        """Publish what runs here, and the language pairs that it serves."""
        self._build.info({"version": version, "python": platform.python_version()})
        for model in models:
            facts = {"revision": model.revision, "sha256": model.sha256}
            facts |= {"engine": model.engine, "quantization": model.quantization}
            self._model.labels(model.id).info(facts)
        self._pairs = frozenset(pairs)
        for pair in self._pairs:
            self._translated.labels(*pair)
        for target in {target for _, target in self._pairs}:
            self.estimated_quality.labels(target)
            for doubt in labels.DOUBTS:
                self.guard_left.labels(doubt, target)

    def forget(self, model: str) -> None:
        """A model is served no more."""
        for gauge in (self._model, self.engine_up, self.model_memory):
            gauge.remove(model)
        for priority in Priority:
            for gauge in (self.queue_items, self.queue_tokens, self.queue_age):
                gauge.remove(model, priority.name.lower())

    def answered(self, stages: Mapping[str, float], warnings: Iterable[Warning], pairs: Mapping[Pair, int]) -> None:
        """Count an answered request: seconds by stage, its warnings, and its texts by language pair."""
        exemplar = self._exemplar()
        for stage, seconds in stages.items():
            self._stage_seconds.labels(stage).observe(seconds, exemplar)
        for warning in warnings:
            self._warnings.labels(warning.type.name.lower()).inc()
        for pair, n in pairs.items():
            self._translated.labels(*(pair if pair in self._pairs else (labels.OTHER, labels.OTHER))).inc(n)

    def handled(self, call: tuple[str, str, str], code: str, seconds: float) -> None:
        """Count a call that has ended: grpc_type, grpc_service and grpc_method of it, its status code and its time."""
        self.grpc_handled.labels(*call, code).inc()
        self.grpc_handling.labels(*call).observe(seconds, self._exemplar())

    def unanswered(self, outcome: str, stage: str) -> None:
        """Count a request that ended in that stage; only some outcomes have one."""
        if outcome in labels.ENDED.values:
            self._unfinished.labels(outcome, stage).inc()

    def unanswered_article(self, outcome: str, stage: str) -> None:
        """Count an article of a stream likewise."""
        if outcome in labels.ENDED.values:
            self._unfinished_articles.labels(outcome, stage).inc()

    def worked_for(self, caller: str, usage: Usage) -> None:
        """What the answers of a call cost."""
        self._caller_tokens.labels(caller).inc(usage.input_tokens + usage.output_tokens)
        self._caller_queue_seconds.labels(caller).inc(usage.queue_seconds)

    def read_again(self, file: str) -> Callable[[str], None]:
        """Counts outcomes of that file's readings after the first."""

        def told(outcome: str) -> None:
            self._file_reloads.labels(file, outcome).inc()
            self._file_successful.labels(file).set(outcome == "ok")

        return told

    def ends(self, file: str) -> Callable[[Callable[[], float]], None]:
        """Hears whom to ask at a scrape when that file's certificates end, in seconds since 1970."""
        gauge = self._certificate_remaining.labels
        return lambda ends_at: gauge(file).set_function(lambda: ends_at() - time.time())

    def failed(self, error: PolygistError) -> None:
        """Count why a request was refused or invalid."""
        match error:
            case Refused():
                self._refusals.labels(error.cause).inc()
                if isinstance(error, QueueFull) and error.model:
                    self.dropped.labels(error.model, "refused", "queue").inc()
            case InvalidRequest():
                for violation in error.violations:
                    reason = violation.reason.lower()
                    self._violations.labels(reason if reason in labels.VIOLATIONS else labels.OTHER).inc()
