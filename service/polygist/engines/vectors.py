"""Encoders on transformers whose states are vectors of texts (Reimers & Gurevych, Sentence-BERT, EMNLP 2019)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel

from polygist.engines.base import Hypothesis
from polygist.engines.encoder import EncoderEngine
from polygist.engines.torch import Dtype
from polygist.types import ModelInfo


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)


def _first(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return states[:, 0]


POOLING: Mapping[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {"mean": _mean, "cls": _first}


class VectorEngine(EncoderEngine):
    """An EncoderEngine whose hypothesis has the vector of its prompt in `values`, not yet of unit length; `pooling` is
    how it is made of the last states of its tokens: their mean, or that of the first."""

    kind: Any = AutoModel

    def __init__(self, folder: Path, info: ModelInfo, threads: int, dtype: Dtype, device: str, pooling: str) -> None:
        self._pooled = POOLING[pooling]
        super().__init__(folder, info, threads, dtype, device)

    def _read(self, out: Any, mask: torch.Tensor) -> list[Hypothesis]:
        vectors = self._pooled(out.last_hidden_state.float(), mask)
        return [Hypothesis((), True, 0.0, values=tuple(vector)) for vector in vectors.tolist()]
