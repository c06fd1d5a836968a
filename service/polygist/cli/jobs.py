"""A batch job as a person sees it: how far it is, how it ended, what it would take."""

import time
from collections import Counter
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from polygist.batch import job
from polygist.batch.estimate import Estimate
from polygist.batch.index import Totals
from polygist.batch.source import Source
from polygist.cli.meter import Meter


class Watch:
    """Shows how far a job is: a bar on a terminal, elsewhere a line from time to time."""

    def __init__(self, source: Source) -> None:
        self._source, self._begun = source, time.monotonic()
        self._meter = Meter(self._begun)

    def __enter__(self) -> "Watch":
        self._meter.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._meter.__exit__()

    def __call__(self, now: job.Progress) -> None:
        """Show it, unless that was done a moment ago."""
        if self._meter.is_due:
            self._meter.show(self._said(now), now.passed + now.done, self._expected())

    def _expected(self) -> float | None:
        """Articles in all, as if what is not read were like what is."""
        share = self._source.share()
        return (self._source.rows - self._source.filtered) / share if share else None

    def _said(self, now: job.Progress) -> str:
        """ "1,234 done, 3 failed, 12 with warnings, 4.1/s, 0:12:05 left" """
        rate = now.done / max(1e-9, time.monotonic() - self._begun)
        parts = [
            f"{now.passed + now.done:,} done",
            f"{now.failed:,} failed",
            f"{now.with_warnings:,} with warnings",
            f"{rate:,.1f}/s",
        ]
        expected = self._expected()
        if expected and now.done and not now.stopping:
            left = max(0.0, expected - now.passed - now.done) / rate
            parts.append(f"{timedelta(seconds=round(left))} left")
        parts += [f"lost {name}" for name in now.lost]
        parts += ["stopping: waits for what is under way"] if now.stopping else []
        return ", ".join(parts)


def result(totals: Totals, progress: job.Progress) -> RenderableType:
    """What a job has written."""
    table = Table("articles", "", show_header=False)
    table.add_row("with a digest", f"{totals.records:,}")
    table.add_row("of them with warnings", f"{totals.with_warnings:,}")
    table.add_row("failed", f"{totals.failed:,}")
    table.add_row("parts", f"{totals.parts:,}")
    table.add_row("seconds of work", f"{totals.seconds:,.0f}")
    lost = [Text(f"! lost {name}: {why}", style="red") for name, why in progress.lost.items()]
    return Group(table, *_counts("warning", totals.warnings), *_counts("failed with", totals.reasons), *lost)


def _counts(title: str, found: Counter[str]) -> list[RenderableType]:
    if not found:
        return []
    table = Table(title, "number")
    for name, number in found.most_common():
        table.add_row(name, f"{number:,}")
    return [table]


def estimated(found: Estimate) -> RenderableType:
    """What a job would take."""
    table = Table("dry run", "", show_header=False)
    table.add_row("rows", f"{found.rows:,}")
    table.add_row("not asked for", f"{found.filtered:,}")
    table.add_row("articles", f"{found.articles:,}")
    table.add_row("can't be read", f"{sum(found.faults.values()):,}")
    table.add_row("code points", f"{found.code_points:,}")
    table.add_row("longest article", f"{found.longest:,}")
    sample = f"{found.sampled} articles, {found.sampled_code_points:,} code points in {found.sampled_seconds:.1f} s"
    table.add_row("sample", sample)
    time_ = "no answer" if found.seconds is None else f"about {timedelta(seconds=round(found.seconds))}"
    table.add_row("time", time_)
    size = "no answer" if found.output_bytes is None else f"about {found.output_bytes / 1e6:,.1f} MB"
    table.add_row("output as JSONL", size)
    table.add_row("memory, at most", f"{found.memory_bytes / 2**20:,.0f} MiB")
    return Group(table, *_counts("can't be read", found.faults))
