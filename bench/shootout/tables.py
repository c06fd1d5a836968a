"""What was measured as tables, and the plot of docs/serving.md."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from figure import figure
from rich.table import Table
from show import console

MIB = 2**20


def show(results: Mapping[str, Any], *, draw: bool) -> None:
    """All parts that were measured, and the plot where it is to be drawn."""
    for part, shown in (("speed", _speed), ("quality", _quality), ("joining", _joining)):
        if part in results:
            shown(results[part]["found"])
    if draw and "speed" in results:
        _draw(results["speed"]["found"])


def medians(runs: Mapping[str, Sequence[Mapping[str, float]]], key: str) -> dict[int, float]:
    """The middle of the rounds, for each number of rows."""
    return {int(rows): statistics.median(run[key] for run in made) for rows, made in runs.items()}


def _speed(engines: Mapping[str, Any]) -> None:
    rounds = {len(made) for engine in engines.values() for made in engine["runs"].values()}
    title = f"output tokens/s, medians of {' or '.join(map(str, sorted(rounds)))} rounds"
    speeds = _speeds(engines)
    rows = list(next(iter(speeds.values())))
    table = Table("engine", *(f"{n} row{'s' * (n > 1)}" for n in rows), "load s", "peak MiB", title=title)
    for name, found in speeds.items():
        runs = engines[name]["runs"]
        load = statistics.median(medians(runs, "load").values())
        memory = max(medians(runs, "memory").values()) / MIB
        table.add_row(name, *(f"{found[n]:.0f}" for n in rows), f"{load:.1f}", f"{memory:.0f}")
    console.print(table)


def _draw(engines: Mapping[str, Any]) -> None:
    speeds = _speeds(engines)
    rows = list(next(iter(speeds.values())))
    with figure("shootout", loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small") as axes:
        for name, found in speeds.items():
            axes.plot(rows, [found[n] for n in rows], marker="o", ls=_stroke(name), label=name)
        axes.set_xscale("log", base=2)
        axes.set_xticks(rows, [str(n) for n in rows])
        axes.set_ylim(bottom=0)
        axes.set(title="Engines, two cores", xlabel="rows in a batch", ylabel="output tokens a second")


def _speeds(engines: Mapping[str, Any]) -> dict[str, dict[int, float]]:
    """Output tokens a second by rows, the fastest engine first."""
    speeds = {name: medians(engine["runs"], "speed") for name, engine in engines.items()}
    return dict(sorted(speeds.items(), key=lambda item: -max(item[1].values())))


def _stroke(name: str) -> str:
    """Engines of polygist in full lines."""
    return {"ONNX": "--", "llama.cpp": ":"}.get(name.split()[0], "-")


def _quality(engines: Mapping[str, Mapping[str, Any]]) -> None:
    directions = list(next(iter(engines.values()))["chrf"])
    samples = {f"{engine['lines']} lines of {engine['set']}" for engine in engines.values()}
    table = Table("engine", *directions, "mean", title=f"chrF++, {' or '.join(sorted(samples))}")
    means = {name: statistics.mean(engine["chrf"].values()) for name, engine in engines.items()}
    for name in sorted(engines, key=lambda name: -means[name]):
        scores = engines[name]["chrf"]
        table.add_row(name, *(f"{scores[d]:.1f}" for d in directions), f"{means[name]:.1f}")
    console.print(table)


def _joining(found: Mapping[str, float]) -> None:
    table = Table("rows that join on ONNX Runtime", "", title="medians")
    for name in ("batches", "joined", "engine"):
        table.add_row(name, f"{found[name]:.0f} tokens/s")
    for name in ("step", "read", "repack"):
        table.add_row(name, f"{found[name]:.1f} ms")
    table.add_row("cache", f"{found['cache'] / MIB:.0f} MiB")
    console.print(table)
