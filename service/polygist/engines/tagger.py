"""Token classifiers on transformers: the answer to a prompt is the number of a label for each of its tokens."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import torch
from transformers import AutoModelForTokenClassification

from polygist.engines.base import Ended, Halt, Hypothesis, Row
from polygist.engines.torch import ERRORS, TorchEngine, failure
from polygist.errors import EngineFailed


class TaggerEngine(TorchEngine):
    """A `base.Engine` over a transformers folder of a token classifier (BERT, XLM-R, ...).

    Arguments and errors are those of TorchEngine. A hypothesis has the best label of each token of its prompt, and the
    logarithm of the probability of them all, each by itself; `max_new_tokens` and the decoding mean nothing here.
    """

    kind: Any = AutoModelForTokenClassification

    def _learn(self, model: Any) -> None:
        self._vocabulary: int = model.config.vocab_size
        self._pad: int = model.config.pad_token_id or 0
        self._longest: int | None = getattr(model.config, "max_position_embeddings", None)

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        """See `base.Engine`. Rows come in batches of like length; one pass each, which nothing halts."""
        if self._model is None:
            raise EngineFailed("the engine is closed")
        self._take_threads()
        for row, labels, log_probability in self._tagged(rows):
            ended(row, Hypothesis(labels, True, log_probability))

    def _tagged(self, rows: Sequence[Row]) -> list[tuple[Row, tuple[int, ...], float]]:
        width = max(len(row.prompt) for row in rows)
        try:
            for row in rows:
                self._check(row.prompt)
            ids = [[*row.prompt, *[self._pad] * (width - len(row.prompt))] for row in rows]
            mask = [[1] * len(row.prompt) + [0] * (width - len(row.prompt)) for row in rows]
            given = {"input_ids": ids, "attention_mask": mask}
            with torch.inference_mode():
                tensors = {name: torch.tensor(value, device=self._device) for name, value in given.items()}
                best = self._model(**tensors).logits.float().log_softmax(-1).max(-1)
            found = zip(rows, best.indices.tolist(), best.values.tolist(), strict=True)
            return [
                (row, tuple(labels[: len(row.prompt)]), sum(islice(values, len(row.prompt))))
                for row, labels, values in found
            ]
        except (MemoryError, *ERRORS) as error:
            raise failure(error) from error

    def _check(self, prompt: Sequence[int]) -> None:
        """On a GPU what is out of range breaks the process."""
        if not prompt or not all(0 <= id < self._vocabulary for id in prompt):
            raise EngineFailed("a prompt is empty or has a token that the model does not know")
        if self._longest is not None and len(prompt) > self._longest:
            raise EngineFailed(f"a prompt of {len(prompt)} tokens exceeds the window of {self._longest}")
