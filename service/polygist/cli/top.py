"""`polygist top`: what a server is doing, again and again (docs/observability.md explains its numbers)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import grpc
import typer
from google.protobuf.duration_pb2 import Duration
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from polygist.cli import render
from polygist.cli.choices import Json, Server
from polygist.cli.figures import Rates, Rows, age, plain, seconds, short
from polygist.cli.sessions import connected, show
from polygist.client import Client
from polygist.v1 import polygist_pb2 as pb

Status = pb.GetStatusResponse
_COLORS = {Status.STATE_LOADING: "yellow", Status.STATE_SERVING: "green", Status.STATE_DRAINING: "red"}


def top(
    server: Server = "",
    interval: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds between two looks.")] = 1.0,
    once: Annotated[
        bool, typer.Option("--once", help="Two looks, and the rates between them; so it is where no terminal is.")
    ] = False,
    json: Json = False,
) -> None:
    """What a server is doing: calls, queues, batches, cache. Ends with ctrl-c."""
    console = Console()
    with connected(server, local=False, timeout=10.0) as client:
        if json:
            show(client.status(), json, render.nothing)
        elif once or not console.is_terminal:
            first = client.status()
            time.sleep(interval)
            console.print(view(Look(first, client.status())))
        else:
            with Live(console=console, screen=True, auto_refresh=False) as live:
                for look in looks(client, interval):
                    live.update(view(look), refresh=True)


@dataclass(frozen=True)
class Look:
    """The last two states that a server told, and what it says instead of a newer one, if it does."""

    before: Status
    now: Status
    silence: str = ""


def looks(client: Client, interval: float) -> Iterator[Look]:
    """One every `interval` seconds. Raises grpc.RpcError where even the first has no answer."""
    first = client.status()
    look = Look(first, first)
    while True:
        yield look
        time.sleep(interval)
        try:
            look = Look(look.now, client.status())
        except grpc.RpcError as error:
            code = error.code().name if isinstance(error, grpc.Call) else "broken"
            look = replace(look, silence=look.silence or f"no answer since {time.strftime('%H:%M:%S')}: {code}")


def view(look: Look) -> RenderableType:
    """A server's state, with rates since the one before."""
    before, now = look.before, look.now
    if now.process != before.process or seconds(now.uptime) < seconds(before.uptime):
        before = Status(uptime=Duration())  # another process: it counts from its own start
    rates = Rates(seconds(now.uptime) - seconds(before.uptime))
    parts: list[RenderableType] = [_head(now)]
    if look.silence:
        parts.append(Text(look.silence, "bold red"))
    for rows in (_models(before, now, rates), _calls(before, now, rates), _cache(before, now, rates)):
        parts += [Text(), rows]
    return Group(*parts)


def _head(now: Status) -> Text:
    known = Status.State.values()
    state = Status.State.Name(now.state).removeprefix("STATE_").lower() if now.state in known else str(now.state)
    return Text.assemble(
        ("polygist ", "bold"),
        plain(now.version),
        "  ",
        (state, _COLORS.get(now.state, "")),
        f"  up {age(seconds(now.uptime))}  calls {now.calls_in_flight} of {now.max_concurrent_calls}",
    )


def _models(before: Status, now: Status, rates: Rates) -> Rows:
    rows = Rows("model", "urgent", "bulk", "batch/s", "rows", "busy", "in/s", "out/s", "lost", "failed")
    old = {m.id: m for m in before.models}
    for model in now.models:
        was = old.get(model.id, Status.ModelStatus())
        waiting = {q.priority: short(q.segments) for q in model.queues}
        batches = model.batches - was.batches
        rows.add(
            plain(model.id, "green" if model.serving else "red"),
            waiting.get(pb.PRIORITY_INTERACTIVE, "0"),
            waiting.get(pb.PRIORITY_BULK, "0"),
            rates(was.batches, model.batches),
            short((model.batched_segments - was.batched_segments) / batches, 1) if batches else "–",
            rates.share(seconds(was.busy), seconds(model.busy)),
            rates(was.input_tokens, model.input_tokens),
            rates(was.output_tokens, model.output_tokens),
            short(model.dropped_segments),
            short(model.engine_failures),
        )
    return rows


def _calls(before: Status, now: Status, rates: Rates) -> Rows:
    rows = Rows("method", "calls/s", "seconds", "ok", "refused", "failed")
    old = {m.method: m for m in before.methods}
    for method in now.methods:
        was = old.get(method.method, Status.Method())
        ended, ended_before = _ended(method), _ended(was)
        new = ended - ended_before
        rows.add(
            plain(method.method),
            rates(ended_before, ended),
            f"{(seconds(method.time) - seconds(was.time)) / new:.3f}" if new else "–",
            short(method.ok),
            short(method.refused),
            short(method.failed),
        )
    return rows


def _cache(before: Status, now: Status, rates: Rates) -> Rows:
    rows = Rows("cache", "hits/s", "misses/s", "hits", "MiB", "failures")
    old = {t.tier: t for t in before.cache}
    for tier in now.cache:
        was = old.get(tier.tier, Status.CacheTier())
        asked = tier.hits + tier.misses
        rows.add(
            plain(tier.tier),
            rates(was.hits, tier.hits),
            rates(was.misses, tier.misses),
            f"{tier.hits / asked:.0%}" if asked else "–",
            short(tier.bytes / 2**20, 1),
            short(tier.errors),
        )
    return rows


def _ended(method: Status.Method) -> int:
    return method.ok + method.refused + method.failed
