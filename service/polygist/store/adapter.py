"""Merges a low-rank adapter into the weights it was trained over (LoRA, https://arxiv.org/abs/2106.09685)."""

from pathlib import Path

import torch
from safetensors import safe_open

from polygist.errors import ModelCorrupt


def merge(model: torch.nn.Module, file: Path) -> None:
    """Change the model's weights in place, in the model's own precision.

    For each linear layer NAME the file holds `NAME.A` (rank, in) and `NAME.B` (out, rank): the weight becomes
    W + B @ A, computed in float32. Every other tensor replaces the weight of its name. Raises ModelCorrupt when the
    adapter does not fit the model.
    """
    weights = model.state_dict()
    with safe_open(file, framework="pt") as adapter, torch.inference_mode():
        names = set(adapter.keys())
        for name in sorted(names):
            layer = name.removesuffix(".A").removesuffix(".B")
            weight = weights.get(name if layer == name else f"{layer}.weight")
            if weight is None or (layer != name and {f"{layer}.A", f"{layer}.B"} - names):
                raise ModelCorrupt(f"{file}: {name} has no counterpart")
            if name.endswith(".B"):
                continue
            new = adapter.get_tensor(name).float()
            if name.endswith(".A"):
                new = adapter.get_tensor(f"{layer}.B").float() @ new
            if new.shape != weight.shape:
                raise ModelCorrupt(f"{file}: {name} makes {tuple(new.shape)}, the weight is {tuple(weight.shape)}")
            weight.copy_(new + weight.float() if name.endswith(".A") else new)
