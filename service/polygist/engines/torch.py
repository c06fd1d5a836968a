"""Decoder-only models on transformers' `generate`: the reference that the other engine is checked against."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, LogitsProcessorList

from polygist.engines.base import Decoding, Ended, Halt, Row, best_of, hypothesis_of
from polygist.engines.processors import Choice, constraints
from polygist.errors import EngineFailed, OutOfMemory
from polygist.store.quiet import quiet
from polygist.types import ModelInfo

_ERRORS = (RuntimeError, ValueError, IndexError, KeyError, TypeError)

# Token ids, and the logarithm of the probability of each.
Made = tuple[list[int], list[float]]


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
        for way in dict.fromkeys(row.decoding.way for row in rows):
            group = [row for row in rows if row.decoding.way == way]
            for row, made in zip(group, self._generate(group, way), strict=True):
                ended(row, best_of([hypothesis_of(row, *one, self._end) for one in made]))
            if halt():
                return

    def _generate(self, rows: Sequence[Row], decoding: Decoding) -> list[list[Made]]:
        """What was made of each row, best first."""
        prompts = [[*row.prompt, *row.generated] for row in rows]
        width = max(len(prompt) for prompt in prompts)
        limit = max(row.max_new_tokens - len(row.generated) for row in rows)
        constrained = constraints(decoding, width)
        choice = Choice(rows, self._device, constrained) if decoding.beam_size == 1 else None
        try:
            ids = torch.tensor([[self._pad] * (width - len(p)) + p for p in prompts], device=self._device)
            mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=self._device)
            with torch.inference_mode():
                out = self._model.generate(
                    input_ids=ids,
                    attention_mask=mask,
                    generation_config=self._config(limit, decoding),
                    logits_processor=LogitsProcessorList([choice] if choice else constrained),
                )
                new: list[list[int]] = out[:, width:].tolist()
                if choice:
                    return [[made] for made in zip(new, choice.log_probabilities, strict=True)]
                n = decoding.beam_size
                return [
                    [(ids, self._log_probabilities(prompt, ids)) for ids in new[i * n : (i + 1) * n]]
                    for i, prompt in enumerate(prompts)
                ]
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise OutOfMemory("torch can't have the memory it asks for") from error
        except _ERRORS as error:
            # On a CPU the allocator's error is a RuntimeError like any other.
            kind = OutOfMemory if "can't allocate memory" in str(error) else EngineFailed
            raise kind(f"transformers: {error}") from error

    def _log_probabilities(self, prompt: list[int], added: list[int]) -> list[float]:
        """What the model says of tokens that beam search has found."""
        ids = torch.tensor([prompt + added], device=self._device)
        logits = self._model(ids, logits_to_keep=len(added) + 1).logits[0, :-1].float()
        found: list[float] = logits.log_softmax(-1).gather(1, ids[0, len(prompt) :, None])[:, 0].tolist()
        return found

    def drop(self, rows: Sequence[Row]) -> None:
        """Nothing is kept for a row."""

    def _config(self, limit: int, decoding: Decoding) -> Any:
        n = decoding.beam_size
        beams = {"num_beams": n, "num_return_sequences": n, "length_penalty": decoding.length_penalty}
        config: Any = GenerationConfig
        return config(
            max_new_tokens=limit + 1,  # the end token counts here
            do_sample=False,
            eos_token_id=self._end,
            pad_token_id=self._pad,
            **(beams if n > 1 else {}),
        )

    def close(self) -> None:
        """See `base.Engine`."""
        self._model = None
