"""Draws the dashboard without Grafana: each panel of polygist.json, asked of a Prometheus server.

    python deploy/grafana/draw.py --prometheus http://127.0.0.1:9090 --minutes 60 --output page.png

Needs matplotlib.
"""

import argparse
import json
import re
import textwrap
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

DASHBOARD = Path(__file__).with_name("polygist.json")
_INCHES_WIDE, _INCHES_HIGH = 15.0, 0.33  # of the page, and of a line of Grafana's grid
_POINTS = 240
_COLOURS = {"green": "#3a8f3a", "orange": "#e08a00", "red": "#c4162a", "gray": "#8e8e8e"}
_COLOURS |= {"blue": "#3274d9", "purple": "#8f3bb8"}
_SIZES = {2**30: " GiB", 2**20: " MiB", 2**10: " KiB"}
_UNITS = {"percentunit": (100, " %"), "s": (1, " s"), "reqps": (1, "/s")}
Json = dict[str, Any]


@dataclass(frozen=True)
class Span:
    """What is asked: whom, and of which time, in seconds since 1970."""

    prometheus: str
    start: float
    end: float
    rate_interval: str

    def get(self, path: str, expression: str, **query: object) -> list[Json]:
        """The series or samples that an expression has."""
        variables = {"job": ".*", "instance": ".*", "__rate_interval": self.rate_interval}
        asked = re.sub(r"\$(\w+)", lambda found: variables[found[1]], expression)
        encoded = urllib.parse.urlencode({"query": asked} | query)
        with urllib.request.urlopen(f"{self.prometheus}/api/v1/{path}?{encoded}", timeout=60) as page:  # noqa: S310
            return list(json.load(page)["data"]["result"])

    def series(self, target: Json) -> list[tuple[str, list[float], list[float]]]:
        """Legend, minutes since the start and values of each series of a query."""
        step = max(1, round((self.end - self.start) / _POINTS))
        found = self.get("query_range", target["expr"], start=self.start, end=self.end, step=step)
        return [
            (
                re.sub(r"{{(\w+)}}", lambda label, s=s: s["metric"].get(label[1], ""), target["legendFormat"]),
                [(float(moment) - self.start) / 60 for moment, _ in s["values"]],
                [float(value) for _, value in s["values"]],
            )
            for s in found
        ]


