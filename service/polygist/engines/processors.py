"""What comes between a model's logits and the token that transformers' `generate` takes."""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import LogitsProcessor, StoppingCriteria
from transformers.generation.logits_process import NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor

from polygist.engines.base import Decoding, Halt, Row


class Continuation(LogitsProcessor):
    """Shows another processor only what was generated: a translation may well repeat names of its prompt."""

    def __init__(self, inner: LogitsProcessor, width: int) -> None:
        self._inner, self._width = inner, width

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        generated = input_ids[:, self._width :]
        return self._inner(generated, scores) if generated.shape[1] else scores


class Choice(LogitsProcessor):
    """Keeps the log probability of each token that greedy search takes behind it, and adds chance where rows are drawn.

    The largest of scores with Gumbel noise is a draw by their probabilities; the noise of each row comes out of its own
    seed, so neighbours change nothing.
    """

    def __init__(self, rows: Sequence[Row], device: str, inner: Sequence[LogitsProcessor]) -> None:
        self._inner = inner
        self._temperature = rows[0].decoding.temperature
        seeds = [row.decoding.seed + len(row.generated) for row in rows]
        self._generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
        self._chosen: list[torch.Tensor] = []

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        said = scores.log_softmax(-1)
        for processor in self._inner:
            scores = processor(input_ids, scores)
        if self._temperature:
            scores.div_(self._temperature)
            for row, generator in zip(scores, self._generators, strict=True):
                row -= torch.empty_like(row).exponential_(generator=generator).log()
        self._chosen.append(said.gather(1, scores.argmax(-1, keepdim=True)))
        return scores

    @property
    def log_probabilities(self) -> list[list[float]]:
        """Of each row, those of its tokens; also of padding behind its end."""
        found: list[list[float]] = torch.cat(self._chosen, dim=1).tolist()
        return found


class Halted(StoppingCriteria):
    """Asks `halt` between two steps, and is true from when that said so."""

    def __init__(self, halt: Halt) -> None:
        self._halt, self._halted = halt, False

    def __bool__(self) -> bool:
        return self._halted

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **_: Any) -> torch.BoolTensor:
        self._halted = self._halted or self._halt()
        made: Any = torch.full((input_ids.shape[0],), self._halted, device=input_ids.device, dtype=torch.bool)
        return made  # type: ignore[no-any-return]  # torch types tensors of truth by this name alone


def constraints(decoding: Decoding, width: int) -> list[LogitsProcessor]:
    """What keeps a continuation of prompts of that `width` from repeating itself."""
    processors: list[LogitsProcessor] = []
    if decoding.repetition_penalty != 1.0:
        processors.append(Continuation(RepetitionPenaltyLogitsProcessor(decoding.repetition_penalty), width))
    if decoding.no_repeat_ngram_size:
        processors.append(Continuation(NoRepeatNGramLogitsProcessor(decoding.no_repeat_ngram_size), width))
    return processors
