"""Families of metrics, made in a registry, and what the docs say of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.metrics import MetricWrapperBase

M = TypeVar("M", bound=MetricWrapperBase)
_SUFFIX = {"counter": "_total", "info": "_info"}


@dataclass(frozen=True)
class Label:
    """A label with its `values`, or where those are known at run time only, what bounds them.

    >>> Label("tier", ("memory", "disk")).said
    'memory, disk'
    """

    name: str
    values: tuple[str, ...] = ()
    bound: str = ""

    @property
    def said(self) -> str:
        """The values in words."""
        return ", ".join(self.values) or self.bound


@dataclass(frozen=True)
class Family:
    """A metric by the name that a page has of it. `kind` is counter, gauge, histogram or info."""

    name: str
    kind: str
    help: str
    labels: tuple[Label, ...]
    buckets: tuple[float, ...] = ()


class Families:
    """Makes metrics in a registry and remembers what they are, in `all`.

    Counters and gauges whose label values are all known have every series from the start: a rate sees the first event,
    and an alert on what has never happened has something to look at.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.all: list[Family] = []

    def counter(self, name: str, help: str, *labels: Label) -> Counter:
        """A counter; its name is given without "_total"."""
        return self._made(Counter(name, help, _names(labels), registry=self._registry), "counter", name, help, labels)

    def gauge(self, name: str, help: str, *labels: Label) -> Gauge:
        """A gauge."""
        return self._made(Gauge(name, help, _names(labels), registry=self._registry), "gauge", name, help, labels)

    def info(self, name: str, help: str, *labels: Label) -> Info:
        """Facts as labels of a metric that is always 1; its name is given without "_info"."""
        made = Info(name, help, _names(labels), registry=self._registry)
        self.all.append(Family(f"{name}_info", "info", help, labels))
        return made

    def histogram(self, name: str, help: str, *labels: Label, buckets: Sequence[float]) -> Histogram:
        """A histogram with such upper bounds of its buckets."""
        made = Histogram(name, help, _names(labels), buckets=buckets, registry=self._registry)
        return self._made(made, "histogram", name, help, labels, tuple(buckets))

    def _made(
        self, made: M, kind: str, name: str, help: str, labels: tuple[Label, ...], buckets: tuple[float, ...] = ()
    ) -> M:
        self.all.append(Family(name + _SUFFIX.get(kind, ""), kind, help, labels, buckets))
        if labels and all(label.values for label in labels):
            for values in product(*(label.values for label in labels)):
                made.labels(*values)
        return made


def _names(labels: Sequence[Label]) -> tuple[str, ...]:
    return tuple(label.name for label in labels)
