"""Recipes that are tried side by side."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from polygist.errors import CardInvalid
from tests.conftest import ROOT
from tests.unit.training.conftest import config
from training import trials
from training.train import Run

CONFIG = """
card = "gemma3-270m-embedded"
data = ["{text}"]
seed = 1
rank = 4
learning_rate = 0.0
warmup_steps = 1
label_smoothing = 0.0
batch_tokens = 120
piece_tokens = 60
max_length = 40
pool = 64

[directions]
en-de = 1.0
de-en = 1.0

[datasets]
"*" = 1.0
"""
TRIALS = """
config = "{config}"
tokens = 3600

[trials."learns"]
learning_rate = 0.02
"""


@pytest.fixture
def files(tmp_path: Path, text: Path) -> tuple[Path, Path, Path]:
    """The trials, held-out text, and where the table goes."""
    common, tried, heldout = tmp_path / "common.toml", tmp_path / "trials.toml", tmp_path / "triples.json"
    common.write_text(CONFIG.format(text=text))
    tried.write_text(TRIALS.format(config=common))
    heldout.write_text(json.dumps([["dog sleeps", "Hund schläft", "x"], ["cat eats", "Katze frisst", "x"]]))
    return tried, heldout, tmp_path / "trials.tsv"


def run(monkeypatch: pytest.MonkeyPatch, state: Path, tried: Path, heldout: Path, out: Path) -> list[dict[str, str]]:
    monkeypatch.setattr(sys, "argv", ["trials", str(tried), str(heldout), "--state", str(state), "--out", str(out)])
    trials.main()
    names, *rows = (line.split("\t") for line in out.read_text().splitlines())
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_each_trial_begins_from_the_state_and_is_scored_once(
    state: Path, text: Path, files: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    Run(config(text), state, "cpu").train(0.0)
    before = torch.load(state / "state.pt")["step"]
    rest, learns = run(monkeypatch, state, *files)
    assert (rest["trial"], learns["trial"]) == ("none", "learns")
    assert float(learns["en-de"]) < float(rest["en-de"]) - 0.2
    directions = [float(value) for name, value in rest.items() if name not in {"trial", "mean"}]
    assert float(rest["mean"]) == pytest.approx(sum(directions) / 4, abs=1e-4)
    assert sorted(path.name for path in state.iterdir()) == ["base", "curve.csv", "state.pt"]
    assert torch.load(state / "state.pt")["step"] == before
    monkeypatch.setattr(trials, "Run", None)
    assert run(monkeypatch, state, *files) == [rest, learns]


def test_a_trial_that_is_stopped_has_no_row(
    state: Path, text: Path, files: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    Run(config(text), state, "cpu").train(0.0)
    update = Run._update

    def stopped(self: Run, *given: Any) -> float:
        signal.raise_signal(signal.SIGTERM)
        return update(self, *given)

    with monkeypatch.context() as changed:
        changed.setattr(Run, "_update", stopped)
        changed.setattr(sys, "argv", ["trials", *map(str, files[:2]), "--state", str(state), "--out", str(files[2])])
        trials.main()
    assert [line.split("\t")[0] for line in files[2].read_text().splitlines()] == ["trial", "none"]
    assert [row["trial"] for row in run(monkeypatch, state, *files)] == ["none", "learns"]


def test_unknown_key_of_a_trial_is_named(files: tuple[Path, Path, Path]) -> None:
    files[0].write_text(files[0].read_text().replace("learning_rate", "rate"))
    with pytest.raises(CardInvalid, match="'rate'"):
        trials.tried(files[0])


def test_trials_of_the_repository_are_configs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = trials.tried(Path("training/configs/trials.toml"))
    assert len({str(kind) for kind in found.values()}) == len(found) > 9
