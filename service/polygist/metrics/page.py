"""Writes the tables of docs/metrics.md from the code: `python -m polygist.metrics.page docs/metrics.md`."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from polygist.markdown import filled, rewrite, table
from polygist.metrics.catalogue import Metrics
from polygist.metrics.families import Family, Label

SOURCE = "the code"


def with_tables(text: str) -> str:
    """The page with what stands between the marks made anew. Raises ValueError where a mark is missing."""
    metrics = Metrics(CollectorRegistry())
    tables = (_metrics(metrics.families), _labels(metrics.families), _buckets(metrics.families), _library(metrics))
    return filled(text, SOURCE, tables)


def _metrics(families: Sequence[Family]) -> str:
    rows = ((f"`{f.name}`", f.kind, ", ".join(f"`{label.name}`" for label in f.labels), f.help) for f in families)
    return table(("Metric", "Type", "Labels", "Meaning"), rows)


def _labels(families: Sequence[Family]) -> str:
    """A row for each label and set of values, and the metrics that have it."""
    users: dict[Label, list[str]] = {}
    for family in families:
        for label in family.labels:
            users.setdefault(label, []).append(f"`{family.name}`")
    rows = ((f"`{label.name}`", label.said, ", ".join(names)) for label, names in users.items())
    return table(("Label", "Values", "Of"), rows)


def _buckets(families: Sequence[Family]) -> str:
    users: dict[tuple[float, ...], list[str]] = {}
    for family in families:
        if family.buckets:
            users.setdefault(family.buckets, []).append(f"`{family.name}`")
    rows = ((", ".join(names), ", ".join(map(_number, buckets))) for buckets, names in users.items())
    return table(("Histogram", "Upper bounds of its buckets, and +Inf"), rows)


def _library(metrics: Metrics) -> str:
    """What the client library says of the process, the same for every program that uses it."""
    own = tuple(f.name for f in metrics.families)
    names = sorted(f"`{m.name}`" for m in metrics.registry.collect() if not any(n.startswith(m.name) for n in own))
    return f"From the client library, of the process itself: {', '.join(names)}.\n"


def _number(value: float) -> str:
    return f"{value:g}"


if __name__ == "__main__":
    rewrite(with_tables)
