"""Decoder-only models on OpenVINO GenAI's continuous batching (https://github.com/openvinotoolkit/openvino.genai):
int8 weights on a CPU, rows join and leave between any two steps. The default engine."""

import itertools
import json
from collections import deque
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import openvino
import openvino_genai as genai

from polygist.engines.base import Ended, Halt, Row, best_of, hypothesis_of
from polygist.engines.batching import Bounds, places
from polygist.errors import EngineFailed, OutOfMemory
from polygist.types import ModelInfo

# Tokens of a block of OpenVINO's paged cache on a CPU.
_BLOCK = 32
# In one step so many rows begin, and so many tokens of prompts are read beside the rows that decode: who comes
# meanwhile waits for its end. Rows that stood aside are read again, which would take as long as some steps all at once.
_STEP_ROWS, _STEP_TOKENS = 2, 64
# One row more than its bounds for so many of them: those that end meanwhile find somebody in line.
_SPARE_SHARE = 4
_RUNNING = genai.GenerationStatus.RUNNING

# Token ids, and the logarithm of the probability of each.
Made = tuple[list[int], list[float]]


class OpenVinoEngine:
    """A `base.Engine` over a folder with OpenVINO's graph of a model.

    `threads` is the number of cores it uses; `bounds` sizes the cache of keys and values, with as much again for rows
    that are halted, and `keys_and_values` is its number format. Weights are int8 where the graph has them so; what is
    computed with them is float32. With int8 weights the wording of an answer may depend on what else is computed beside
    it: OpenVINO adds in another order where there are fewer rows than threads.

    Raises EngineFailed when the folder can't be loaded.
    """

    def __init__(
        self,
        folder: Path,
        info: ModelInfo,
        threads: int,
        bounds: Bounds,
        keys_and_values: Literal["f16", "f32"] = "f16",
    ) -> None:
        self._info = info
        self._rows = bounds.rows
        self._numbers = itertools.count()
        self._handles: dict[Row, Any] = {}
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self._end, self._vocabulary = config["eos_token_id"], config["vocab_size"]
            self._pipeline: Any = genai.ContinuousBatchingPipeline(
                str(folder), _scheduling(bounds), "CPU", _properties(threads, keys_and_values)
            )
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise EngineFailed(f"OpenVINO can't load {folder}: {error}") from error

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def joins(self) -> bool:
        """Yes."""
        return True

    @property
    def spare(self) -> int:
        """A quarter of the bounds."""
        return self._rows // _SPARE_SHARE

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        """See `base.Engine`. N-grams can be kept from repeating with beams alone, and a penalty set without them."""
        if self._pipeline is None:
            raise EngineFailed("the engine is closed")
        for row in rows:
            self._check(row)
        try:
            self._stand_aside(self._handles.keys() - set(rows))
            line = deque(row for row in rows if row not in self._handles)
            while self._handles or line:
                self._fill(line)
                self._pipeline.step()
                self._collect(ended)
                if halt():
                    return
        except MemoryError as error:
            self._handles.clear()
            raise OutOfMemory("OpenVINO can't have the memory it asks for") from error
        except RuntimeError as error:
            self._handles.clear()
            raise EngineFailed(f"OpenVINO: {error}") from error

    def _check(self, row: Row) -> None:
        """OpenVINO reads beyond its table for an id that it does not have."""
        if not row.prompt or not all(0 <= id < self._vocabulary for id in row.prompt):
            raise EngineFailed("a prompt is empty or has a token that the model does not know")
        how = row.decoding
        if (how.no_repeat_ngram_size and how.beam_size == 1) or (how.repetition_penalty != 1.0 and how.beam_size > 1):
            raise EngineFailed("OpenVINO GenAI does not decode in this way")

    def _fill(self, line: deque[Row]) -> None:
        """Begin those who are next, as far as there is room and a step takes no longer for them."""
        for _ in range(_STEP_ROWS):
            if line and (not self._handles or places([*self._handles, line[0]]) <= self._rows):
                row = line.popleft()
                self._handles[row] = self._add(row)

    def _add(self, row: Row) -> Any:
        """A handle; dropping it ends the row."""
        ids = openvino.Tensor(np.array([[*row.prompt, *row.generated]], dtype=np.int64))
        return self._pipeline.add_request(next(self._numbers), ids, _config(row, self._end))

    def _stand_aside(self, rows: Collection[Row]) -> None:
        """Halted rows keep what they have; going on, they find most of it in the cache of prefixes."""
        for row in rows:
            handle = self._handles.pop(row)
            if row.decoding.beam_size == 1:
                ids, log_probabilities = _read(handle)
                row.generated += ids
                row.log_probability += sum(log_probabilities)
            handle.cancel()

    def _collect(self, ended: Ended) -> None:
        for row, handle in [(r, h) for r, h in self._handles.items() if h.get_status() != _RUNNING]:
            del self._handles[row]
            ended(row, best_of([hypothesis_of(row, *made, (self._end,)) for made in _last(handle)]))

    def drop(self, rows: Sequence[Row]) -> None:
        """See `base.Engine`."""
        for row in rows:
            if handle := self._handles.pop(row, None):
                handle.cancel()

    def close(self) -> None:
        """See `base.Engine`."""
        if self._pipeline is not None:
            self.drop(list(self._handles))
            if self._pipeline.has_non_finished_requests():
                self._pipeline.step()  # OpenVINO lets go of cancelled rows in a step
        self._pipeline = None


def _scheduling(bounds: Bounds) -> Any:
    config: Any = genai.SchedulerConfig()
    config.max_num_seqs = 2 * bounds.rows
    config.max_num_batched_tokens = config.max_num_seqs + _STEP_TOKENS
    config.num_kv_blocks = 2 * (bounds.tokens // _BLOCK + bounds.rows)
    config.dynamic_split_fuse = True
    config.enable_prefix_caching = True
    return config


def _properties(threads: int, keys_and_values: str) -> dict[str, Any]:
    return {
        "KV_CACHE_PRECISION": keys_and_values,
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "f32",
        "NUM_STREAMS": 1,
        # Pinned threads of several replicas, or containers, would share a core and leave another idle.
        "ENABLE_CPU_PINNING": False,
    }


def _config(row: Row, end: int) -> Any:
    config: Any = genai.GenerationConfig()
    config.max_new_tokens = row.max_new_tokens - len(row.generated) + 1  # the end token counts here
    config.logprobs = 1  # of each token, whatever it was chosen by
    config.set_eos_token_id(end)
    config.apply_chat_template = False
    how = row.decoding
    config.do_sample = how.temperature > 0
    if config.do_sample:
        config.temperature = how.temperature
        config.rng_seed = how.seed + len(row.generated)
    config.repetition_penalty = how.repetition_penalty
    if how.no_repeat_ngram_size:
        config.no_repeat_ngram_size = how.no_repeat_ngram_size
    if how.beam_size > 1:
        config.num_beams = config.num_return_sequences = how.beam_size
        config.length_penalty = how.length_penalty
        config.stop_criteria = genai.StopCriteria.HEURISTIC
    return config


def _read(handle: Any) -> Made:
    """What a row under way has made since it was begun."""
    ids: list[int] = []
    log_probabilities: list[float] = []
    while handle.can_read():
        for output in handle.read().values():
            ids += output.generated_ids
            log_probabilities += output.generated_log_probs
    return ids, log_probabilities


def _last(handle: Any) -> list[Made]:
    """All that an ended row has made, the best of its beams first."""
    outputs: list[Any] = sorted(handle.read_all(), key=lambda output: -output.score)
    return [(list(output.generated_ids), list(output.generated_log_probs)) for output in outputs]
