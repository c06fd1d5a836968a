"""Decoder-only models on transformers' `generate`: the reference that the other engine is checked against."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, LogitsProcessor, LogitsProcessorList
from transformers.generation.logits_process import NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor

from polygist.engines.base import Decoding, Ended, Halt, Hypothesis, Row
from polygist.errors import EngineFailed, OutOfMemory
from polygist.store.quiet import quiet
from polygist.types import ModelInfo

_ERRORS = (RuntimeError, ValueError, IndexError, KeyError, TypeError)


class TorchEngine:
    """A `base.Engine` over a transformers folder.

    `threads` is bounded by the cores this process may use; `device` is torch's name of one ("cpu", "cuda:1"). Raises
    EngineFailed when the folder can't be loaded or the device not be used.
    """

    def __init__(
        self,
        folder: Path,
        info: ModelInfo,
        threads: int,
        dtype: Literal["bfloat16", "float32"] = "bfloat16",
        device: str = "cpu",
    ) -> None:
        self._info = info
        self._threads = max(1, min(threads, len(os.sched_getaffinity(0))))
        try:
            with quiet():
                model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
            self._model = model.eval().to(device)
        except (OSError, *_ERRORS) as error:
            raise EngineFailed(f"transformers can't load {folder}: {error}") from error
        self._device = device
        self._end, self._pad = model.config.eos_token_id, model.config.pad_token_id

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def joins(self) -> bool:
        """No: a batch ends as a whole."""
        return False

    @property
    def spare(self) -> int:
        """None: a batch is computed as it is given."""
        return 0

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        """See `base.Engine`. Is asked to halt between batches of different decoding alone."""
        if self._model is None:
            raise EngineFailed("the engine is closed")
        # One number for the whole process, which another library may have set since.
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        for decoding in dict.fromkeys(row.decoding for row in rows):
            group = [row for row in rows if row.decoding == decoding]
            for row, ids in zip(group, self._generate(group, decoding), strict=True):
                ended(row, _hypothesis(row.generated + ids, row.max_new_tokens, self._end))
            if halt():
                return

    def _generate(self, rows: Sequence[Row], decoding: Decoding) -> list[list[int]]:
        prompts = [[*row.prompt, *row.generated] for row in rows]
        width = max(len(prompt) for prompt in prompts)
        limit = max(row.max_new_tokens - len(row.generated) for row in rows)
        try:
            ids = torch.tensor([[self._pad] * (width - len(p)) + p for p in prompts], device=self._device)
            mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=self._device)
            with torch.inference_mode():
                out = self._model.generate(
                    input_ids=ids,
                    attention_mask=mask,
                    generation_config=self._config(limit, decoding),
                    logits_processor=_processors(decoding, width),
                )
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise OutOfMemory("torch can't have the memory it asks for") from error
        except _ERRORS as error:
            # On a CPU the allocator's error is a RuntimeError like any other.
            kind = OutOfMemory if "can't allocate memory" in str(error) else EngineFailed
            raise kind(f"transformers: {error}") from error
        new: list[list[int]] = out[:, width:].tolist()
        return new

    def drop(self, rows: Sequence[Row]) -> None:
        """Nothing is kept for a row."""

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
        """See `base.Engine`."""
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
