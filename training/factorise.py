"""A full fine-tune as a low-rank adapter: the difference of each weight to the base, by its singular values.

    python -m training.factorise --base FOLDER --weights weights.safetensors --out adapter.safetensors

Ranks differ from layer to layer: of all singular values of all layers those are kept that save the most squared error
for their bytes, until the adapter is full (--bytes). A table of what each layer loses is printed, and written beside
the adapter as factorised.tsv.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file

from training import lowrank
from training.lowrank import Weights

MOST_BYTES = 40_000_000
# Of the file: names and places of tensors.
_HEADER = 100_000
_BYTES = 2  # bfloat16


@dataclass(frozen=True)
class Layer:
    """A layer's update: its rank, and the part of the squared difference to the base that the rank loses."""

    name: str
    rank: int
    shape: tuple[int, int]
    lost: float


@dataclass(frozen=True)
class _Update:
    """U diag(s) V of a difference, its values falling."""

    left: torch.Tensor
    values: torch.Tensor
    right: torch.Tensor

    @property
    def cost(self) -> int:
        """Bytes of one more rank."""
        return _BYTES * (self.left.shape[0] + self.right.shape[1])

    def cut(self, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
        """A (rank, in) and B (out, rank), of like size each, whose product is the update as far as it goes."""
        root = self.values[:rank].sqrt()
        return root[:, None] * self.right[:rank], self.left[:, :rank] * root

    def lost(self, rank: int) -> float:
        energy = self.values.square()
        whole = energy.sum().item()
        return energy[rank:].sum().item() / whole if whole else 0.0


def factorise(
    base: Mapping[str, torch.Tensor], tuned: Mapping[str, torch.Tensor], most: int
) -> tuple[Weights, list[Layer]]:
    """The adapter of at most so many bytes, and its layers. Vectors (norms) go into it whole.

    Raises ValueError when a weight is missing, or the bytes don't even hold the vectors.
    """
    if missing := sorted(tuned.keys() - base.keys()):
        raise ValueError(f"the base lacks {len(missing)} weights, {missing[0]} first")
    vectors = {name: weight.float() for name, weight in tuned.items() if weight.ndim < 2}
    left = most - _HEADER - sum(4 * vector.numel() for vector in vectors.values())
    if left < 0:
        raise ValueError(f"{most} bytes are too few")
    updates = {
        name.removesuffix(".weight"): _decomposed(weight.float() - base[name].float())
        for name, weight in sorted(tuned.items())
        if weight.ndim == 2
    }
    ranks = _ranks(updates, left)
    adapter, layers = vectors, []
    for name, update in updates.items():
        rank = ranks[name]
        shape = (update.left.shape[0], update.right.shape[1])
        layers.append(Layer(name, rank, shape, update.lost(rank)))
        if rank:
            adapter[f"{name}.A"], adapter[f"{name}.B"] = update.cut(rank)
    return adapter, layers


def _decomposed(difference: torch.Tensor) -> _Update:
    left, values, right = torch.linalg.svd(difference, full_matrices=False)
    return _Update(left, values, right)


def _ranks(updates: Mapping[str, _Update], budget: int) -> dict[str, int]:
    """How many values of each layer are kept. Falling values make the choice by gain for its cost the best one, but for
    the last few bytes."""
    gains = sorted(
        ((value / update.cost, name) for name, update in updates.items() for value in update.values.square().tolist()),
        reverse=True,
    )
    ranks = dict.fromkeys(updates, 0)
    for gain, name in gains:
        if updates[name].cost > budget or gain == 0:
            break
        ranks[name] += 1
        budget -= updates[name].cost
    return ranks


def table(layers: list[Layer]) -> str:
    """Tab-separated: layer, rank, out, in, part of the squared difference that is lost."""
    rows = [("layer", "rank", "out", "in", "lost"), *((x.name, x.rank, *x.shape, f"{x.lost:.4f}") for x in layers)]
    return "\n".join("\t".join(map(str, row)) for row in rows) + "\n"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--base", type=Path, required=True, help="folder of the pruned base")
    arguments.add_argument("--weights", type=Path, required=True, help="weights.safetensors of the run")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--bytes", type=int, default=MOST_BYTES)
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = arguments.parse_args()
    base, tuned = (load_file(f, options.device) for f in (options.base / "model.safetensors", options.weights))
    adapter, layers = factorise(base, tuned, options.bytes)
    lowrank.write(adapter, options.out)
    text = table(layers)
    options.out.with_name("factorised.tsv").write_text(text, encoding="utf-8")
    print(text + f"{options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