def page(span: Span) -> Figure:
    """All panels, where they stand in Grafana."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    lines = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in panels)
    drawn = Figure(figsize=(_INCHES_WIDE, lines * _INCHES_HIGH))
    drawn.text(0.985, 1 - 0.75 / lines, "over minutes", size=10, ha="right", color="gray")
    for panel in panels:
        x, y, wide, high = (panel["gridPos"][side] for side in "xywh")
        if panel["type"] == "row":
            drawn.text(0.012, 1 - (y + 0.75) / lines, panel["title"], size=15, weight="bold")
            continue
        room = (x / 24 + 0.035, 1 - (y + high - 2.1) / lines, wide / 24 - 0.05, (high - 3.3) / lines)
        axes = drawn.add_axes(room)
        axes.set_title(panel["title"], size=11, loc="left")
        _DRAWN[panel["type"]](axes, panel, span)
    return drawn


def _curves(axes: Any, panel: Json, span: Span) -> None:
    found = [series for target in panel["targets"] for series in span.series(target)]
    defaults, colours = panel["fieldConfig"]["defaults"], _colours(panel)
    custom = defaults["custom"]
    factor, unit = _scale(defaults["unit"], max((v for _, _, values in found for v in values if v == v), default=0.0))
    if not found:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", color="gray", transform=axes.transAxes)
    if custom["stacking"]["mode"] == "normal" and found:
        _stack(axes, found, colours, factor)
    else:
        for legend, minutes, values in found:
            axes.plot(minutes, [factor * v for v in values], label=legend, lw=1.4, color=colours.get(legend))
    if custom["scaleDistribution"]["type"] == "log":
        axes.set_yscale("log")
    else:
        axes.set_ylim(0, max(1.05 * axes.get_ylim()[1], 1e-3))
    for step in defaults["thresholds"]["steps"][1:]:
        if custom["thresholdsStyle"]["mode"] == "line" and factor * step["value"] <= axes.get_ylim()[1]:
            axes.axhline(factor * step["value"], color=_COLOURS[step["color"]], ls="--", lw=1)
    axes.set_xlim(0, (span.end - span.start) / 60)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}{unit}"))
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    if found:
        room = axes.bbox.width // (40 + 6 * max(len(legend) for legend, _, _ in found))
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.12), "frameon": False, "columnspacing": 1.2}
        axes.legend(**below, fontsize=8, ncols=max(1, min(len(found), int(room))), handlelength=1.2)


def _colours(panel: Json) -> dict[str, str]:
    """The colours that series have by their legend."""
    overrides = panel["fieldConfig"]["overrides"]
    return {o["matcher"]["options"]: _COLOURS[o["properties"][0]["value"]["fixedColor"]] for o in overrides}


def _stack(
    axes: Any, found: list[tuple[str, list[float], list[float]]], colours: dict[str, str], factor: float
) -> None:
    """Bands on top of each other; a series that has not begun is nothing."""
    minutes = sorted({minute for _, known, _ in found for minute in known})
    bands = [dict(zip(known, values, strict=True)) for _, known, values in found]
    rows = [[factor * band.get(minute, 0.0) for minute in minutes] for band in bands]
    legends = [legend for legend, _, _ in found]
    chosen = [colours.get(legend, f"C{i % 10}") for i, legend in enumerate(legends)]
    axes.stackplot(minutes, rows, labels=legends, colors=chosen, alpha=0.75)


def _number(axes: Any, panel: Json, span: Span) -> None:
    """The last value, large, over its curve."""
    defaults = panel["fieldConfig"]["defaults"]
    for legend, minutes, values in (series for target in panel["targets"] for series in span.series(target)):
        reached = [s["color"] for s in defaults["thresholds"]["steps"] if values[-1] >= (s["value"] or 0)]
        colour = _COLOURS[reached[-1]]
        axes.fill_between(minutes, values, alpha=0.15, color=colour)
        factor, unit = _scale(defaults["unit"], values[-1])
        last = (
            ("no", "yes")[bool(values[-1])] if defaults["unit"] == "bool_yes_no" else f"{factor * values[-1]:.4g}{unit}"
        )
        axes.text(0.5, 0.6, last, size=26, color=colour, ha="center", va="center", transform=axes.transAxes)
        axes.text(0.5, 0.25, legend, size=9, color="gray", ha="center", va="center", transform=axes.transAxes)
    axes.set_ylim(bottom=0)
    axes.set_axis_off()


def _table(axes: Any, panel: Json, span: Span) -> None:
    """Rows as lines of name and value, since columns have little room; the first two of them."""
    (columns,) = (t["options"]["include"]["names"] for t in panel["transformations"] if "include" in t["options"])
    found = span.get("query", panel["targets"][0]["expr"], time=span.end)
    axes.set_axis_off()
    for x, sample in zip((0.0, 0.5), found, strict=False):
        text = "\n".join(f"{c}: {textwrap.shorten(sample['metric'].get(c, ''), 30, placeholder='…')}" for c in columns)
        axes.text(x, 0.95, text, size=9, va="top", linespacing=1.6, transform=axes.transAxes)


_DRAWN: dict[str, Callable[[Any, Json, Span], None]] = {"timeseries": _curves, "stat": _number, "table": _table}


def _scale(unit: str, highest: float) -> tuple[float, str]:
    """What values are multiplied with to be written in a unit that suits the highest, and that unit."""
    if unit == "bytes":
        size = next((s for s in _SIZES if highest >= s), 1)
        return 1 / size, _SIZES.get(size, " B")
    return _UNITS.get(unit, (1, ""))


def draw(prometheus: str, minutes: float, output: Path, rate_interval: str = "1m") -> None:
    """The last minutes, as a picture in the file."""
    end = time.time()
    page(Span(prometheus, end - 60 * minutes, end, rate_interval)).savefig(output, dpi=80, metadata={"Software": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--output", type=Path, default=Path("polygist.png"))
    parser.add_argument("--rate-interval", default="1m", help="four times the scrape interval, or more")
    given = parser.parse_args()
    draw(given.prometheus, given.minutes, given.output, given.rate_interval)


if __name__ == "__main__":
    main()
