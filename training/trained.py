"""What a run trains of a model: low-rank updates over frozen weights, or all weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from polygist.store import adapter
from training import lowrank
from training.lowrank import Weights


@dataclass(frozen=True)
class Trained:
    """A model, its parameters that are trained by name, and the updates of its first adapter that are not, which were
    merged into it and go into the next adapter as they are."""

    model: Any
    parameters: dict[str, torch.nn.Parameter]
    settled: Weights
    result: str

    def load(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Set all that is trained. Raises KeyError for weights of another run."""
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(weights[name])

    def weights(self) -> Weights:
        return {name: parameter.detach() for name, parameter in self.parameters.items()}

    def write(self, folder: Path) -> None:
        """Save the outcome of a run: `adapter.safetensors`, or `weights.safetensors` in float32 for factorise.py."""
        if self.result == _ADAPTER:
            lowrank.write(self.settled | self.weights(), folder / self.result)
        else:
            save_file({name: w.contiguous().cpu() for name, w in self.weights().items()}, folder / self.result)


_ADAPTER, _WEIGHTS = "adapter.safetensors", "weights.safetensors"


def updates(base: Path, rank: int, first_adapter: Path | None, dtype: torch.dtype = torch.bfloat16) -> Trained:
    """Low-rank updates of the linear layers, and the norms, over frozen weights, whose values are those of bfloat16.

    They start from the first adapter, with its ranks; what it says of other weights is merged and stays.
    """
    model = _model(base, dtype)
    first = lowrank.read(first_adapter) if first_adapter else {}
    parameters = lowrank.add(model, rank, lowrank.ranks(first))
    trained = Trained(model, parameters, {n: w for n, w in first.items() if n not in parameters}, _ADAPTER)
    with torch.no_grad():
        for name in lowrank.ranks(trained.settled):
            model.get_submodule(name).weight.add_(first[f"{name}.B"] @ first[f"{name}.A"])
    if first:
        trained.load(first)
    return trained


def everything(base: Path, first_adapter: Path | None) -> Trained:
    """All weights, in float32; the first adapter is merged."""
    model = _model(base, torch.float32)
    if first_adapter:
        adapter.merge(model, first_adapter)
    return Trained(model, dict(model.named_parameters()), {}, _WEIGHTS)


def _model(folder: Path, dtype: torch.dtype) -> Any:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa")
    model.config.use_cache = False
    return model
