"""The plots of docs/serving.md, drawn from what was measured."""

import statistics
from typing import Any

from figure import figure
from throughput import CALLERS, DIRECT, speeds_of

MIB = 2**20


def draw(results: dict[str, Any]) -> None:
    """A plot of each part that was measured and has one."""
    for part, plot in (("throughput", _throughput), ("interference", _interference), ("memory", _memory)):
        if part in results:
            with figure(part) as axes:
                plot(axes, results[part]["found"])


def _throughput(axes: Any, found: Any) -> None:
    speeds = {name: speeds_of(runs) for name, runs in found["runs"].items()}
    middle = {name: statistics.median(values) for name, values in speeds.items()}
    service = [f"service, {n} callers" for n in CALLERS]
    axes.plot(CALLERS, [middle[name] for name in service], marker="o", label="polygist over gRPC")
    axes.fill_between(CALLERS, [min(speeds[n]) for n in service], [max(speeds[n]) for n in service], alpha=0.2)
    for name, style in zip(DIRECT, ("--", (0, (6, 2, 1, 2)), (0, (1, 4)), ":", "-."), strict=True):
        axes.axhline(middle[name], ls=style, color="gray", label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(CALLERS, [str(n) for n in CALLERS])
    axes.set_ylim(bottom=0)
    axes.set(title="Throughput, two cores", xlabel="concurrent callers", ylabel="output tokens a second")


def _interference(axes: Any, found: Any) -> None:
    for name, values in found.items():
        axes.step(sorted(values), [i / len(values) for i in range(1, len(values) + 1)], label=name)
    axes.set_xlim(left=0)
    axes.set(title="Interactive calls", xlabel="seconds", ylabel="share of the calls")


def _memory(axes: Any, found: Any) -> None:
    for column, name in ((1, "server"), (2, "engine's process, without a model")):
        axes.plot([s[0] for s in found["samples"]], [s[column] / MIB for s in found["samples"]], label=name)
    axes.set_ylim(bottom=0)
    axes.set(title="Memory while distinct articles stream", xlabel="articles", ylabel="MiB resident")
