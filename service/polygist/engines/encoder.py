"""Encoders on transformers: a batch is read in one pass, and nothing is written."""

from collections.abc import Sequence
from typing import Any

import torch

from polygist.engines.base import Ended, Halt, Hypothesis, Row
from polygist.engines.torch import ERRORS, TorchEngine, failure
from polygist.errors import EngineFailed
from polygist.store.encoders import positions


class EncoderEngine(TorchEngine):
    """A `base.Engine` over a transformers folder of an encoder (BERT, XLM-R, ...).

    Arguments and errors are those of TorchEngine. A prompt is a text with the tokens that begin and end it; of models
    that are given two texts and tell them apart by a number, `prefix` is the second one. `max_new_tokens` and the
    decoding mean nothing here. Kinds of encoders say what a hypothesis has in `_read`.
    """

    def _learn(self, model: Any) -> None:
        config = model.config
        self._vocabulary: int = config.vocab_size
        self._pad: int = config.pad_token_id or 0
        self._longest = positions(config.to_dict())
        self._numbers_texts = getattr(config, "type_vocab_size", 0) > 1

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        """See `base.Engine`. Rows come in batches of like length; one pass each, which nothing halts."""
        if self._model is None:
            raise EngineFailed("the engine is closed")
        self._take_threads()
        try:
            given = self._given(rows)
            with torch.inference_mode():
                found = self._read(self._model(**given), given["attention_mask"])
        except (MemoryError, *ERRORS) as error:
            raise failure(error) from error
        for row, hypothesis in zip(rows, found, strict=True):
            ended(row, hypothesis)

    def _given(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        """What the model is called with, each row filled up to the longest."""
        texts = [self._checked((*row.prompt, *row.prefix)) for row in rows]
        width = max(map(len, texts))
        rest = [width - len(text) for text in texts]
        tables = {
            "input_ids": [[*text, *[self._pad] * n] for text, n in zip(texts, rest, strict=True)],
            "attention_mask": [[1] * len(text) + [0] * n for text, n in zip(texts, rest, strict=True)],
        }
        if self._numbers_texts:
            first = [len(row.prompt) for row in rows]
            seconds = [len(row.prefix) for row in rows]
            tables["token_type_ids"] = [
                [0] * a + [1] * b + [0] * n for a, b, n in zip(first, seconds, rest, strict=True)
            ]
        return {name: torch.tensor(table, device=self._device) for name, table in tables.items()}

    def _checked(self, text: Sequence[int]) -> Sequence[int]:
        """On a GPU what is out of range breaks the process."""
        if not text or not all(0 <= id < self._vocabulary for id in text):
            raise EngineFailed("a prompt is empty or has a token that the model does not know")
        if self._longest is not None and len(text) > self._longest:
            raise EngineFailed(f"a prompt of {len(text)} tokens exceeds the window of {self._longest}")
        return text

    def _read(self, out: Any, mask: torch.Tensor) -> list[Hypothesis]:
        """What the model says of each row; `mask` is 1 where a row has a token."""
        raise NotImplementedError
