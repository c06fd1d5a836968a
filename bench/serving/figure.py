"""One plot of docs/images, the same bytes for the same results."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from texts import ROOT

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "polygist"

from matplotlib import pyplot as plt  # noqa: E402  # after the backend is chosen

IMAGES = ROOT / "docs" / "images"


@contextmanager
def figure(name: str, **legend: Any) -> Iterator[Any]:
    """Axes to draw on; they are written as `name`.svg. `legend` says where their legend goes."""
    IMAGES.mkdir(exist_ok=True)
    drawn, axes = plt.subplots(figsize=(7, 3.6))
    yield axes
    axes.grid(alpha=0.3)
    axes.legend(**legend)
    drawn.tight_layout()
    drawn.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})
    plt.close(drawn)
