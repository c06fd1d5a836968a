"""Decoder-only models on CTranslate2 (https://github.com/OpenNMT/CTranslate2): int8 on a CPU, the default engine.

On a CPU, CTranslate2 picks Intel MKL on Intel processors and oneDNN on all others; that is the faster of the two on
both, so nothing is set here. CT2_USE_MKL=1 in the environment would force MKL (several times slower on AMD).
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import ctranslate2

from polygist.engines.base import Decoding, Ended, Halt, Hypothesis, Row, best_of
from polygist.errors import EngineFailed, OutOfMemory
from polygist.types import ModelInfo

_ERRORS = (RuntimeError, ValueError, IndexError)
_VOCABULARIES = ("vocabulary.json", "shared_vocabulary.json")

# Token ids with the end token, and the logarithm of their probability.
Made = tuple[list[int], float]


class Ct2Engine:
    """A `base.Engine` over a folder made by CTranslate2's converter.

    `threads` is the number of cores a batch uses; the number format is that of the folder. `window` is the model's
    window of local attention in tokens, None where all attention is global. `ends` are the tokens that end an answer,
    None for "<eos>". What is drawn at random does not repeat: CTranslate2 draws for all rows out of one stream,
    whatever their seeds. Raises EngineFailed when the folder can't be loaded.
    """

    def __init__(
        self, folder: Path, info: ModelInfo, threads: int, window: int | None = None, ends: Sequence[int] | None = None
    ) -> None:
        self._info, self._window = info, window
        try:
            self._vocabulary = _vocabulary(folder)
            self._ends = (self._vocabulary.index("<eos>"),) if ends is None else tuple(ends)
            self._model: Any = self._opened(str(folder), threads)
        except (OSError, *_ERRORS) as error:
            raise EngineFailed(f"CTranslate2 can't load {folder}: {error}") from error

    def _opened(self, folder: str, threads: int) -> Any:
        return ctranslate2.Generator(folder, device="cpu", inter_threads=1, intra_threads=threads)

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
        self._check(rows)
        for group in self._groups(rows):
            limits = [row.max_new_tokens - len(row.generated) for row in group]
            for row, limit, made in zip(group, limits, self._run(group, max(limits)), strict=True):
                ended(row, best_of([_hypothesis(row, limit, *one, self._ends) for one in made]))
            if halt():
                return

    def _check(self, rows: Sequence[Row]) -> None:
        longest = max((row.tokens for row in rows), default=0)
        if self._window is not None and longest > self._window:
            raise EngineFailed(f"prompt and output of {longest} tokens exceed the attention window of {self._window}")

    def _groups(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Which rows to run together: those of one decoding.

        In a batch of unequal prompts CTranslate2 counts what stands after the shortest one's length as already
        generated. Where repetition is penalised, or the lengths of beams are weighed, the answer would depend on the
        neighbours, so only equal lengths go together then.
        """
        groups: dict[tuple[Decoding, int], list[Row]] = defaultdict(list)
        for row in rows:
            how = row.decoding
            free = how.no_repeat_ngram_size == 0 and how.repetition_penalty == 1.0 and how.beam_size == 1
            groups[how.way, 0 if free else len(row.prompt) + len(row.generated)].append(row)
        return list(groups.values())

    def drop(self, rows: Sequence[Row]) -> None:
        """Nothing is kept for a row."""

    def _run(self, rows: Sequence[Row], limit: int) -> list[list[Made]]:
        """What was made of each prompt, best first."""
        if self._model is None:
            raise EngineFailed("the engine is closed")
        decoding = rows[0].decoding
        how = {
            "beam_size": decoding.beam_size,
            "num_hypotheses": decoding.beam_size,
            "no_repeat_ngram_size": decoding.no_repeat_ngram_size,
            "repetition_penalty": decoding.repetition_penalty,
            "length_penalty": decoding.length_penalty,
            "sampling_topk": 0 if decoding.temperature else 1,
            "sampling_temperature": decoding.temperature or 1.0,
            "return_scores": True,
            "return_end_token": True,
        }
        try:
            return self._continued(rows, limit, how)
        except MemoryError as error:
            raise OutOfMemory("CTranslate2 can't have the memory it asks for") from error
        except _ERRORS as error:
            raise EngineFailed(f"CTranslate2: {error}") from error

    def _continued(self, rows: Sequence[Row], limit: int, how: dict[str, Any]) -> list[list[Made]]:
        """New tokens of each row with the end token, and the logarithm of their probability: a score is that over a
        power of the length."""
        results = self._model.generate_batch(
            [self._names((*row.prompt, *row.generated)) for row in rows],
            max_length=limit + 1,  # the end token counts here
            end_token=self._names(self._ends),
            include_prompt_in_result=False,
            **how,
        )
        penalty = how["length_penalty"]
        return [
            [(ids, score * len(ids) ** penalty) for ids, score in zip(result.sequences_ids, result.scores, strict=True)]
            for result in results
        ]

    def _names(self, ids: Sequence[int]) -> list[str]:
        return [self._vocabulary[id] for id in ids]

    def close(self) -> None:
        """See `base.Engine`."""
        if self._model is not None:
            self._model.unload_model()
        self._model = None


def _vocabulary(folder: Path) -> list[str]:
    """The names that tokens have in the folder, by their ids."""
    file = next((folder / name for name in _VOCABULARIES if (folder / name).is_file()), folder / _VOCABULARIES[0])
    names: list[str] = json.loads(file.read_text(encoding="utf-8"))
    return names


def _hypothesis(row: Row, limit: int, ids: list[int], log_probability: float, ends: Collection[int]) -> Hypothesis:
    """What goes beyond the row's own limit is cut off, with its share of the logarithm."""
    finished = bool(ids) and ids[-1] in ends and len(ids) - 1 <= limit
    kept = ids if finished else ids[:limit]
    share = log_probability * len(kept) / max(1, len(ids))
    return Hypothesis((*row.generated, *(kept[:-1] if finished else kept)), finished, row.log_probability + share)
