"""Greedy decoding on llama.cpp through its C interface: rows leave when they end."""

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import llama_cpp as llama
import numpy as np

STEP_TOKENS = 2048


class Runtime:
    """`rows` are decoded at once, each with `row_tokens` for prompt and output."""

    def __init__(self, file: Path, threads: int, end: int, rows: int, row_tokens: int) -> None:
        self._silence = llama.llama_log_callback(lambda *_: None)
        llama.llama_log_set(self._silence, ctypes.c_void_p(0))
        llama.llama_backend_init()
        self._model: Any = llama.llama_model_load_from_file(str(file).encode(), llama.llama_model_default_params())
        self._words = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self._model))
        how: Any = llama.llama_context_default_params()
        how.n_ctx, how.n_seq_max = rows * row_tokens, rows
        how.n_batch, how.n_ubatch = STEP_TOKENS, 512
        how.n_threads = how.n_threads_batch = threads
        how.flash_attn_type = 1
        how.kv_unified = how.swa_full = True
        self._context: Any = llama.llama_init_from_model(self._model, how)
        self._memory: Any = llama.llama_get_memory(self._context)
        self._batch: Any = llama.llama_batch_init(STEP_TOKENS, 0, 1)
        self._end = end

    def generate(self, prompts: Sequence[Sequence[int]], limits: Sequence[int]) -> list[list[int]]:
        """The tokens of each row without the end token, at most its limit."""
        found: list[list[int]] = [[] for _ in prompts]
        waiting = list(range(len(prompts)))[::-1]
        active: dict[int, tuple[int, int]] = {}  # row: its last token, and the position of that
        while waiting or active:
            fed = [(token, at, row, True) for row, (token, at) in active.items()]
            while waiting and len(fed) + len(prompts[waiting[-1]]) <= STEP_TOKENS:
                row = waiting.pop()
                prompt = prompts[row]
                fed += [(token, at, row, at == len(prompt) - 1) for at, token in enumerate(prompt)]
            active = {}
            for (_, at, row, _), token in zip([f for f in fed if f[3]], self._step(fed), strict=True):
                if token == self._end or len(found[row]) == limits[row]:
                    llama.llama_memory_seq_rm(self._memory, row, -1, -1)
                else:
                    found[row].append(token)
                    active[row] = token, at + 1
        return found

    def _step(self, fed: Sequence[tuple[int, int, int, bool]]) -> list[int]:
        """The next token after each that asks for one; given are token, position, row and whether it asks."""
        batch = self._batch
        batch.n_tokens = len(fed)
        for i, (token, at, row, asks) in enumerate(fed):
            batch.token[i], batch.pos[i], batch.logits[i] = token, at, asks
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, row
        if status := llama.llama_decode(self._context, batch):
            raise RuntimeError(f"llama_decode: {status}")
        shape = sum(asks for *_, asks in fed), self._words
        scores = np.ctypeslib.as_array(llama.llama_get_logits(self._context), shape=shape)
        tokens: list[int] = scores.argmax(-1).tolist()
        return tokens
