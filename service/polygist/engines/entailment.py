"""Classifiers of pairs of texts on transformers: the answer is the probability of each label."""

from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from polygist.engines.base import Hypothesis
from polygist.engines.encoder import EncoderEngine


class EntailmentEngine(EncoderEngine):
    """An EncoderEngine whose hypothesis has the probabilities of the model's labels in `values`, in their order."""

    kind: Any = AutoModelForSequenceClassification

    def _read(self, out: Any, mask: torch.Tensor) -> list[Hypothesis]:
        found = out.logits.float().softmax(-1)
        return [Hypothesis((), True, 0.0, values=tuple(values)) for values in found.tolist()]
