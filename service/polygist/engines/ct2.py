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

from polygist.engines.base import Decoding, Hypothesis
from polygist.errors import EngineFailed
from polygist.types import ModelInfo

_ERRORS = (RuntimeError, ValueError, IndexError)


class Ct2Generator:
    """A `base.Generator` over a folder made by CTranslate2's converter.

    `threads` is the number of cores a batch uses; the number format is that of the folder. `window` is the model's
    window of local attention in tokens, None where all attention is global. Raises EngineFailed when the folder can't
    be loaded.
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

    def generate(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: Sequence[int], decoding: Decoding
    ) -> list[Hypothesis]:
        """See `base.Generator`. Prompts are never cut: rotary positions have no end, and no length limit is set.

        What would leave the window of local attention is refused (EngineFailed): CTranslate2 4.8.5 answers it
        otherwise than the reference does.
        """
        longest = max((len(p) + n for p, n in zip(prompts, max_new_tokens, strict=True)), default=0)
        if self._window is not None and longest > self._window:
            raise EngineFailed(f"prompt and output of {longest} tokens exceed the attention window of {self._window}")
        results: list[Hypothesis | None] = [None] * len(prompts)
        for rows in _groups(prompts, decoding):
            limits = [max_new_tokens[row] for row in rows]
            for row, limit, ids in zip(
                rows, limits, self._run([prompts[r] for r in rows], limits, decoding), strict=True
            ):
                results[row] = _hypothesis(ids, limit, self._end)
        return [r for r in results if r is not None]

    def _run(self, prompts: list[Sequence[int]], limits: list[int], decoding: Decoding) -> list[list[int]]:
        if self._generator is None:
            raise EngineFailed("the engine is closed")
        try:
            results = self._generator.generate_batch(
                [[self._vocabulary[id] for id in prompt] for prompt in prompts],
                beam_size=decoding.beam_size,
                no_repeat_ngram_size=decoding.no_repeat_ngram_size,
                repetition_penalty=decoding.repetition_penalty,
                length_penalty=decoding.length_penalty,
                max_length=max(limits) + 1,  # the end token counts here
                sampling_topk=1,
                end_token=self._vocabulary[self._end],
                return_end_token=True,
                include_prompt_in_result=False,
            )
        except _ERRORS as error:
            raise EngineFailed(f"CTranslate2: {error}") from error
        return [result.sequences_ids[0] for result in results]

    def close(self) -> None:
        """See `base.Generator`."""
        if self._generator is not None:
            self._generator.unload_model()
        self._generator = None


def _groups(prompts: Sequence[Sequence[int]], decoding: Decoding) -> list[list[int]]:
    """Which rows to run together.

    In a batch of unequal prompts CTranslate2 counts what stands after the shortest one's length as already generated.
    Where repetition is penalised the answer would depend on the neighbours, so only equal lengths go together then.
    """
    if decoding.no_repeat_ngram_size == 0 and decoding.repetition_penalty == 1.0:
        return [list(range(len(prompts)))] if prompts else []
    groups: dict[int, list[int]] = defaultdict(list)
    for row, prompt in enumerate(prompts):
        groups[len(prompt)].append(row)
    return list(groups.values())


def _hypothesis(ids: list[int], limit: int, end: int) -> Hypothesis:
    finished = bool(ids) and ids[-1] == end and len(ids) - 1 <= limit
    return Hypothesis(tuple(ids[:-1] if finished else ids[:limit]), finished)
