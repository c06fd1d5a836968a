"""Draws learning curves: python -m training.plot training/runs/*/curve.csv, each as curve.png beside its file."""

import csv
import sys
from pathlib import Path

from matplotlib.figure import Figure

_SIZE = (7.0, 3.2)


def main() -> None:
    for name in sys.argv[1:]:
        draw(Path(name)).savefig(Path(name).with_suffix(".png"), dpi=100, metadata={"Software": None})


def draw(file: Path) -> Figure:
    """Loss (smoothed, of training) and learning rate over the tokens seen, from the rows that training.train writes.

    The first row may name the columns. Raises ValueError for a file without rows.
    """
    with file.open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.reader(stream) if row and row[0].isdecimal()]
    if not rows:
        raise ValueError(f"{file} has no rows")
    tokens, losses, rates = ([float(row[i]) for row in rows] for i in (1, 2, 3))
    millions = [n / 1e6 for n in tokens]
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    axes.plot(millions, losses, color="tab:blue")
    axes.set(title=file.parent.name, xlabel="million tokens", ylabel="loss")
    axes.grid(alpha=0.3)
    right = axes.twinx()
    right.plot(millions, rates, color="tab:orange", linestyle="--", linewidth=1)
    right.set(ylabel="learning rate (dashed)", ylim=(0, max(rates) * 1.1))
    return figure


if __name__ == "__main__":
    main()
