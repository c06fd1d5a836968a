"""Weights read from safetensors, and rounded to 8 bits."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from polygist.errors import ModelCorrupt
from polygist.store.tensors import Tensors, round_rows


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_floats_are_read_as_they_are(kind: torch.dtype, tmp_path: Path) -> None:
    torch.manual_seed(0)
    saved = {"a": torch.randn(3, 5).to(kind), "b": torch.tensor([0.0, -0.0, 1e-30, -3e4]).to(kind), "c": torch.ones(1)}
    save_file(saved, tmp_path / "weights.safetensors")
    tensors = Tensors(tmp_path / "weights.safetensors")
    for name, tensor in saved.items():
        assert tensors[name].dtype == np.float32
        np.testing.assert_array_equal(tensors[name], tensor.float().numpy())


def test_missing_and_whole_numbers_are_refused(tmp_path: Path) -> None:
    save_file({"ids": torch.ones(2, dtype=torch.int64)}, tmp_path / "weights.safetensors")
    tensors = Tensors(tmp_path / "weights.safetensors")
    with pytest.raises(ModelCorrupt, match="weight is missing"):
        tensors["weight"]
    with pytest.raises(ModelCorrupt, match="ids is I64"):
        tensors["ids"]


def test_rows_are_rounded_over_their_own_range() -> None:
    rounded, zero, scale = round_rows(np.array([[-1.0, 0.5, 4.1], [0.0, 0.0, 0.0], [2.0, 1.0, 2.55]], np.float32))
    assert rounded[0].tolist() == [0, 75, 255]
    assert zero[:, 0].tolist() == [50, 0, 0]
    assert scale[[0, 2], 0] == pytest.approx([0.02, 0.01])
    assert rounded[1].tolist() == [0, 0, 0]
    assert rounded[2].tolist() == [200, 100, 255]


def test_rounding_errs_by_half_a_step_and_keeps_zero() -> None:
    weight = np.random.default_rng(0).normal(0.3, 1, (50, 200)).astype(np.float32)
    weight[:, 7] = 0
    rounded, zero, scale = round_rows(weight)
    back = (rounded.astype(np.float32) - zero.astype(np.float32)) * scale
    assert (np.abs(back - weight) <= scale * 1.001).all()
    assert np.abs(back - weight).mean() < scale.mean() / 3.5
    assert (back[:, 7] == 0).all()
