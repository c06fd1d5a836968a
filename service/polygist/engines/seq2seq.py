"""Encoder-decoder models on transformers' `generate`: what an encoder reads is the prompt, the decoder begins anew."""

from collections.abc import Hashable, Sequence
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM

from polygist.engines.base import Decoding, Row
from polygist.engines.torch import TorchEngine
from polygist.errors import EngineFailed


class Seq2SeqEngine(TorchEngine):
    """A `base.Engine` over a transformers folder of an encoder-decoder (BART, Pegasus, T5, mT5, LED, LongT5, ...).

    Arguments and errors are those of TorchEngine. A prompt is the encoder's input with its end token.
    """

    kind: Any = AutoModelForSeq2SeqLM

    def _learn(self, model: Any) -> None:
        super()._learn(model)
        config, forced = model.config, model.generation_config.forced_bos_token_id
        self._start: int = config.decoder_start_token_id
        # BART's kind is made to say a token first.
        self._begin = () if forced is None else (forced,)
        self._vocabulary: int = config.vocab_size
        # T5 and its kin have relative positions and no such bound.
        names = ("max_encoder_position_embeddings", "max_position_embeddings")
        self._longest = next((getattr(config, name) for name in names if hasattr(config, name)), None)
        self._is_led = config.model_type == "led"
        if config.model_type == "marian":
            # It begins with padding, which it must not say; CTranslate2 has no such token at all.
            model.final_logits_bias[:, self._pad] = -torch.inf

    def _company(self, row: Row) -> Hashable:
        """Decoders of one batch stand at the same place."""
        return row.decoding.way, len(self._before(row))

    def _before(self, row: Row) -> list[int]:
        """What a decoder has said already, its start token included."""
        return [self._start, *(row.prefix or self._begin), *row.generated]

    def _inputs(self, rows: Sequence[Row]) -> tuple[dict[str, torch.Tensor], int]:
        for row in rows:
            self._check(row)
        width = max(len(row.prompt) for row in rows)
        ids = [[*row.prompt, *[self._pad] * (width - len(row.prompt))] for row in rows]
        mask = [[1] * len(row.prompt) + [0] * (width - len(row.prompt)) for row in rows]
        begun = [self._before(row) for row in rows]
        tensors = {"input_ids": ids, "attention_mask": mask, "decoder_input_ids": begun}
        made = {name: torch.tensor(value, device=self._device) for name, value in tensors.items()}
        return made | self._globally(made["input_ids"]), len(begun[0])

    def _globally(self, ids: torch.Tensor) -> dict[str, torch.Tensor]:
        """LED looks around each token, and from everywhere at the first (Longformer, arXiv:2004.05150, section 3.1)."""
        if not self._is_led:
            return {}
        mask = torch.zeros_like(ids)
        mask[:, 0] = 1
        return {"global_attention_mask": mask}

    def _check(self, row: Row) -> None:
        """On a GPU what is out of range breaks the process."""
        if not row.prompt or not all(0 <= id < self._vocabulary for id in (*row.prompt, *row.prefix)):
            raise EngineFailed("a prompt is empty or has a token that the model does not know")
        if self._longest is not None and len(row.prompt) > self._longest:
            raise EngineFailed(f"a prompt of {len(row.prompt)} tokens exceeds the window of {self._longest}")

    def _log_probabilities(self, row: Row, added: list[int]) -> list[float]:
        ids = torch.tensor([list(row.prompt)], device=self._device)
        before = self._before(row)
        decoder = torch.tensor([[*before, *added]], device=self._device)
        inputs = {"input_ids": ids, "decoder_input_ids": decoder, **self._globally(ids)}
        logits = self._model(**inputs).logits[0, len(before) - 1 : -1].float()
        return self._of(logits, added)

    def _config(self, limit: int, decoding: Decoding) -> Any:
        config = super()._config(limit, decoding)
        config.decoder_start_token_id = self._start
        return config
