"""The engines of polygist, and its torch engine with dynamic int8, on its own model."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from polygist.engines.base import GREEDY, Engine, generate
from polygist.engines.batching import Bounds
from polygist.engines.devices import Seat
from polygist.engines.loading import load_engine
from polygist.settings import load
from polygist.store import installed


class Runtime:
    """An engine by its name, or "torch int8"; `row_tokens` is what each of `rows` may fill."""

    def __init__(self, name: str, threads: int, rows: int, row_tokens: int) -> None:
        card, built = installed.translation(load())[0]
        if name == "torch int8":
            self._engine = dynamic_int8(built.hf, threads)
        else:
            self._engine = load_engine(built, card, name, Seat(threads), Bounds(rows, rows * row_tokens))

    def generate(self, prompts: Sequence[Sequence[int]], limits: Sequence[int]) -> list[list[int]]:
        """The tokens of each row without the end token, at most its limit."""
        return [list(h.tokens) for h in generate(self._engine, prompts, limits, GREEDY)]


def dynamic_int8(hf: Path, threads: int) -> Engine:
    """All matrices but those of `down_proj`, whose inputs are too uneven for one factor for all of them."""
    import torch
    from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

    from polygist.engines.torch import TorchEngine

    torch.backends.quantized.engine = "onednn"
    nameless: Any = None
    engine = TorchEngine(hf, nameless, threads, "float32")
    quantize: Any = quantize_dynamic
    kept = {
        name: per_channel_dynamic_qconfig
        for name, module in engine._model.named_modules()
        if isinstance(module, torch.nn.Linear) and not name.endswith("down_proj")
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it will do some day
        engine._model = quantize(engine._model, kept, dtype=torch.qint8)
    return engine
