"""A tracer that keeps its spans in memory."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from polygist.transport.otel import OpenTelemetry


class Kept:
    """What was exported so far."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = OpenTelemetry(provider)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        """Those of a name, in the order of their ends."""
        return [span for span in self.spans if span.name == name]

    def path(self, span: ReadableSpan) -> list[str]:
        """The names from the outermost span that is kept to this one."""
        ids = {s.context.span_id: s for s in self.spans}
        above = ids.get(span.parent.span_id) if span.parent else None
        return [*(self.path(above) if above else []), span.name]


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    yield made
    made.tracer.close()
