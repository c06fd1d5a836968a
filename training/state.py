"""What a run is made of between its slices: weights, optimizer, position in the data. Lies outside the repository."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

_NAME = "state.pt"


@dataclass
class State:
    """`pool` is the last pool of the data that was begun, `seconds` the time of training behind."""

    weights: dict[str, torch.Tensor]
    optimizer: dict[str, Any]
    step: int
    tokens: int
    pool: int
    seconds: float = 0.0

    def save(self, folder: Path) -> None:
        """Atomically: a kill at any moment leaves the state before or after."""
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{_NAME}.partial"
        torch.save(vars(self), partial)
        os.replace(partial, folder / _NAME)


def load(folder: Path, device: str = "cpu") -> State | None:
    """The last state in a folder, None where there is none."""
    file = folder / _NAME
    return State(**torch.load(file, map_location=device)) if file.exists() else None
