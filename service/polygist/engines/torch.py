"""Models on transformers' `generate`: the reference that the other engines are checked against."""

import os
from collections.abc import Hashable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, LogitsProcessorList, StoppingCriteriaList

from polygist.engines.base import Decoding, Ended, Halt, Row, best_of, hypothesis_of
from polygist.engines.processors import Choice, Halted, constraints
from polygist.errors import EngineFailed, OutOfMemory
from polygist.store.quiet import quiet
from polygist.types import ModelInfo

ERRORS = (RuntimeError, ValueError, IndexError, KeyError, TypeError)

Dtype = Literal["bfloat16", "float32"]
# Token ids, and the logarithm of the probability of each.
Made = tuple[list[int], list[float]]


class TorchEngine:
    """A `base.Engine` over a transformers folder of a decoder-only model.

    `threads` is bounded by the cores this process may use; `device` is torch's name of one ("cpu", "cuda:1"). What the
    folder says of how to decode is passed over, but for the tokens that end an answer.

    Raises EngineFailed when the folder can't be loaded or the device not be used.
    """

    kind: Any = AutoModelForCausalLM

    def __init__(
        self,
        folder: Path,
        info: ModelInfo,
        threads: int,
        dtype: Dtype = "bfloat16",
        device: str = "cpu",
    ) -> None:
        self._info = info
        self._threads = max(1, min(threads, len(os.sched_getaffinity(0))))
        try:
            with quiet():
                # Neither code nor pickles of a folder are run.
                safe = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
                model: Any = self.kind.from_pretrained(folder, dtype=dtype, **safe)
            self._model = model.eval().to(device)
        except (OSError, *ERRORS) as error:
            raise EngineFailed(f"transformers can't load {folder}: {error}") from error
        self._device = device
        self._learn(model)
        config: Any = GenerationConfig
        model.generation_config = config()

    def _learn(self, model: Any) -> None:
        """Keep what its configuration says."""
        self._ends = _ends(model)
        self._pad: int = self._ends[0] if model.config.pad_token_id is None else model.config.pad_token_id

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
        """See `base.Engine`. Of a halted beam search nothing is kept."""
        if self._model is None:
            raise EngineFailed("the engine is closed")
        self._take_threads()
        halted = Halted(halt)
        for group in _groups(rows, self._company):
            self._bring(group, ended, halted)
            if halted or halt():
                return

    def _take_threads(self) -> None:
        """One number for the whole process, which another library may have set since."""
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)

    def _company(self, row: Row) -> Hashable:
        """What rows that are computed together have in common."""
        return row.decoding.way

    def _bring(self, rows: Sequence[Row], ended: Ended, halted: Halted) -> None:
        for row, made in zip(rows, self._generate(rows, rows[0].decoding, halted), strict=True):
            found = [hypothesis_of(row, *one, self._ends) for one in made]
            if not halted or found[0].finished or len(found[0].tokens) == row.max_new_tokens:
                ended(row, best_of(found))
            elif row.decoding.beam_size == 1:
                row.generated[:], row.log_probability = found[0].tokens, found[0].log_probability

    def _generate(self, rows: Sequence[Row], decoding: Decoding, halted: Halted) -> list[list[Made]]:
        """What was made of each row, best first."""
        limit = max(row.max_new_tokens - len(row.generated) for row in rows)
        try:
            inputs, width = self._inputs(rows)
            constrained = constraints(decoding, width)
            choice = Choice(rows, self._device, constrained) if decoding.beam_size == 1 else None
            with torch.inference_mode():
                out = self._model.generate(
                    **inputs,
                    generation_config=self._config(limit, decoding),
                    logits_processor=LogitsProcessorList([choice] if choice else constrained),
                    stopping_criteria=StoppingCriteriaList([halted]),
                )
                new: list[list[int]] = out[:, width:].tolist()
                if choice:
                    return [[made] for made in zip(new, choice.log_probabilities, strict=True)]
                if halted:
                    return [[([], [])]] * len(rows)
                n = decoding.beam_size
                return [
                    [(ids, self._log_probabilities(row, ids)) for ids in new[i * n : (i + 1) * n]]
                    for i, row in enumerate(rows)
                ]
        except (MemoryError, *ERRORS) as error:
            raise failure(error) from error

    def _inputs(self, rows: Sequence[Row]) -> tuple[dict[str, torch.Tensor], int]:
        """What `generate` is given, and how much of what comes back was there before."""
        prompts = [[*row.prompt, *row.generated] for row in rows]
        width = max(len(prompt) for prompt in prompts)
        ids = torch.tensor([[self._pad] * (width - len(p)) + p for p in prompts], device=self._device)
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=self._device)
        return {"input_ids": ids, "attention_mask": mask}, width

    def _log_probabilities(self, row: Row, added: list[int]) -> list[float]:
        """What the model says of tokens that beam search has found."""
        ids = torch.tensor([[*row.prompt, *row.generated, *added]], device=self._device)
        logits = self._model(ids, logits_to_keep=len(added) + 1).logits[0, :-1].float()
        return self._of(logits, added)

    def _of(self, logits: torch.Tensor, added: list[int]) -> list[float]:
        chosen = torch.tensor(added, device=self._device)[:, None]
        found: list[float] = logits.log_softmax(-1).gather(1, chosen)[:, 0].tolist()
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
            eos_token_id=list(self._ends),
            pad_token_id=self._pad,
            **(beams if n > 1 else {}),
        )

    def close(self) -> None:
        """See `base.Engine`."""
        self._model = None


def failure(error: Exception) -> EngineFailed:
    """What an error of the library means: OutOfMemory or EngineFailed."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return OutOfMemory("torch can't have the memory it asks for")
    # On a CPU the allocator's error is a RuntimeError like any other.
    kind = OutOfMemory if "can't allocate memory" in str(error) else EngineFailed
    return kind(f"transformers: {error}")


def _ends(model: Any) -> tuple[int, ...]:
    """The tokens that end an answer: instruction models have several."""
    own, general = model.generation_config.eos_token_id, model.config.eos_token_id
    found = general if own is None else own
    return tuple(found) if isinstance(found, list) else (found,)


def _groups(rows: Sequence[Row], key: Any) -> list[list[Row]]:
    """Rows by what they have in common, in the order of the first of each."""
    order = list(dict.fromkeys(map(key, rows)))
    placed = sorted(rows, key=lambda row: order.index(key(row)))
    return [list(group) for _, group in groupby(placed, key)]
