"""Runs of a small model: they learn, resume where they were, and end when they should."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.conftest import ROOT
from tests.unit.training.conftest import config
from training import config as configs
from training import evaluate, loss, lowrank
from training import state as states
from training.factorise import factorise
from training.train import Run


def curve(folder: Path, name: str = "curve.csv") -> list[list[float]]:
    with (folder / name).open(newline="") as file:
        return [[float(x) for x in row] for row in csv.reader(file)]


@pytest.mark.parametrize(("rank", "result"), [(4, "adapter.safetensors"), (0, "weights.safetensors")])
def test_a_run_over_some_epochs_learns_and_ends_decayed(state: Path, text: Path, rank: int, result: str) -> None:
    Run(config(text, rank=rank, epochs=80.0, decay=0.5), state, "cpu").train(10)
    rows = curve(state)
    assert rows[-1][2] < rows[0][2] - 0.2
    assert rows[-1][3] < 0.3 * max(row[3] for row in rows)
    assert (state / result).exists()
    before = (state / "curve.csv").read_bytes()
    Run(config(text, rank=rank, epochs=80.0, decay=0.5), state, "cpu").train(10)
    assert (state / "curve.csv").read_bytes() == before


@pytest.mark.parametrize("multiplies", [False, True])
def test_a_processor_trains_in_what_it_multiplies(
    state: Path, text: Path, monkeypatch: pytest.MonkeyPatch, multiplies: bool
) -> None:
    monkeypatch.setattr(loss, "computes_bfloat16", lambda: multiplies)
    run = Run(config(text, rank=4, epochs=80.0, decay=0.5), state, "cpu")
    weight = run._trained.model.model.layers[0].mlp.up_proj.base.weight
    assert weight.dtype is (torch.bfloat16 if multiplies else torch.float32)
    assert torch.equal(weight, weight.bfloat16().to(weight.dtype))
    run.train(10)
    rows = curve(state)
    assert rows[-1][2] < rows[0][2] - 0.2


def test_a_run_ends_with_its_time_over_several_slices(state: Path, text: Path) -> None:
    for _ in range(20):
        Run(config(text), state, "cpu", run_minutes=0.04).train(0.01)
        if (state / "adapter.safetensors").exists():
            break
        assert torch.load(state / "state.pt")["seconds"] < 0.04 * 60
    assert (state / "adapter.safetensors").exists()
    assert torch.load(state / "state.pt")["seconds"] >= 0.04 * 60


def test_a_run_without_end_goes_on_and_a_decay_leaves_it(state: Path, text: Path) -> None:
    Run(config(text), state, "cpu").train(0.01)
    first = torch.load(state / "state.pt")
    assert not (state / "adapter.safetensors").exists()
    Run(config(text), state, "cpu", decay=5).train(10)
    assert torch.load(state / "state.pt")["step"] == first["step"]
    assert (state / "adapter.safetensors").exists()
    Run(config(text), state, "cpu").train(0.01)
    second = torch.load(state / "state.pt")
    assert second["step"] > first["step"]
    assert second["pool"] > first["pool"]


def test_a_state_without_its_seconds_is_read(state: Path, text: Path) -> None:
    Run(config(text), state, "cpu").train(0.005)
    old = torch.load(state / "state.pt")
    del old["seconds"]
    torch.save(old, state / "state.pt")
    assert Run(config(text), state, "cpu")._seconds == 0.0


def test_an_adapter_with_other_ranks_and_an_embedding_is_trained_on(state: Path, text: Path, tmp_path: Path) -> None:
    tuned = {n: w.float() for n, w in load_file(state / "base" / "model.safetensors").items()}
    generator = torch.Generator().manual_seed(1)
    tuned = {n: w + 0.1 * torch.randn(w.shape, generator=generator) for n, w in tuned.items()}
    base = load_file(state / "base" / "model.safetensors")
    adapter, _ = factorise(base, tuned, 130_000)
    ranks = lowrank.ranks(adapter)
    assert len(set(ranks.values())) > 1
    lowrank.write(adapter, tmp_path / "first.safetensors")
    run = Run(config(text, first_adapter=str(tmp_path / "first.safetensors")), state, "cpu", decay=3)
    run.train(10)
    made = lowrank.read(state / "adapter.safetensors")
    assert lowrank.ranks(made) == {**dict.fromkeys(lowrank.ranks(made), 4), **ranks}
    name = "model.embed_tokens.A"
    assert torch.equal(made[name], adapter[name].bfloat16().float())


def test_weights_and_adapters_are_scored(state: Path, text: Path) -> None:
    Run(config(text, rank=0, epochs=60.0, decay=0.5), state, "cpu").train(10)
    base, tuned = (load_file(f) for f in (state / "base/model.safetensors", state / "weights.safetensors"))
    lowrank.write(factorise(base, tuned, 300_000)[0], state / "adapter.safetensors")
    tokenizer = AutoTokenizer.from_pretrained(state / "base")
    found = []
    for name in ("", "weights.safetensors", "adapter.safetensors"):
        model = AutoModelForCausalLM.from_pretrained(state / "base", dtype=torch.float32)
        if name:
            evaluate.put(model, state / name)
        rows = evaluate.pairs([["dog sleeps", "Hund schläft", ""]], "en", "de")
        names = {"en": "English", "de": "German"}
        found.append(evaluate.mean_loss(model, tokenizer, rows, "{source}: {text}\n{target}:", names, "cpu"))
    assert found[1] < found[0] - 0.3
    assert found[2] == pytest.approx(found[1], abs=0.1)


def test_a_signal_saves_and_stops(state: Path, text: Path, tmp_path: Path) -> None:
    lines = [f"{k} = {json.dumps(v)}" for k, v in vars(config(text)).items() if not isinstance(v, dict)]
    tables = ["[directions]", '"en-de" = 1.0', "[datasets]", '"*" = 1.0']
    (tmp_path / "run.toml").write_text("\n".join([*lines, *tables]))
    command = [sys.executable, "-m", "training.train", tmp_path / "run.toml", "--state", state, "--device", "cpu"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    with process, process.stdout as lines:
        try:
            assert next(lines) == "4 pairs\n"
            process.terminate()
            assert process.wait(200) == 0
        finally:
            process.kill()
    assert torch.load(state / "state.pt")["step"] < 10**6


def test_the_configs_are_read() -> None:
    for name in ("cpu", "gpu"):
        found = configs.read(ROOT / "training" / "configs" / f"{name}.toml")
        assert found.schedule.rate(10**6, 0.0) == found.learning_rate
    cpu = configs.read(ROOT / "training" / "configs" / "cpu.toml")
    assert {w for d, w in cpu.directions.items() if d.endswith(("headline", "summary"))} == {0.0}


def test_text_that_is_not_there_is_named(text: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none-\*\.gz"):
        config(text, data=(str(text), "none-*.gz")).files()


def test_no_state_is_none(tmp_path: Path) -> None:
    assert states.load(tmp_path) is None
