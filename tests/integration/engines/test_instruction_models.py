"""Instruction models on both engines that run them: CTranslate2 and torch agree."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from polygist.engines.base import GREEDY, Decoding, generate
from polygist.engines.batching import Bounds
from polygist.engines.devices import Seat
from polygist.engines.loading import ENGINES
from polygist.store.convert import convert
from polygist.store.manifest import Manifest, record
from polygist.store.models import BuiltModel
from polygist.store.quiet import quiet
from tests.integration.engines.test_encoder_decoders import Card


@pytest.mark.parametrize("family", ["gemma", "gemma4", "eurollm", "llama", "qwen3"])
def test_engines_agree(family: str, checkpoint: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "hf").symlink_to(checkpoint(family))
    convert(tmp_path / "hf", tmp_path / "ct2", "float32")
    built = BuiltModel(tmp_path, Manifest("tiny", "0", "", {}, record(tmp_path) | _linked(tmp_path)))
    ct2, reference = (ENGINES[name](built, Card(), Seat(1), Bounds(16, 4096)) for name in ("ct2", "torch"))
    rng = random.Random(1)
    prompts = [rng.choices(range(20, 500), k=rng.randint(2, 40)) for _ in range(8)]
    for how in (GREEDY, Decoding(no_repeat_ngram_size=2)):
        expected = generate(reference, prompts, [12] * 8, how)
        assert generate(ct2, prompts, [12] * 8, how) == expected
        assert len({hypothesis.tokens for hypothesis in expected}) > 1
    ct2.close()
    reference.close()


def test_what_ctranslate2_refuses_runs_on_torch(checkpoint: Callable[[str], Path], tmp_path: Path) -> None:
    """As transformers itself decodes it."""
    (tmp_path / "hf").symlink_to(checkpoint("gemma4-e"))
    convert(tmp_path / "hf", tmp_path / "ct2", "float32")
    assert not (tmp_path / "ct2").exists()
    built = BuiltModel(tmp_path, Manifest("tiny", "0", "", {}, _linked(tmp_path)))
    engine = ENGINES["torch"](built, Card(), Seat(1), Bounds(16, 4096))
    with quiet():
        model = AutoModelForCausalLM.from_pretrained(tmp_path / "hf").eval()
    rng = random.Random(2)
    prompts = [rng.choices(range(20, 500), k=rng.randint(2, 40)) for _ in range(8)]
    for prompt, made in zip(prompts, generate(engine, prompts, [12] * 8, GREEDY), strict=True):
        ids = torch.tensor([prompt])
        own = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False)[0]
        assert [*made.tokens] == [id for id in own[len(prompt) :].tolist() if id not in (1, 6)]
    engine.close()


def _linked(folder: Path) -> dict[str, object]:
    return {f"hf/{name}": one for name, one in record(folder / "hf").items()}
