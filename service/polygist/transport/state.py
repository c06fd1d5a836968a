"""What the server is doing, for GetStatus: read from the metrics, so that both tell the same."""

import time
import uuid
from collections import defaultdict
from collections.abc import Iterator

from google.protobuf.duration_pb2 import Duration
from prometheus_client.metrics import MetricWrapperBase

from polygist.metrics import Metrics
from polygist.transport.gate import Gate, State
from polygist.v1 import polygist_pb2 as pb

_STATES = {
    State.LOADING: pb.GetStatusResponse.STATE_LOADING,
    State.SERVING: pb.GetStatusResponse.STATE_SERVING,
    State.DRAINING: pb.GetStatusResponse.STATE_DRAINING,
}
_PRIORITIES = {"interactive": pb.PRIORITY_INTERACTIVE, "bulk": pb.PRIORITY_BULK}
# An answer costs the event loop some milliseconds, and callers of GetStatus take no permit.
_KEPT_SECONDS = 0.2
# A label's value -> the sum of what the metric counts with it.
Sums = dict[str, float]


class ServerState:
    """Looks at a server, which is made now."""

    def __init__(self, gate: Gate, metrics: Metrics, version: str) -> None:
        self._gate, self._metrics, self._version = gate, metrics, version
        self._process = uuid.uuid4().hex
        self._begun = time.monotonic()
        self._kept, self._kept_until = pb.GetStatusResponse(), self._begun

    def now(self) -> pb.GetStatusResponse:
        """Its state at this moment, or up to 0.2 seconds before; not to be changed."""
        if time.monotonic() >= self._kept_until:
            self._kept = self._look()
            self._kept_until = time.monotonic() + _KEPT_SECONDS
        return self._kept

    def _look(self) -> pb.GetStatusResponse:
        return pb.GetStatusResponse(
            version=self._version,
            process=self._process,
            state=_STATES[self._gate.state],
            uptime=_duration(time.monotonic() - self._begun),
            calls_in_flight=self._gate.inside,
            max_concurrent_calls=self._gate.permits,
            models=self._models(),
            cache=self._tiers(),
            methods=self._methods(),
        )

    def _models(self) -> Iterator[pb.GetStatusResponse.ModelStatus]:
        metrics = self._metrics
        batches, rows = _sums(metrics.batch_items, "model", "_count"), _sums(metrics.batch_items, "model", "_sum")
        busy = _sums(metrics.batch_seconds, "model", "_sum")
        tokens_in, tokens_out = _sums(metrics.tokens_input, "model"), _sums(metrics.tokens_output, "model")
        coalesced, dropped = _sums(metrics.coalesced, "model"), _sums(metrics.dropped, "model")
        failures = _sums(metrics.engine_failures, "model")
        for model, up in sorted(_sums(metrics.engine_up, "model").items()):
            yield pb.GetStatusResponse.ModelStatus(
                id=model,
                serving=bool(up),
                queues=self._queues(model),
                batches=int(batches[model]),
                batched_segments=int(rows[model]),
                busy=_duration(busy[model]),
                input_tokens=int(tokens_in[model]),
                output_tokens=int(tokens_out[model]),
                coalesced_segments=int(coalesced[model]),
                dropped_segments=int(dropped[model]),
                engine_failures=int(failures[model]),
            )

    def _queues(self, model: str) -> Iterator[pb.GetStatusResponse.Queue]:
        items = _sums(self._metrics.queue_items, "priority", model=model)
        tokens = _sums(self._metrics.queue_tokens, "priority", model=model)
        for name, priority in _PRIORITIES.items():
            yield pb.GetStatusResponse.Queue(priority=priority, segments=int(items[name]), tokens=int(tokens[name]))

    def _tiers(self) -> Iterator[pb.GetStatusResponse.CacheTier]:
        metrics = self._metrics
        hits, misses = _sums(metrics.cache_hits, "tier"), _sums(metrics.cache_misses, "tier")
        held, errors = _sums(metrics.cache_bytes, "tier"), _sums(metrics.cache_errors, "tier")
        for tier in sorted({*hits, *misses, *held, *errors}):
            numbers = {"hits": hits[tier], "misses": misses[tier], "bytes": held[tier], "errors": errors[tier]}
            if any(numbers.values()):
                yield pb.GetStatusResponse.CacheTier(tier=tier, **{name: int(n) for name, n in numbers.items()})

    def _methods(self) -> Iterator[pb.GetStatusResponse.Method]:
        metrics = self._metrics
        calls = _sums(metrics.requests, "method")
        ok, refused = (_sums(metrics.requests, "method", outcome=outcome) for outcome in ("ok", "refused"))
        seconds = _sums(metrics.grpc_handling, "grpc_method", "_sum")
        for method, n in sorted(calls.items()):
            if not n:
                continue
            yield pb.GetStatusResponse.Method(
                method=method,
                ok=int(ok[method]),
                refused=int(refused[method]),
                failed=int(n - ok[method] - refused[method]),
                time=_duration(seconds[method]),
            )


def _sums(metric: MetricWrapperBase, label: str, ending: str = "", **wanted: str) -> Sums:
    """A metric by one of its labels, 0 for values that it doesn't have; of samples with the `wanted` labels.

    `ending` is that of the samples' name where there are several kinds.
    """
    found: Sums = defaultdict(float)
    for family in metric.collect():
        kind = ending or ("_total" if family.type == "counter" else "")
        for sample in family.samples:
            fits = sample.name == family.name + kind and wanted.items() <= sample.labels.items()
            if fits:
                found[sample.labels[label]] += sample.value
    return found


def _duration(seconds: float) -> Duration:
    made = Duration()
    made.FromNanoseconds(round(seconds * 1e9))
    return made
