"""Decoder-only models on transformers' `generate`: the reference that the other engine is checked against."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, LogitsProcessor, LogitsProcessorList
from transformers.generation.logits_process import NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor

from polygist.engines.base import Decoding, Hypothesis
from polygist.errors import EngineFailed
from polygist.store.quiet import quiet
from polygist.types import ModelInfo

_ERRORS = (RuntimeError, ValueError, IndexError, KeyError, TypeError)


class TorchGenerator:
    """A `base.Generator` over a transformers folder, on the CPU.

    `threads` is bounded by the cores this process may use. Raises EngineFailed when the folder can't be loaded.
    """

    def __init__(
        self, folder: Path, info: ModelInfo, threads: int, dtype: Literal["bfloat16", "float32"] = "bfloat16"
    ) -> None:
        self._info = info
        self._threads = max(1, min(threads, len(os.sched_getaffinity(0))))
        try:
            with quiet():
                model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
        except (OSError, *_ERRORS) as error:
            raise EngineFailed(f"transformers can't load {folder}: {error}") from error
        self._model = model.eval()
        self._end, self._pad = model.config.eos_token_id, model.config.pad_token_id

    @property
    def info(self) -> ModelInfo:
        return self._info

    def generate(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: Sequence[int], decoding: Decoding
    ) -> list[Hypothesis]:
        """See `base.Generator`."""
        if self._model is None:
            raise EngineFailed("the engine is closed")
        if not prompts:
            return []
        # One number for the whole process, which another library may have set since.
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        width = max(len(prompt) for prompt in prompts)
        try:
            ids = torch.tensor([[self._pad] * (width - len(p)) + list(p) for p in prompts])
            mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
            with torch.inference_mode():
                out = self._model.generate(
                    input_ids=ids,
                    attention_mask=mask,
                    generation_config=self._config(max(max_new_tokens), decoding),
                    logits_processor=_processors(decoding, width),
                )
        except _ERRORS as error:
            raise EngineFailed(f"transformers: {error}") from error
        new = out[:, width:].tolist()
        return [_hypothesis(row, limit, self._end) for row, limit in zip(new, max_new_tokens, strict=True)]

    def _config(self, limit: int, decoding: Decoding) -> Any:
        beams = {"num_beams": decoding.beam_size, "length_penalty": decoding.length_penalty}
        config: Any = GenerationConfig
        return config(
            max_new_tokens=limit + 1,  # the end token counts here
            do_sample=False,
            eos_token_id=self._end,
            pad_token_id=self._pad,
            **(beams if decoding.beam_size > 1 else {}),
        )

    def close(self) -> None:
        """See `base.Generator`."""
        self._model = None


class _Continuation(LogitsProcessor):
    """Shows another processor only what was generated: a translation may well repeat names of its prompt."""

    def __init__(self, inner: LogitsProcessor, width: int) -> None:
        self._inner, self._width = inner, width

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        generated = input_ids[:, self._width :]
        return self._inner(generated, scores) if generated.shape[1] else scores


def _processors(decoding: Decoding, width: int) -> LogitsProcessorList:
    processors = LogitsProcessorList()
    if decoding.repetition_penalty != 1.0:
        processors.append(_Continuation(RepetitionPenaltyLogitsProcessor(decoding.repetition_penalty), width))
    if decoding.no_repeat_ngram_size:
        processors.append(_Continuation(NoRepeatNGramLogitsProcessor(decoding.no_repeat_ngram_size), width))
    return processors


def _hypothesis(ids: list[int], limit: int, end: int) -> Hypothesis:
    length = ids.index(end) if end in ids else len(ids)
    return Hypothesis(tuple(ids[: min(length, limit)]), finished=end in ids and length <= limit)
