"""Learning curves drawn."""

from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from tests.conftest import ROOT
from training.plot import draw


def test_every_run_can_be_drawn() -> None:
    files = sorted((ROOT / "training" / "runs").glob("*/curve.csv"))
    assert files
    for file in files:
        line = draw(file).axes[0].lines[0]
        rows = [r for r in file.read_text().splitlines() if r[:1].isdigit()]
        assert len(line.get_xdata()) == len(rows)
        assert file.with_suffix(".png").read_bytes()[:4] == b"\x89PNG"


def test_an_empty_curve_is_refused(tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text("step,tokens\n")
    with pytest.raises(ValueError, match="no rows"):
        draw(tmp_path / "curve.csv")
