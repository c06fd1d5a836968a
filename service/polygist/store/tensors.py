"""Weights as numpy arrays: read from a safetensors file, and rounded to 8 bits."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from polygist.errors import ModelCorrupt

Array = np.ndarray[Any, Any]

_TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


class Tensors:
    """The tensors of a safetensors file, each read when asked for (https://github.com/huggingface/safetensors#format).

    The library's own reader has no bfloat16 for numpy.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        with file.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            self._header: dict[str, Any] = json.loads(stream.read(size))
        self._start = 8 + size

    def __contains__(self, name: str) -> bool:
        return name in self._header

    def __getitem__(self, name: str) -> Array:
        """The tensor in float32. Raises ModelCorrupt when there is none of that name, or its type is not of a float."""
        found = self._header.get(name)
        if found is None or found["dtype"] not in _TYPES:
            raise ModelCorrupt(f"{self._file}: {name} is {'missing' if found is None else found['dtype']}")
        start, end = found["data_offsets"]
        kind = np.dtype(_TYPES[found["dtype"]])
        raw = np.fromfile(self._file, kind, (end - start) // kind.itemsize, offset=self._start + start)
        return _float32(raw).reshape(found["shape"])


def _float32(raw: Array) -> Array:
    """bfloat16, read as uint16, is the upper half of a float32: 0x3F80 -> 1.0."""
    if raw.dtype == np.uint16:
        return (raw.astype(np.uint32) << 16).view(np.float32)
    return raw.astype(np.float32)


def round_rows(weight: Array) -> tuple[Array, Array, Array]:
    """Round a matrix to 8 bits, each row over its own range: the weight is nearly (rounded - zero) * scale.

    (rows, columns) in float32 -> the rounded ones, uint8, and for each row what zero became, (rows, 1) in uint8, and
    the size of a step, (rows, 1) in float32. [[-1.0, 0.5, 4.1]] -> [[0, 75, 255]], [[50]], [[0.02]]
    """
    low = np.minimum(weight.min(axis=1, keepdims=True), 0)
    high = np.maximum(weight.max(axis=1, keepdims=True), 0)
    scale = np.maximum((high - low) / 255, np.finfo(np.float32).tiny)
    zero = np.rint(-low / scale)
    rounded = np.clip(np.rint(weight / scale) + zero, 0, 255)
    return rounded.astype(np.uint8), zero.astype(np.uint8), scale.astype(np.float32)
