"""Decoder-only models on CTranslate2 (https://github.com/OpenNMT/CTranslate2): int8 on a CPU, the default engine.

On a CPU, CTranslate2 picks Intel MKL on Intel processors and oneDNN on all others; that is the faster of the two on
both, so nothing is set here. CT2_USE_MKL=1 in the environment would force MKL (several times slower on AMD).
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2

from polygist.engines.base import Decoding, Ended, Halt, Hypothesis, Row, best_of
from polygist.errors import EngineFailed, OutOfMemory
from polygist.types import ModelInfo

_ERRORS = (RuntimeError, ValueError, IndexError)

# Token ids with the end token, and the logarithm of their probability.
Made = tuple[list[int], float]


class Ct2Engine:
    """A `base.Engine` over a folder made by CTranslate2's converter.

    `threads` is the number of cores a batch uses; the number format is that of the folder. `window` is the model's
    window of local attention in tokens, None where all attention is global. What is drawn at random does not repeat:
    CTranslate2 draws for all rows out of one stream, whatever their seeds. Raises EngineFailed when the folder can't be
    loaded.
    """

    def __init__(
        self,
        folder: Path,
        info: ModelInfo,
        threads: int,
        window: int | None = None,
        end_token: str = "<eos>",  # noqa: S107  # a token of text, no secret
    ) -> None:
        self._info, self._window = info, window
        try:
            self._vocabulary: list[str] = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
            self._end = self._vocabulary.index(end_token)
            self._generator: Any = ctranslate2.Generator(
                str(folder), device="cpu", inter_threads=1, intra_threads=threads
            )
        except (OSError, *_ERRORS) as error:
            raise EngineFailed(f"CTranslate2 can't load {folder}: {error}") from error

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
        """See `base.Engine`. Prompts are never cut: rotary positions have no end, and no length limit is set.

        What would leave the window of local attention is refused (EngineFailed): CTranslate2 4.8.5 answers it
        otherwise than the reference does.
        """
        longest = max((row.tokens for row in rows), default=0)
        if self._window is not None and longest > self._window:
            raise EngineFailed(f"prompt and output of {longest} tokens exceed the attention window of {self._window}")
        for group in _groups(rows):
            limits = [row.max_new_tokens - len(row.generated) for row in group]
            prompts = [[*row.prompt, *row.generated] for row in group]
            for row, limit, made in zip(group, limits, self._run(prompts, limits, group[0].decoding), strict=True):
                ended(row, best_of([_hypothesis(row, limit, *one, self._end) for one in made]))
            if halt():
                return

    def drop(self, rows: Sequence[Row]) -> None:
        """Nothing is kept for a row."""

    def _run(self, prompts: list[list[int]], limits: list[int], decoding: Decoding) -> list[list[Made]]:
        """What was made of each prompt, best first."""
        if self._generator is None:
            raise EngineFailed("the engine is closed")
        try:
            results = self._generator.generate_batch(
                [[self._vocabulary[id] for id in prompt] for prompt in prompts],
                beam_size=decoding.beam_size,
                num_hypotheses=decoding.beam_size,
                no_repeat_ngram_size=decoding.no_repeat_ngram_size,
                repetition_penalty=decoding.repetition_penalty,
                length_penalty=decoding.length_penalty,
                max_length=max(limits) + 1,  # the end token counts here
                sampling_topk=0 if decoding.temperature else 1,
                sampling_temperature=decoding.temperature or 1.0,
                return_scores=True,
                end_token=self._vocabulary[self._end],
                return_end_token=True,
                include_prompt_in_result=False,
            )
        except MemoryError as error:
            raise OutOfMemory("CTranslate2 can't have the memory it asks for") from error
        except _ERRORS as error:
            raise EngineFailed(f"CTranslate2: {error}") from error
        return [_made(result, decoding) for result in results]

    def close(self) -> None:
        """See `base.Engine`."""
        if self._generator is not None:
            self._generator.unload_model()
        self._generator = None


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """Which rows to run together: those of one decoding.

    In a batch of unequal prompts CTranslate2 counts what stands after the shortest one's length as already generated.
    Where repetition is penalised, or the lengths of beams are weighed, the answer would depend on the neighbours, so
    only equal lengths go together then.
    """
    groups: dict[tuple[Decoding, int], list[Row]] = defaultdict(list)
    for row in rows:
        how = row.decoding
        free = how.no_repeat_ngram_size == 0 and how.repetition_penalty == 1.0 and how.beam_size == 1
        groups[how.way, 0 if free else len(row.prompt) + len(row.generated)].append(row)
    return list(groups.values())


def _made(result: Any, decoding: Decoding) -> list[Made]:
    rows = zip(result.sequences_ids, result.scores, strict=True)
    return [(ids, score * len(ids) ** decoding.length_penalty) for ids, score in rows]


def _hypothesis(row: Row, limit: int, ids: list[int], log_probability: float, end: int) -> Hypothesis:
    """What goes beyond the row's own limit is cut off, with its share of the logarithm."""
    finished = bool(ids) and ids[-1] == end and len(ids) - 1 <= limit
    kept = ids if finished else ids[:limit]
    share = log_probability * len(kept) / max(1, len(ids))
    return Hypothesis((*row.generated, *(kept[:-1] if finished else kept)), finished, row.log_probability + share)
