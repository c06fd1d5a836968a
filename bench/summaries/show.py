"""Tables on the terminal, in Markdown for the docs, and the plot of docs/summaries.md."""

import sys
from typing import Any

import cases
import matplotlib as mpl
import methods
from rich.console import Console
from scores import MEASURES

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "polygist"

from matplotlib import pyplot as plt  # noqa: E402  # after the backend is chosen

IMAGE = cases.BENCH.parent / "docs" / "images" / "summaries.svg"
console = Console(width=None if sys.stdout.isatty() else 200)


def everything(found: dict[str, Any], *, draw: bool = True) -> None:
    """The tables, and the plot where `draw`."""
    counts = {la: n for la, n in found["articles"].items() if n}
    heads = [f"{la} ({n})" for la, n in counts.items()]
    _table(["method", *heads], found, counts, _rouge)
    _table(["method", *heads], found, counts, _over)
    _table(["method", *heads], found, counts, _readable)
    if draw:
        _draw(found, counts)


def _table(head: list[str], found: dict[str, Any], counts: dict[str, int], cell: Any) -> None:
    rows = [[name, *(cell(row[la]) if la in row else "-" for la in counts)] for name, row in found["methods"].items()]
    lines = ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]]
    console.print(
        (cell.__doc__ or "") + "\n\n" + "\n".join(lines) + "\n", markup=False, highlight=False, soft_wrap=True
    )


def _rouge(row: dict[str, Any]) -> str:
    """ROUGE-1 / ROUGE-2 / ROUGE-L, F1 in percent, and the 95 % interval of ROUGE-1."""
    low, high = row["rouge1"][1:]
    return " / ".join(f"{row[m][0]:.1f}" for m in MEASURES) + f" ({low:.1f}-{high:.1f})"


def _over(row: dict[str, Any]) -> str:
    """How far the default ranker is above each, mean of the three scores, with the 95 % interval of the difference."""
    mean, low, high = row["over"]
    return f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"


def _readable(row: dict[str, Any]) -> str:
    """Sections covered / redundancy / sentences that lean on others, in percent."""
    sections = "-" if row["sections"] is None else f"{row['sections']:.0f}"
    return f"{sections} / {row['redundancy']:.0f} / {row['context']:.0f}"


def _draw(found: dict[str, Any], counts: dict[str, int]) -> None:
    """Mean ROUGE-1 of each method with its interval, a panel a language."""
    figure, panels = plt.subplots(1, len(counts), figsize=(11, 4.2), sharey=True, layout="constrained")
    names = list(reversed(found["methods"]))
    for panel, (language, count) in zip(panels, counts.items(), strict=True):
        for place, name in enumerate(names):
            row = found["methods"][name].get(language)
            if row:
                mean, low, high = row["rouge1"]
                color = "tab:red" if name in (methods.DEFAULT, methods.PRODUCT) else "tab:gray"
                panel.errorbar(mean, place, xerr=[[mean - low], [high - mean]], fmt="o", color=color, capsize=2)
        panel.set_title(f"{language}, {count} articles")
        panel.set_xlabel("ROUGE-1, F1 in percent")
        panel.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(names)), names)
    figure.savefig(IMAGE, metadata={"Date": None})
    plt.close(figure)
