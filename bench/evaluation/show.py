"""Tables on the terminal, and the plot of docs/translation.md."""

import sys
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import sets
from rich.console import Console
from rich.table import Table
from scores import Case

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "polygist"

from matplotlib import pyplot as plt  # noqa: E402  # after the backend is chosen

IMAGE = sets.BENCH.parent / "docs" / "images" / "translation.svg"
console = Console(width=None if sys.stdout.isatty() else 140)


def tables(name: str, found: dict[str, Any]) -> None:
    """The scores of a test set, and what each kind of doubt came to."""
    scores = Table("direction", "lines", "chrF++ fast", "balanced", "BLEU fast", "balanced", "doubted", "recovered")
    scores.title = name
    kinds = sorted({kind for row in found.values() for kind in row["hits"]})
    doubts = Table("doubts recovered / made", *found, title=f"{name}: first translations that were doubted")
    for direction, row in found.items():
        fast, balanced = row["fast"], row["balanced"]
        scores.add_row(
            direction,
            str(row["lines"]),
            *(f"{quality[score]:.1f}" for score in ("chrF++", "BLEU") for quality in (fast, balanced)),
            _share(row["doubted"], row["lines"]),
            _share(row["recovered"], row["doubted"]),
        )
    for kind in kinds:
        cells = ((row["recovered_by_kind"].get(kind, 0), row["hits"].get(kind, 0)) for row in found.values())
        doubts.add_row(kind, *(f"{some} / {every}" if every else "" for some, every in cells))
    console.print(scores)
    console.print(doubts)


def worst(direction: str, cases: Sequence[Case]) -> None:
    """The lines of a direction with the lowest chrF++, and what the guard said of them."""
    console.rule(f"worst of {direction}")
    for case in cases:
        console.print(f"[bold]{case.chrf:.1f}[/] {', '.join(sorted(case.balanced.warnings)) or 'no doubt'}")
        for text in (case.source, case.balanced.text, case.reference):
            console.print(f"  {text}", highlight=False, markup=False)


def noisy(found: dict[str, Any]) -> None:
    """What the judge suspects of the noisy texts' translations, those without a warning first."""
    for line in sorted(found["list"], key=lambda line: (line["warned"], line["suspicion"])):
        said = ", ".join(line["warnings"]) or "no doubt"
        console.print(f"[bold]{line['suspicion']}[/] {line['direction']} {line['kind']}: {said}")
        for part in ("source", "translation"):
            console.print(f"  {line[part]}", highlight=False, markup=False)
    table = Table("suspicion", "translations", "without its warning", title=f"{found['translations']} noisy texts")
    for kind, count in found["suspects"].items():
        table.add_row(kind, str(count), str(found["without_warning"][kind]))
    console.print(table)


def draw(name: str, found: dict[str, Any]) -> None:
    """chrF++ by direction, fast and balanced, and the share of lines that was doubted and recovered."""
    drawn, (quality, doubt) = plt.subplots(1, 2, figsize=(9, 3.4))
    places = range(len(found))
    for shift, (key, label) in zip((-0.2, 0.2), (("fast", "FAST"), ("balanced", "BALANCED")), strict=True):
        bars = quality.bar([x + shift for x in places], [r[key]["chrF++"] for r in found.values()], 0.4, label=label)
        quality.bar_label(bars, fmt="%.0f", fontsize=7)
    lines = [row["lines"] for row in found.values()]
    left = [100 * (r["doubted"] - r["recovered"]) / n for r, n in zip(found.values(), lines, strict=True)]
    mended = [100 * r["recovered"] / n for r, n in zip(found.values(), lines, strict=True)]
    doubt.bar(places, left, 0.6, label="doubted still")
    doubt.bar(places, mended, 0.6, bottom=left, label="without doubt after the second try")
    quality.set(title=f"chrF++, {name}", ylim=(0, None))
    doubt.set(title="Lines whose first translation is doubted", ylabel="%")
    for axes in (quality, doubt):
        axes.set_xticks(places, list(found))
        axes.legend(fontsize=7)
        axes.grid(alpha=0.3, axis="y")
    drawn.tight_layout()
    drawn.savefig(IMAGE, metadata={"Date": None})
    plt.close(drawn)


def _share(some: int, every: int) -> str:
    return f"{some} ({some / every:.0%})" if every else "0"
