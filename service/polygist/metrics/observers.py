"""Those who are told what happens in engines, checks and cache, and count it."""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from polygist.metrics import labels
from polygist.metrics.catalogue import Metrics
from polygist.metrics.memory import resident
from polygist.types import Priority, WarningType


class EngineMetrics:
    """What a scheduler reports about the model it runs (`engines.scheduler.Observer`).

    Work counts from the first, but for that of callers that are no callers (`rehearsal`). What states the present, the
    gauges and `on_serving`, is told from `publish` to `silence`: beside a model that serves, another revision of it may
    load, or end its last calls.
    `on_serving` hears of the model by its id, from any thread. `clock` is that of the scheduler.
    """

    def __init__(
        self,
        metrics: Metrics,
        model: str,
        on_serving: Callable[[str, bool], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics, self._model, self._on_serving, self._clock = metrics, model, on_serving, clock
        self._lock = threading.Lock()
        self._public, self._serves, self._counts = False, True, True
        self._waiting = dict.fromkeys(Priority, (0, 0))
        self._oldest: Callable[[Priority], float | None] = lambda _: None
        self._processes: Sequence[int] = ()
        for counter in (
            *(metrics.tokens_input, metrics.tokens_output, metrics.padding),
            *(metrics.coalesced, metrics.engine_restarts),
        ):
            counter.labels(model)
        for kind in labels.FAILURE.values:
            metrics.engine_failures.labels(model, kind)
        for reason, stage in labels.ENDS:
            metrics.dropped.labels(model, reason, stage)

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Work meanwhile is nobody's."""
        self._counts = False
        try:
            yield
        finally:
            self._counts = True

    def publish(self) -> bool:
        """This is the model that serves, from now on. Whether it has an engine to work with."""
        with self._lock:
            self._public = True
            for priority, (items, tokens) in self._waiting.items():
                self._show_queue(priority, items, tokens)
                age = self._metrics.queue_age.labels(self._model, priority.name.lower())
                age.set_function(partial(self._age, priority))
            self._metrics.model_memory.labels(self._model).set_function(lambda: resident(self._processes))
            self._metrics.engine_up.labels(self._model).set(self._serves)
            return self._serves

    def silence(self) -> None:
        """Another one serves."""
        with self._lock:
            self._public = False

    def batch(self, rows: int, tokens: int, padding: int, seconds: float) -> None:
        """Rows were brought further together."""
        if not self._counts:
            return
        self._metrics.batch_items.labels(self._model).observe(rows)
        self._metrics.batch_tokens.labels(self._model).observe(tokens)
        self._metrics.padding.labels(self._model).inc(padding)
        self._metrics.batch_seconds.labels(self._model).observe(seconds)

    def ages(self, oldest: Callable[[Priority], float | None]) -> None:
        """Whom to ask at a scrape."""
        self._oldest = oldest

    def queue(self, priority: Priority, items: int, tokens: int) -> None:
        """The queue changed."""
        with self._lock:
            self._waiting[priority] = (items, tokens)
            if self._public:
                self._show_queue(priority, items, tokens)

    def _show_queue(self, priority: Priority, items: int, tokens: int) -> None:
        self._metrics.queue_items.labels(self._model, priority.name.lower()).set(items)
        self._metrics.queue_tokens.labels(self._model, priority.name.lower()).set(tokens)

    def _age(self, priority: Priority) -> float:
        since = self._oldest(priority)
        return 0.0 if since is None else max(0.0, self._clock() - since)

    def dropped(self, reason: str, stage: str) -> None:
        """A segment won't be answered."""
        self._metrics.dropped.labels(self._model, reason, stage).inc()

    def coalesced(self) -> None:
        """A segment costs nothing, since another one is the same."""
        if self._counts:
            self._metrics.coalesced.labels(self._model).inc()

    def failed(self, kind: str) -> None:
        """An engine failed."""
        self._metrics.engine_failures.labels(self._model, kind).inc()

    def restarted(self) -> None:
        """There is an engine in the place of one that died."""
        self._metrics.engine_restarts.labels(self._model).inc()

    def processes(self, pids: Sequence[int]) -> None:
        """These hold the model in their memory now."""
        self._processes = tuple(pids)

    def serving(self, serves: bool) -> None:
        """Whether there is an engine to work with."""
        with self._lock:
            self._serves = serves
            if self._public:
                self._metrics.engine_up.labels(self._model).set(serves)
                self._on_serving(self._model, serves)

    def passed(self, input_tokens: int, output_tokens: int) -> None:
        """Tokens went through the model."""
        if not self._counts:
            return
        self._metrics.tokens_input.labels(self._model).inc(input_tokens)
        self._metrics.tokens_output.labels(self._model).inc(output_tokens)


class GuardMetrics:
    """What is found in translations (`translate.segments.Observer`)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def hit(self, doubt: WarningType, target: str) -> None:
        """A first translation was doubtful."""
        self._metrics.guard_hits.labels(doubt.name.lower(), target).inc()

    def retried(self, target: str, doubts: Collection[WarningType], left: Collection[WarningType]) -> None:
        """It was decoded again for those doubts, and these are left."""
        for doubt in doubts:
            self._metrics.guard_retries.labels(doubt.name.lower(), target).inc()
            if doubt not in left:
                self._metrics.guard_recoveries.labels(doubt.name.lower(), target).inc()

    def translated(self, target: str, estimate: float, doubts: Collection[WarningType]) -> None:
        """A segment was translated, and this is what is thought of it."""
        self._metrics.estimated_quality.labels(target).observe(estimate)
        for doubt in doubts:
            self._metrics.guard_left.labels(doubt.name.lower(), target).inc()


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
