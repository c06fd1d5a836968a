"""The OpenVINO graph against transformers, in plain inference and in continuous batching."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import openvino_genai as genai
import pytest
import torch
from tokenizers import Tokenizer
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from polygist.store import ir
from polygist.store.cards import load_embedded
from polygist.store.models import BuiltModel
from polygist.store.quiet import quiet

VOCABULARY, WINDOW, END = 96, 32, 1
EXACT = {"INFERENCE_PRECISION_HINT": "f32", "KV_CACHE_PRECISION": "f32"}
LENGTHS = (1, 3, 10, 29, WINDOW, WINDOW + 1, 70, 150)


def random_model(folder: Path, **changes: Any) -> Any:
    """A tiny Gemma 3 with random weights, norms among them, saved to the folder and read from it."""
    torch.manual_seed(7)
    kinds = ["sliding_attention", "full_attention", "sliding_attention"]
    sizes: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": 48,
        "intermediate_size": 96,
        "num_hidden_layers": len(kinds),
        "layer_types": kinds,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 32,
        "query_pre_attn_scalar": 24,
        "sliding_window": WINDOW,
        "initializer_range": 0.3,
        "tie_word_embeddings": False,
    }
    with quiet():
        made: Any = Gemma3ForCausalLM(Gemma3TextConfig(**sizes | changes))
        for name, weight in made.named_parameters():
            if "norm" in name:
                torch.nn.init.normal_(weight, 0, 0.3)
        made.save_pretrained(folder)
        return Gemma3ForCausalLM.from_pretrained(folder).eval()


def prompts() -> list[list[int]]:
    rng = random.Random(1)
    return [[2, *rng.choices(range(4, VOCABULARY), k=length - 1)] for length in LENGTHS]


def compiled(folder: Path, **properties: str) -> Any:
    core: Any = openvino.Core()
    return core.compile_model(folder / ir.FILE, "CPU", EXACT | properties).create_infer_request()


def feed(request: Any, ids: list[list[int]], past: list[list[int]], beams: list[int]) -> Any:
    """Logits (B, L, V) of new tokens behind past ones; `past` is 1 where there is a token, 0 where a place is empty."""
    seen = np.array([[*before, *[1] * len(row)] for before, row in zip(past, ids, strict=True)])
    places = (seen.cumsum(axis=1) - 1)[:, -len(ids[0]) :]
    inputs = {"input_ids": ids, "attention_mask": seen, "position_ids": places, "beam_idx": np.array(beams, np.int32)}
    return request.infer({name: np.asarray(value) for name, value in inputs.items()})["logits"].copy()


def expected(model: Any, prompt: list[int]) -> Any:
    with torch.inference_mode():
        return model(torch.tensor([prompt])).logits[0].numpy()


VARIANTS: dict[str, dict[str, Any]] = {
    "one key head": {},
    "two key heads": {"num_key_value_heads": 2},
    "as many key heads": {"num_key_value_heads": 4},
    "tied": {"tie_word_embeddings": True},
    "capped": {"final_logit_softcapping": 3.0},
}


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_logits_are_those_of_transformers(changes: dict[str, Any], tmp_path: Path) -> None:
    """In one piece and in two, shorter than the window of local attention and longer."""
    model = random_model(tmp_path / "hf", **changes)
    ir.write(tmp_path / "hf", tmp_path / "ov", "float32")
    request = compiled(tmp_path / "ov")
    for prompt in prompts():
        want, half = expected(model, prompt), len(prompt) // 2
        request.reset_state()
        np.testing.assert_allclose(feed(request, [prompt], [[]], [0])[0], want, rtol=1e-4, atol=1e-4)
        request.reset_state()
        parts = [feed(request, [prompt[:half]], [[]], [0])] if half else []
        parts.append(feed(request, [prompt[half:]], [[1] * half], [0]))
        np.testing.assert_allclose(np.concatenate(parts, axis=1)[0], want, rtol=1e-4, atol=1e-4)


def test_rows_of_unequal_length_and_other_order(tmp_path: Path) -> None:
    """Empty places at the left are not looked at, and beam_idx says whose past a row continues."""
    model = random_model(tmp_path / "hf")
    ir.write(tmp_path / "hf", tmp_path / "ov", "float32")
    request = compiled(tmp_path / "ov")
    short, long = [2, 30, 31], [2, 40, 41, 42, 43, 44]
    # The empty places come in first, as past tokens that nobody looks at.
    feed(request, [[0, 0, 0], long[:3]], [[], []], [0, 1])
    mixed = feed(request, [short, long[3:]], [[0] * 3, [1] * 3], [0, 1])
    np.testing.assert_allclose(mixed[0], expected(model, short), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(mixed[1], expected(model, long)[3:], rtol=1e-4, atol=1e-4)
    turned = feed(request, [[50], [51]], [[1] * 6, [0] * 3 + [1] * 3], [1, 0])
    np.testing.assert_allclose(turned[0, 0], expected(model, [*long, 50])[-1], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(turned[1, 0], expected(model, [*short, 51])[-1], rtol=1e-4, atol=1e-4)


def pipeline(folder: Path, step_tokens: int = 256, **properties: Any) -> Any:
    scheduler: Any = genai.SchedulerConfig()
    scheduler.num_kv_blocks, scheduler.max_num_batched_tokens = 200, step_tokens
    return genai.ContinuousBatchingPipeline(str(folder), scheduler, "CPU", EXACT | properties)


def ask(pipe: Any, number: int, prompt: list[int], limit: int) -> Any:
    config: Any = genai.GenerationConfig()
    config.max_new_tokens, config.do_sample, config.apply_chat_template = limit, False, False
    config.set_eos_token_id(END)
    return pipe.add_request(number, openvino.Tensor(np.array([prompt], dtype=np.int64)), config)


def finish(pipe: Any, handles: list[Any]) -> list[list[int]]:
    while pipe.has_non_finished_requests():
        pipe.step()
    return [list(handle.read_all()[0].generated_ids) for handle in handles]


def greedy(model: Any, prompt: list[int], limit: int) -> list[int]:
    ids = torch.tensor([prompt])
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=limit,
        do_sample=False,
        eos_token_id=END,
        pad_token_id=0,
    )
    return list(out[0, len(prompt) :].tolist())


def batched(folder: Path, some: list[list[int]], limit: int) -> list[list[list[int]]]:
    """The answers to all at once, in small steps, and with rows that join."""
    pipes = pipeline(folder), pipeline(folder, step_tokens=20)
    found = [finish(pipe, [ask(pipe, number, prompt, limit) for number, prompt in enumerate(some)]) for pipe in pipes]
    handles = []
    pipe = pipeline(folder)
    for number, prompt in enumerate(some):
        handles.append(ask(pipe, number, prompt, limit))
        for _ in range(number % 3):
            pipe.step()
    return [*found, finish(pipe, handles)]


@pytest.mark.parametrize("name", ["one key head", "two key heads", "capped"])
def test_continuous_batching_says_the_same(name: str, tmp_path: Path) -> None:
    """All at once, long prompts fed in pieces, and rows that join while others are under way."""
    model = random_model(tmp_path / "hf", **VARIANTS[name])
    ir.write(tmp_path / "hf", tmp_path / "ov", "float32")
    some, limit = prompts(), 40
    want = [greedy(model, prompt, limit) for prompt in some]
    assert len({token for answer in want for token in answer}) > VOCABULARY / 2
    # In a thread of its own: each pipeline gives its thread another stack for signals and puts the one it found back at
    # its end. Where a second one was made before that, a stack comes back that is gone, and the next signal that the
    # main thread handles ends the process.
    with ThreadPoolExecutor(1) as thread:
        for answers in thread.submit(batched, tmp_path / "ov", some, limit).result():
            assert answers == want


def test_int8_is_near_and_small(embedded_model: BuiltModel) -> None:
    """Most of the time the likeliest token is that of float32; a weight takes a byte."""
    hf = embedded_model.hf
    card = load_embedded("gemma3-270m-embedded")
    tokenizer = Tokenizer.from_file(str(embedded_model.tokenizer))
    text = card.prompt_template.format(source="English", text="The museum is closed.", target="German")
    prompt = tokenizer.encode(text + " Das Museum ist bis auf weiteres geschlossen.").ids
    model = Gemma3ForCausalLM.from_pretrained(hf, dtype=torch.float32).eval()
    rounded = feed(compiled(embedded_model.ov), [prompt], [[]], [0])[0]
    same = rounded.argmax(axis=1) == expected(model, prompt).argmax(axis=1)
    assert same.mean() > 0.8
    weights = embedded_model.ov / "openvino_model.bin"
    assert weights.stat().st_size < 0.51 * (hf / "model.safetensors").stat().st_size


def test_embedded_model_in_float32(embedded_model: BuiltModel, tmp_path: Path) -> None:
    """The logits of a prompt longer than the window."""
    ir.write(embedded_model.hf, tmp_path / "ov", "float32")
    model = Gemma3ForCausalLM.from_pretrained(embedded_model.hf, dtype=torch.float32).eval()
    prompt = [2, *random.Random(1).choices(range(300, 48_000), k=599)]
    got = feed(compiled(tmp_path / "ov"), [prompt], [[]], [0])[0]
    want = expected(model, prompt)
    assert np.abs(got - want).max() < 1e-4 * np.abs(want).max()
