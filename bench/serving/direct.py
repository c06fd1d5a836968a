"""What one might run without the service, each in a process of its own: `python direct.py NAME < texts.json`."""

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

ROWS = (1, 8, 16, 32)


def run(name: str, sentences: Sequence[str]) -> dict[str, float]:
    """Runs a function of RUNS, or "engine:NAME"; what it found."""
    command = [sys.executable, __file__, name]
    done = subprocess.run(command, input=json.dumps(sentences), capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _prompts(sentences: Sequence[str]) -> tuple[Any, Any, list[tuple[int, ...]]]:
    """Card and model, codec, and the prompts with the longest first."""
    from polygist.settings import load
    from polygist.store import installed
    from polygist.translate.codecs import codec_of

    card, built = installed.translation(load())[0]
    codec = codec_of(card, built)
    prompts = sorted((codec.encode(t, "en", "de").ids for t in sentences), key=len, reverse=True)
    return (card, built), codec, prompts


def _engine(name: str, card: Any, built: Any, rows: int) -> Any:
    from polygist.engines.batching import Bounds
    from polygist.engines.cores import available
    from polygist.engines.devices import Seat
    from polygist.engines.loading import load_engine
    from polygist.settings import load

    return load_engine(built, card, name, Seat(available()), Bounds(rows, load().max_batch_tokens))


def offline(sentences: Sequence[str], rows: int, *, shuffled: bool = False) -> dict[str, float]:
    """The engine itself, given all at once: the longest sentences first, or in any order."""
    from polygist.engines.base import GREEDY, generate
    from polygist.settings import load

    (card, built), codec, prompts = _prompts(sentences)
    engine = _engine(load().engine, card, built, rows)
    generate(engine, prompts[:1], [8], GREEDY)
    if shuffled:
        random.Random(0).shuffle(prompts)
    begun = time.monotonic()
    answers = generate(engine, prompts, [codec.max_new_tokens(len(p)) for p in prompts], GREEDY)
    return {"speed": sum(len(h.tokens) for h in answers) / (time.monotonic() - begun)}


def engine(sentences: Sequence[str], name: str) -> dict[str, float]:
    """An engine in batches of each of ROWS, sorted by length; seconds to load, and memory at its highest."""
    from polygist.engines.base import GREEDY, generate

    (card, built), codec, prompts = _prompts(sentences)
    begun = time.monotonic()
    loaded = _engine(name, card, built, max(ROWS))
    found = {"load": time.monotonic() - begun}
    for rows in ROWS:
        chosen = prompts if rows > 1 else prompts[::8]
        generate(loaded, prompts[:rows], [4] * rows, GREEDY)
        begun, tokens = time.monotonic(), 0
        for a, b in pairwise([*range(0, len(chosen), rows), len(chosen)]):
            limits = [codec.max_new_tokens(len(p)) for p in chosen[a:b]]
            tokens += sum(len(h.tokens) for h in generate(loaded, chosen[a:b], limits, GREEDY))
        found[str(rows)] = tokens / (time.monotonic() - begun)
    return found | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def transformers(sentences: Sequence[str], rows: int) -> dict[str, float]:
    """`generate` of the transformers library, in bfloat16 where the processor computes it, else in float32: one by one,
    every 32nd sentence, or sorted batches of every fourth."""
    import torch
    from transformers import AutoModelForCausalLM

    from polygist.engines.cores import computes_bfloat16

    (_, built), codec, prompts = _prompts(sentences)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    dtype = torch.bfloat16 if computes_bfloat16() else torch.float32
    model: Any = AutoModelForCausalLM.from_pretrained(built.hf, dtype=dtype).eval()
    end = json.loads((built.hf / "config.json").read_text(encoding="utf-8"))["eos_token_id"]
    chosen = prompts[::4] if rows > 1 else prompts[::32]

    def decode(some: Sequence[tuple[int, ...]], limit: int) -> int:
        width = max(len(p) for p in some)
        ids = torch.tensor([[0] * (width - len(p)) + list(p) for p in some])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in some])
        with torch.inference_mode():
            out = model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=limit, do_sample=False, eos_token_id=end
            )
        return sum(row.index(end) if end in row else len(row) for row in out[:, width:].tolist())

    decode(chosen[:1], 8)
    begun, tokens = time.monotonic(), 0
    for i in range(0, len(chosen), rows):
        some = chosen[i : i + rows]
        tokens += decode(some, max(codec.max_new_tokens(len(p)) for p in some))
    return {"speed": tokens / (time.monotonic() - begun)}


def _runs() -> dict[str, Callable[[Sequence[str]], dict[str, float]]]:
    runs: dict[str, Callable[[Sequence[str]], dict[str, float]]] = {}
    for rows in (16, 32):
        runs[f"offline {rows}"] = lambda s, rows=rows: offline(s, rows)
    runs["offline 16 unsorted"] = lambda s: offline(s, 16, shuffled=True)
    for rows in (1, 32):
        runs[f"transformers {rows}"] = lambda s, rows=rows: transformers(s, rows)
    for name in ("openvino", "ct2", "torch"):
        runs[f"engine {name}"] = lambda s, name=name: engine(s, name)
    return runs


if __name__ == "__main__":
    json.dump(_runs()[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
