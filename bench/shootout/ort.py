"""Greedy decoding on ONNX Runtime, over a graph of to_onnx.py: keys and values stay where they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

READ_ROWS = 8


class Runtime:
    """Prompts are padded on the right; rows leave when they end, and others take their place."""

    def __init__(self, file: Path, threads: int, end: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self._pasts = [i for i in self._session.get_inputs() if i.name.startswith("past.")]
        self._made = [o.name for o in self._session.get_outputs()]
        self._end = end

    def generate(self, prompts: Sequence[Sequence[int]], limits: Sequence[int], slots: int = 0) -> list[list[int]]:
        """The tokens of each row without the end token, at most its limit.

        All rows at once, or no more than `slots`: whenever a row ends, the next one is read into its place.
        """
        slots = min(slots or len(prompts), len(prompts))
        found: list[list[int]] = [[] for _ in prompts]
        active, waiting = list(range(slots)), list(range(slots, len(prompts)))[::-1]
        lengths = np.array([len(p) for p in prompts[:slots]], dtype=np.int32)
        past = self.cache(slots, max(len(p) + n for p, n in zip(prompts, limits, strict=True)) + 1)
        tokens, bound = self._read(prompts[:slots], past), self._bind(past)

        def ends(i: int) -> bool:
            return tokens[i] == self._end or len(found[active[i]]) == limits[active[i]]

        while True:
            for i in range(len(active)):
                while ends(i) and waiting:
                    active[i] = waiting.pop()
                    prompt = prompts[active[i]]
                    lengths[i], [tokens[i]] = len(prompt), self._read([prompt], [p[i : i + 1] for p in past])
            on = [i for i in range(len(active)) if not ends(i)]
            if not on:
                return found
            for i in on:
                found[active[i]].append(tokens[i])
            if len(on) < len(active):
                on = _moved(past, on)
                active, lengths, past = [active[i] for i in on], lengths[on], [p[: len(on)] for p in past]
                bound = self._bind(past)
            ids = np.array([[found[row][-1]] for row in active], dtype=np.int64)
            lengths = lengths + np.int32(1)
            tokens = self._step(bound, ids, lengths, np.zeros_like(lengths))

    def cache(self, rows: int, tokens: int) -> list[np.ndarray[Any, Any]]:
        """Room for keys and values of so many tokens in each row: two arrays for each layer."""
        return [np.zeros((rows, p.shape[1], tokens, p.shape[3]), dtype=np.float32) for p in self._pasts]

    def _read(self, prompts: Sequence[Sequence[int]], past: Sequence[np.ndarray[Any, Any]]) -> list[int]:
        """The first token after each prompt; a few prompts are read at once, so that little is padded."""
        tokens: list[int] = []
        for start in range(0, len(prompts), READ_ROWS):
            some = slice(start, start + READ_ROWS)
            lengths = np.array([len(p) for p in prompts[some]], dtype=np.int32)
            ids = np.zeros((len(lengths), lengths.max()), dtype=np.int64)
            for row, prompt in zip(ids, prompts[some], strict=True):
                row[: len(prompt)] = prompt
            tokens += self._step(self._bind([p[some] for p in past]), ids, lengths, lengths - 1)
        return tokens

    def _bind(self, past: Sequence[np.ndarray[Any, Any]]) -> Any:
        """What is read as past is also where the new keys and values are written."""
        bound = self._session.io_binding()
        bound.bind_output(self._made[0])
        for described, made, array in zip(self._pasts, self._made[1:], past, strict=True):
            value = onnxruntime.OrtValue.ortvalue_from_numpy(array)
            bound.bind_ortvalue_input(described.name, value)
            bound.bind_ortvalue_output(made, value)
        return bound

    def _step(self, bound: Any, ids: Any, lengths: Any, last: Any) -> list[int]:
        """The next tokens. `lengths` are of whole rows, `last` says which of the ids of each is its last."""
        # The binding holds no reference to the arrays.
        given = {
            "ids": ids,
            "last_positions": lengths - np.int32(1),
            "length": np.array(lengths.max(), dtype=np.int32),
            "last": last.astype(np.int64)[:, None],
        }
        values = {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in given.items()}
        for name, value in values.items():
            bound.bind_ortvalue_input(name, value)
        self._session.run_with_iobinding(bound)
        tokens: list[int] = bound.get_outputs()[0].numpy().tolist()
        return tokens


def _moved(arrays: Sequence[np.ndarray[Any, Any]], on: Sequence[int]) -> list[int]:
    """Rows that go on, moved to the front; which stands where.

    >>> a = np.array([10, 11, 12, 13])
    >>> _moved([a], [1, 3]), a[:2]
    ([3, 1], array([13, 11]))
    """
    places = list(range(len(on)))
    free, behind = [i for i in places if i not in on], [i for i in on if i >= len(on)]
    for place, i in zip(free, behind, strict=True):
        places[place] = i
    for array in arrays:
        array[free] = array[behind]
    return places
