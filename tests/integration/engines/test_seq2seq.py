"""Encoder-decoders on torch, with those that CTranslate2 does not run: tiny checkpoints against transformers itself."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM

from polygist.engines.base import GREEDY, Decoding, Hypothesis, Row, generate
from polygist.engines.seq2seq import Seq2SeqEngine
from polygist.errors import EngineFailed
from polygist.store.quiet import quiet
from polygist.types import ModelInfo
from tests import checkpoints

INFO = ModelInfo("tiny", "0", "", "", (), "torch", "float32")
# The token that ends an answer, and what a decoder's input begins with.
END = {"bart": 2, "mt5": 1, "led": 2, "longt5": 1}
BEGIN = {"bart": [2, 0], "mt5": [0], "led": [2], "longt5": [0]}


@pytest.fixture(scope="module", params=END)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(family: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights whose answers differ and end: the first token of an answer takes the end's place in some."""
    made = tmp_path_factory.mktemp(family) / family
    model = getattr(checkpoints, family)(made)
    with torch.no_grad(), quiet():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8 if family in ("bart", "led") else 1.5)
        model.save_pretrained(made)
    return made


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Seq2SeqEngine]:
    made = Seq2SeqEngine(folder, INFO, 1, "float32")
    yield made
    made.close()


def prompts(family: str, number: int, longest: int) -> list[list[int]]:
    rng = random.Random(3)
    return [[*rng.choices(range(5, 300), k=rng.randint(2, longest)), END[family]] for _ in range(number)]


def by_hand(folder: Path, family: str, prompt: list[int], limit: int) -> Hypothesis:
    """Greedy decoding without `generate`."""
    with quiet():
        model: Any = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    said: list[int] = []
    total = 0.0
    with torch.inference_mode():
        while True:
            decoder = torch.tensor([BEGIN[family] + said])
            first = {"global_attention_mask": torch.tensor([[1] + [0] * (len(prompt) - 1)])} if family == "led" else {}
            logits = model(input_ids=torch.tensor([prompt]), decoder_input_ids=decoder, **first).logits[0, -1]
            token = int(logits.argmax())
            if len(said) == limit and token != END[family]:
                return Hypothesis(tuple(said), False, total)
            total += float(logits.log_softmax(-1)[token])
            if token == END[family]:
                return Hypothesis(tuple(said), True, total)
            said.append(token)


def test_greedy_decoding_is_that_of_the_model(engine: Seq2SeqEngine, folder: Path, family: str) -> None:
    some = prompts(family, 6, 30)
    answers = generate(engine, some, [12] * 6, GREEDY)
    expected = [by_hand(folder, family, prompt, 12) for prompt in some]
    assert answers == expected
    assert [a.log_probability for a in answers] == pytest.approx([e.log_probability for e in expected], abs=1e-3)
    assert len({a.tokens for a in answers}) > 1


@pytest.mark.parametrize(
    "how", [GREEDY, Decoding(3), Decoding(no_repeat_ngram_size=2)], ids=["greedy", "beam", "ngram"]
)
def test_neighbours_change_nothing(engine: Seq2SeqEngine, family: str, how: Decoding) -> None:
    some = prompts(family, 5, 40)
    together = generate(engine, some, [10] * 5, how)
    assert together == [generate(engine, [p], [10], how)[0] for p in some]
    assert len(together[0].others) == how.beam_size - 1


def test_each_row_has_its_own_limit(engine: Seq2SeqEngine, family: str) -> None:
    some = prompts(family, 4, 10)
    for limit, hypothesis in zip((1, 3, 5, 9), generate(engine, some, [1, 3, 5, 9], GREEDY), strict=True):
        assert len(hypothesis.tokens) <= limit


def test_halted_rows_go_on_where_they_stopped(engine: Seq2SeqEngine, family: str) -> None:
    some = prompts(family, 3, 20)
    free = generate(engine, some, [12] * 3, GREEDY)
    rows = [Row(prompt, 12, GREEDY) for prompt in some]
    found: dict[Row, Hypothesis] = {}
    asked = iter(range(1000))
    engine.run(rows, found.__setitem__, lambda: next(asked) >= 4)
    halted = [row for row in rows if row not in found]
    assert all(1 < len(row.generated) < 12 for row in halted)
    engine.run(halted, found.__setitem__, lambda: False)
    assert [found[row] for row in rows] == free
    assert [found[r].log_probability for r in rows] == pytest.approx([f.log_probability for f in free], abs=1e-3)


def test_what_can_not_be_a_prompt_is_refused(engine: Seq2SeqEngine, family: str) -> None:
    for prompt in ([], [10**6], [-1]):
        with pytest.raises(EngineFailed, match="empty or has a token"):
            generate(engine, [prompt], [5], GREEDY)
    long = [7] * 600
    if family in ("bart", "led"):
        with pytest.raises(EngineFailed, match="600 tokens exceeds the window of 512"):
            generate(engine, [long], [5], GREEDY)
    else:  # relative positions have no end
        assert generate(engine, [long], [2], GREEDY)


def test_a_folder_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="can't load"):
        Seq2SeqEngine(tmp_path, INFO, 1)


def test_closed_engine(folder: Path) -> None:
    engine = Seq2SeqEngine(folder, INFO, 1, "float32")
    engine.close()
    engine.close()
    with pytest.raises(EngineFailed, match="closed"):
        generate(engine, [[5, 2]], [5], GREEDY)
