"""The loss of a model on tokenized pairs: cross-entropy over the target tokens."""

from collections.abc import Sequence
from typing import Any

import torch

from polygist.engines.cores import computes_bfloat16
from training.data import Example

# The target of a token that is not learnt.
_NONE = -100


def summed(
    model: Any, batch: Sequence[Example], padding: int, device: str, smoothing: float = 0.0
) -> tuple[torch.Tensor, int]:
    """The loss summed over all target tokens, and the number of tokens with padding. Computed in `precision`, the loss
    itself in float32. Only the logits of target tokens are computed."""
    ids, targets, mask = (tensor.to(device) for tensor in tensors(batch, padding))
    with torch.autocast(device, dtype=torch.bfloat16, enabled=precision(device) is torch.bfloat16):
        hidden = model.model(input_ids=ids, attention_mask=mask).last_hidden_state
        chosen = targets != _NONE
        logits = hidden[chosen] @ model.lm_head.weight.t()
        loss = torch.nn.functional.cross_entropy(
            logits.float(), targets[chosen], label_smoothing=smoothing, reduction="sum"
        )
    return loss, ids.numel()


def precision(device: str) -> torch.dtype:
    """What products are computed in: float32 on a processor that does not multiply bfloat16, where a step in that takes
    minutes."""
    return torch.bfloat16 if device != "cpu" or computes_bfloat16() else torch.float32


def tensors(batch: Sequence[Example], padding: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, targets and mask, each (rows, longest): the target at a place is the token after it, -100 in a prompt."""
    width = max(len(p) + len(t) for p, t in batch)
    ids = torch.full((len(batch), width), padding)
    targets = torch.full((len(batch), width), _NONE)
    mask = torch.zeros((len(batch), width), dtype=torch.long)
    for i, (prompt, target) in enumerate(batch):
        n = len(prompt) + len(target)
        ids[i, :n] = torch.tensor(prompt + target)
        targets[i, len(prompt) - 1 : n - 1] = torch.tensor(target)
        mask[i, :n] = 1
    return ids, targets, mask
