"""Token classifiers on transformers: the answer to a prompt is the number of a label for each of its tokens."""

from typing import Any

import torch
from transformers import AutoModelForTokenClassification

from polygist.engines.base import Hypothesis
from polygist.engines.encoder import EncoderEngine


class TaggerEngine(EncoderEngine):
    """An EncoderEngine whose hypothesis has the best label of each token of its prompt, and the logarithm of the
    probability of them all, each by itself."""

    kind: Any = AutoModelForTokenClassification

    def _read(self, out: Any, mask: torch.Tensor) -> list[Hypothesis]:
        best = out.logits.float().log_softmax(-1).max(-1)
        sums: list[float] = (best.values * mask).sum(-1).tolist()
        found = zip(best.indices.tolist(), mask.sum(-1).tolist(), sums, strict=True)
        return [Hypothesis(tuple(labels[:length]), True, total) for labels, length, total in found]
