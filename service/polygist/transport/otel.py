"""Spans kept by OpenTelemetry and handed over by OTLP: the one place that knows it. Needs the extra `otel`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from polygist.tracing import Attributes, Span

# The conventions for generative AI change still; OpenTelemetry's own variable asks for them.
_GENAI = "gen_ai_latest_experimental"
_GENAI_NAMES = {
    "polygist.model": "gen_ai.request.model",
    "polygist.input_tokens": "gen_ai.usage.input_tokens",
    "polygist.output_tokens": "gen_ai.usage.output_tokens",
    "polygist.max_new_tokens": "gen_ai.request.max_tokens",
}
# They know no translation; our models complete texts.
_OPERATION = "text_completion"
_PROPAGATOR = TraceContextTextMapPropagator()


def opened(version: str) -> OpenTelemetry:
    """A tracer that exports as the OTEL_* variables say."""
    ours = Resource({"service.name": "polygist", "service.version": version})
    provider = TracerProvider(resource=Resource.create().merge(ours).merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OpenTelemetry(provider)


class OpenTelemetry:
    """A `polygist.tracing.Tracer` over a provider, which ends with it."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider, self._tracer = provider, provider.get_tracer("polygist")
        self._genai = _GENAI in os.environ.get("OTEL_SEMCONV_STABILITY_OPT_IN", "").split(",")

    def call(self, method: str, metadata: Mapping[str, str]) -> _Span:
        above = _PROPAGATOR.extract(metadata)
        facts: Attributes = {"rpc.system.name": "grpc", "rpc.method": method}
        span = self._tracer.start_span(method, above, trace.SpanKind.SERVER, facts)
        return _Span(self._tracer, span, genai=self._genai)

    def close(self) -> None:
        self._provider.shutdown()


class _Span:
    """A `polygist.tracing.Span`."""

    def __init__(self, tracer: trace.Tracer, span: trace.Span, *, genai: bool) -> None:
        self._tracer, self._span, self._genai = tracer, span, genai

    @property
    def trace_id(self) -> str:
        context = self._span.get_span_context()
        return trace.format_trace_id(context.trace_id) if context.is_valid else ""

    @property
    def kept(self) -> bool:
        return self._span.is_recording()

    def child(
        self, name: str, attributes: Attributes, *, links: Sequence[Span] = (), begun: float | None = None
    ) -> _Span:
        if self._genai and name == "inference":
            name, attributes = f"{_OPERATION} {attributes['polygist.model']}", _generative(attributes)
        span = self._tracer.start_span(
            name,
            trace.set_span_in_context(self._span),
            attributes=attributes,
            links=[trace.Link(one._span.get_span_context()) for one in links if isinstance(one, _Span)],
            start_time=_nanoseconds(begun),
        )
        return _Span(self._tracer, span, genai=self._genai)

    def note(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def end(self, *, error: str = "", ended: float | None = None) -> None:
        if error:
            self._span.set_attribute("error.type", error)
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end(_nanoseconds(ended))


def _generative(attributes: Attributes) -> Attributes:
    named = {_GENAI_NAMES[name]: value for name, value in attributes.items() if name in _GENAI_NAMES}
    return {**attributes, **named, "gen_ai.operation.name": _OPERATION, "gen_ai.provider.name": "polygist"}


def _nanoseconds(at: float | None) -> int | None:
    """Seconds of time.monotonic as nanoseconds since 1970."""
    return None if at is None else time.time_ns() - round((time.monotonic() - at) * 1e9)
