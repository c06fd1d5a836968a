"""`polygist top`: what a server is doing, again and again (docs/observability.md explains its numbers)."""

import time
from collections.abc import Iterator
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration
from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from polygist.cli import render
from polygist.cli.choices import Json, Server
from polygist.cli.sessions import connected, show
from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb

Status = pb.GetStatusResponse
_COLORS = {Status.STATE_LOADING: "yellow", Status.STATE_SERVING: "green", Status.STATE_DRAINING: "red"}


def top(
    server: Server = "",
    interval: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Two looks, and the rates between them; for scripts.")] = False,
    json: Json = False,
) -> None:
    """What a server is doing: calls, queues, batches, cache. Ends with ctrl-c."""
    with connected(server, local=False, timeout=10.0) as client:
        if json:
            show(client.status(), json, render.nothing)
            return
        looks = _looks(client, interval)
        if once:
            Console().print(view(*next(looks)))
            return
        first = client.status()
        with Live(view(first, first), screen=True, auto_refresh=False) as live:
            for before, now in looks:
                live.update(view(before, now), refresh=True)


def _looks(client: Client, interval: float) -> Iterator[tuple[Status, Status]]:
    """Each look with the one before it."""
    before = client.status()
    while True:
        time.sleep(interval)
        now = client.status()
        yield before, now
        before = now


def view(before: Status, now: Status) -> RenderableType:
    """A server's state `now`, with rates since `before`."""
    if _seconds(now.uptime) < _seconds(before.uptime):
        before = Status(uptime=Duration())  # another process: it counts from its own start
    rates = Rates(_seconds(now.uptime) - _seconds(before.uptime))
    return Group(_head(now), _models(before, now, rates), _calls(before, now, rates), _cache(before, now, rates))


class Rates:
    """Numbers a second over so many seconds; none where they are not any."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, before: float, now: float) -> str:
        """
        >>> Rates(2)(10, 25)
        '7.5'
        """
        return f"{(now - before) / self._seconds:,.1f}" if self._seconds > 0 else "–"

    def share(self, before: float, now: float) -> str:
        """Of the time.

        >>> Rates(2).share(10, 11)
        '50%'
        """
        return f"{(now - before) / self._seconds:.0%}" if self._seconds > 0 else "–"


def _head(now: Status) -> Text:
    state = Status.State.Name(now.state).removeprefix("STATE_").lower()
    return Text.assemble(
        ("polygist ", "bold"),
        now.version,
        "  ",
        (state, _COLORS.get(now.state, "")),
        f"  up {_age(_seconds(now.uptime))}  calls {now.calls_in_flight} of {now.max_concurrent_calls}",
    )


def _models(before: Status, now: Status, rates: Rates) -> Table:
    table = _table("model", "urgent", "bulk", "batch/s", "rows", "busy", "tokens in/s", "out/s", "lost", "failed")
    old = {m.id: m for m in before.models}
    for model in now.models:
        was = old.get(model.id, Status.ModelStatus())
        waiting = {q.priority: f"{q.segments:,}" for q in model.queues}
        batches = model.batches - was.batches
        table.add_row(
            Text(model.id, "green" if model.serving else "red"),
            waiting.get(pb.PRIORITY_INTERACTIVE, "0"),
            waiting.get(pb.PRIORITY_BULK, "0"),
            rates(was.batches, model.batches),
            f"{(model.batched_segments - was.batched_segments) / batches:.1f}" if batches else "–",
            rates.share(_seconds(was.busy), _seconds(model.busy)),
            rates(was.input_tokens, model.input_tokens),
            rates(was.output_tokens, model.output_tokens),
            f"{model.dropped_segments:,}",
            f"{model.engine_failures:,}",
        )
    return table


def _calls(before: Status, now: Status, rates: Rates) -> Table:
    table = _table("method", "calls/s", "seconds", "ok", "refused", "failed")
    old = {m.method: m for m in before.methods}
    for method in now.methods:
        was = old.get(method.method, Status.Method())
        ended, ended_before = _ended(method), _ended(was)
        new = ended - ended_before
        table.add_row(
            method.method,
            rates(ended_before, ended),
            f"{(_seconds(method.time) - _seconds(was.time)) / new:.3f}" if new else "–",
            f"{method.ok:,}",
            f"{method.refused:,}",
            f"{method.failed:,}",
        )
    return table


def _cache(before: Status, now: Status, rates: Rates) -> Table:
    table = _table("cache", "hits/s", "misses/s", "hits", "MiB", "failures")
    old = {t.tier: t for t in before.cache}
    for tier in now.cache:
        was = old.get(tier.tier, Status.CacheTier())
        asked = tier.hits + tier.misses
        table.add_row(
            tier.tier,
            rates(was.hits, tier.hits),
            rates(was.misses, tier.misses),
            f"{tier.hits / asked:.0%}" if asked else "–",
            f"{tier.bytes / 2**20:,.1f}",
            f"{tier.errors:,}",
        )
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
    table.add_column(first, min_width=14)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _ended(method: Status.Method) -> int:
    return method.ok + method.refused + method.failed


def _seconds(duration: Duration) -> float:
    return duration.seconds + duration.nanos / 1e9


def _age(seconds: float) -> str:
    """
    >>> _age(93784)
    '1 d 02:03:04'
    """
    days, left = divmod(int(seconds), 86_400)
    clock = time.strftime("%H:%M:%S", time.gmtime(left))
    return f"{days} d {clock}" if days else clock
