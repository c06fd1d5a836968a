"""Low-rank updates of linear layers (LoRA, https://arxiv.org/abs/2106.09685), as `store.adapter` merges them."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

Weights = dict[str, torch.Tensor]


class LowRank(torch.nn.Module):
    """y = W x + B (A x), with W frozen. A is (rank, in), B is (out, rank) and starts at zero."""

    def __init__(self, base: torch.nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base
        base.weight.requires_grad_(False)
        self.A = torch.nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.B = torch.nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        plain: torch.Tensor = self.base(x)
        return plain + (x @ self.A.to(x.dtype).t()) @ self.B.to(x.dtype).t()


def add(model: torch.nn.Module, rank: int, ranks: Mapping[str, int]) -> dict[str, torch.nn.Parameter]:
    """Wrap every linear layer of the blocks; freeze all but the updates and the norms. Returns what is trained.

    `ranks` are those of single layers, by their names.
    """
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for name, module in list(model.named_modules()):
        for child_name, child in list(module.named_children()):
            if isinstance(child, torch.nn.Linear) and ".layers." in f".{name}.":
                setattr(module, child_name, LowRank(child, ranks.get(f"{name}.{child_name}", rank)))
    for name, parameter in model.named_parameters():
        if "norm" in name:
            parameter.data = parameter.data.float()
            parameter.requires_grad_(True)
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def ranks(adapter: Weights) -> dict[str, int]:
    """The rank of each layer that an adapter changes."""
    return {name.removesuffix(".A"): tensor.shape[0] for name, tensor in adapter.items() if name.endswith(".A")}


def write(weights: Weights, file: Path) -> None:
    """Save an adapter: updates in bfloat16, norms in float32."""
    save_file({name: stored(name, tensor) for name, tensor in weights.items()}, file)


def stored(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of an adapter in the type that it is saved in."""
    return (tensor.bfloat16() if name.endswith((".A", ".B")) else tensor.float()).contiguous().cpu()


def read(file: Path) -> Weights:
    """An adapter in float32."""
    return {name: tensor.float() for name, tensor in load_file(file).items()}
