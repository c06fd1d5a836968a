"""One suite over all engines, on a tiny random model."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from ctranslate2.converters import TransformersConverter
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from polygist.engines.base import GREEDY, Decoding, Engine, Hypothesis, Row, generate
from polygist.engines.batching import Bounds, places
from polygist.engines.ct2 import Ct2Engine
from polygist.engines.openvino import OpenVinoEngine
from polygist.engines.torch import TorchEngine
from polygist.errors import EngineFailed
from polygist.store import ir
from polygist.store.quiet import quiet
from polygist.store.vocabulary import SPECIAL, write_tokenizer
from polygist.types import ModelInfo

VOCABULARY, WINDOW = 96, 256
BOUNDS = Bounds(16, 8192)
INFO = ModelInfo("tiny", "0", "", "", (), "", "float32")
END = 1


def tiny_model() -> Any:
    """Gemma 3 with random weights, whose end token comes up: the token that ends a first attempt takes its place."""
    config = Gemma3TextConfig(
        vocab_size=VOCABULARY,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        query_pre_attn_scalar=32,
        sliding_window=WINDOW,
        layer_types=["sliding_attention", "sliding_attention", "full_attention"],
        initializer_range=0.2,
        max_position_embeddings=1024,
        pad_token_id=0,
        eos_token_id=END,
        bos_token_id=2,
        tie_word_embeddings=False,  # tied random ones say the last token again and again
    )
    torch.manual_seed(5)
    model: Any = Gemma3ForCausalLM(config).eval()
    ids = torch.tensor([[2, 20, 21, 22, 23]])
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False, eos_token_id=None
    )
    often = int(out[0, -1])
    with torch.no_grad():
        weight = model.lm_head.weight
        weight[[END, often]] = weight[[often, END]].clone()
    return model


def convert(source: Path, target: Path, quantization: str | None) -> Path:
    with quiet():
        TransformersConverter(str(source)).convert(str(target), quantization=quantization)
    return target


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the same float32 weights for each library: hf, ct2, ov."""
    hf = tmp_path_factory.mktemp("tiny") / "hf"
    with quiet():
        tiny_model().save_pretrained(hf)
    tokens = [*SPECIAL, *(f"t{n}" for n in range(len(SPECIAL), VOCABULARY))]
    vocab = {token: number for number, token in enumerate(tokens)}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [{"id": vocab[t], "content": t, "special": True, **flags} for t in SPECIAL]
    words = {"type": "WordLevel", "vocab": vocab, "unk_token": "<unk>"}
    write_tokenizer({"version": "1.0", "added_tokens": added, "model": words}, hf)
    convert(hf, hf.with_name("ct2"), None)
    ir.write(hf, hf.with_name("ov"), "float32")
    return hf.parent


# One thread each: a model this small is slower with more.
MAKERS: dict[str, Callable[[Path], Engine]] = {
    "openvino": lambda folder: OpenVinoEngine(folder / "ov", INFO, 1, BOUNDS, "f32"),
    "ct2": lambda folder: Ct2Engine(folder / "ct2", INFO, 1),
    "torch": lambda folder: TorchEngine(folder / "hf", INFO, 1, "float32"),
}


@pytest.fixture(params=MAKERS)
def engine(request: pytest.FixtureRequest, tiny: Path) -> Iterator[Engine]:
    made = MAKERS[request.param](tiny)
    yield made
    made.close()


def prompts(number: int, longest: int) -> list[list[int]]:
    rng = random.Random(1)
    return [[2, *rng.choices(range(4, VOCABULARY), k=rng.randint(1, longest))] for _ in range(number)]


def test_engines_agree_token_for_token(tiny: Path) -> None:
    some = prompts(24, 60)
    answers = [generate(make(tiny), some, [40] * len(some), GREEDY) for make in MAKERS.values()]
    assert answers[0] == answers[1] == answers[2]
    assert {a.finished for a in answers[0]} == {True, False}
    assert len({a.tokens for a in answers[0]}) == len(some)


def test_engines_agree_without_repetition(tiny: Path) -> None:
    some = prompts(12, 30)
    careful = Decoding(no_repeat_ngram_size=2)
    ct2, torch = (generate(MAKERS[name](tiny), some, [40] * len(some), careful) for name in ("ct2", "torch"))
    assert ct2 == torch


@pytest.fixture(scope="module")
def likelihood(tiny: Path) -> Callable[[list[int], Hypothesis], float]:
    """What the model says of a continuation when it is asked for all of it at once."""
    model: Any = Gemma3ForCausalLM.from_pretrained(tiny / "hf").eval()

    def of(prompt: list[int], made: Hypothesis) -> float:
        added = [*made.tokens, *([END] if made.finished else [])]
        with torch.inference_mode():
            said = model(torch.tensor([prompt + added])).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        return float(said[range(len(added)), added].sum())

    return of


WAYS = {
    "greedy": GREEDY,
    "beams": Decoding(3),
    "normalised": Decoding(3, length_penalty=0.6),
    "constrained": Decoding(3, 2),
    "sampled": Decoding(temperature=0.7, seed=3),
}


@pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)
def test_log_probability_is_that_of_the_whole_answer(
    engine: Engine, how: Decoding, likelihood: Callable[[list[int], Hypothesis], float]
) -> None:
    some = prompts(60, 30)  # so many that of draws without a seed some end and some do not
    answers = generate(engine, some, [20] * len(some), how)
    assert {a.finished for a in answers} == {True, False}
    # CTranslate2 says how likely a token is among those allowed, and shares what a longer answer would have had.
    rough = isinstance(engine, Ct2Engine)
    for prompt, answer in zip(some, answers, strict=True):
        exact = not rough or (answer.finished and not how.no_repeat_ngram_size)
        assert answer.log_probability == pytest.approx(likelihood(prompt, answer), rel=1e-3 if exact else 0.3, abs=1e-3)


def test_beams_have_runners_up(engine: Engine) -> None:
    answers = generate(engine, prompts(12, 20), [40] * 12, Decoding(3))
    assert all(len(best.others) == 2 for best in answers)
    found = [[h for h in (best, *best.others) if h.finished] for best in answers]
    assert any(len(beams) > 1 for beams in found)
    for beams in found:
        assert len({h.tokens for h in beams}) == len(beams)
        means = [h.log_probability / (len(h.tokens) + 1) for h in beams]
        assert means == sorted(means, reverse=True)
    assert not generate(engine, [[2, 5]], [12], GREEDY)[0].others


def test_draws_repeat_with_their_seed_whoever_is_beside_them(engine: Engine) -> None:
    def drawn(seed: int) -> Decoding:
        return Decoding(temperature=1.0, seed=seed)

    rows = [Row([2, 20, 21], 12, drawn(seed)) for seed in (1, 2, 3, 1)]
    found: dict[Row, Hypothesis] = {}
    engine.run(rows, found.__setitem__, lambda: False)
    assert len({found[row].tokens for row in rows}) >= 3
    if not isinstance(engine, Ct2Engine):
        assert found[rows[0]] == found[rows[3]] == generate(engine, [[2, 20, 21]], [12], drawn(1))[0]


def test_draws_have_the_probabilities_of_the_model(engine: Engine, tiny: Path) -> None:
    model: Any = Gemma3ForCausalLM.from_pretrained(tiny / "hf").eval()
    with torch.inference_mode():
        expected = (model(torch.tensor([[2, 20]])).logits[0, -1] / 0.8).softmax(-1)
    rows = [Row([2, 20], 1, Decoding(temperature=0.8, seed=seed)) for seed in range(600)]
    found: dict[Row, Hypothesis] = {}
    for i in range(0, len(rows), BOUNDS.rows):
        engine.run(rows[i : i + BOUNDS.rows], found.__setitem__, lambda: False)
    counts = torch.zeros(VOCABULARY)
    for hypothesis in found.values():
        counts[hypothesis.tokens[0] if hypothesis.tokens else END] += 1
    assert float((counts / len(rows) - expected).abs().sum()) / 2 < 0.15


@pytest.mark.parametrize("how", [Decoding(no_repeat_ngram_size=2), Decoding(2, repetition_penalty=1.3)])
def test_openvino_refuses_what_it_would_not_heed(tiny: Path, how: Decoding) -> None:
    with pytest.raises(EngineFailed, match="does not decode in this way"):
        generate(MAKERS["openvino"](tiny), [[2, 5]], [5], how)


def test_rows_join_halt_and_go_on_in_openvino(tiny: Path) -> None:
    some = prompts(12, 40)
    engine = MAKERS["openvino"](tiny)
    alone = [generate(engine, [p], [30], GREEDY)[0] for p in some]
    rows = [Row(p, 30, GREEDY) for p in some]
    found: dict[Row, Hypothesis] = {}
    steps = 0

    def halt() -> bool:
        nonlocal steps
        steps += 1
        return steps % 3 == 0

    turn = 0
    while len(found) < len(rows):
        turn += 1
        # Some join later, and some stand aside in every other turn.
        taking_part = [r for i, r in enumerate(rows[: 2 * turn]) if r not in found and (i + turn) % 4]
        if taking_part:
            engine.run(taking_part, found.__setitem__, halt)
    assert [found[r] for r in rows] == alone
    assert [found[r].log_probability for r in rows] == pytest.approx([a.log_probability for a in alone], rel=1e-4)
    engine.run([rows[0], late := Row(some[1], 30, GREEDY)], found.__setitem__, lambda: True)
    engine.drop([late, rows[0]])
    assert generate(engine, some[:1], [30], GREEDY) == alone[:1]


def test_openvino_begins_no_more_rows_than_its_bounds_and_the_next_at_an_end(tiny: Path) -> None:
    some, under_way = prompts(30, 40), []
    engine = OpenVinoEngine(tiny / "ov", INFO, 2, Bounds(4, 400), "f32")
    rows = [Row(p, 3 + n % 7, Decoding(1 + n % 2)) for n, p in enumerate(some)]
    found: dict[Row, Hypothesis] = {}

    def halt() -> bool:
        under_way.append(places(engine._handles))
        return False

    engine.run(rows, found.__setitem__, halt)
    assert max(under_way) <= 4
    assert len(under_way) < 0.6 * sum(row.max_new_tokens for row in rows)
    assert [found[row] for row in rows] == [
        generate(engine, [r.prompt], [r.max_new_tokens], r.decoding)[0] for r in rows
    ]
    assert engine.spare == 1


@pytest.mark.parametrize("how", [GREEDY, Decoding(4, 2), Decoding(2, 0, 1.0, 0.6)], ids=["greedy", "beam4", "beam2"])
def test_neighbours_change_nothing(engine: Engine, how: Decoding) -> None:
    some = prompts(10, 40)
    together = generate(engine, some, [20] * len(some), how)
    assert together == [generate(engine, [p], [20], how)[0] for p in some]


def test_each_row_has_its_own_limit(engine: Engine) -> None:
    some = prompts(12, 10)
    free = generate(engine, some, [40] * len(some), GREEDY)
    limits = [n % 9 + 1 for n in range(len(some))]
    for limited, limit, full in zip(generate(engine, some, limits, GREEDY), limits, free, strict=True):
        assert limited.tokens == full.tokens[:limit]
        assert limited.finished == (full.finished and len(full.tokens) <= limit)


def test_end_token_is_left_out_and_need_not_fit(engine: Engine) -> None:
    some = prompts(24, 20)
    ended = [(p, h) for p, h in zip(some, generate(engine, some, [40] * 24, GREEDY), strict=True) if h.finished]
    assert ended
    for prompt, hypothesis in ended:
        assert END not in hypothesis.tokens
        assert generate(engine, [prompt], [len(hypothesis.tokens)], GREEDY) == [hypothesis]


def test_no_ngram_twice(engine: Engine) -> None:
    beams = 2 if isinstance(engine, OpenVinoEngine) else 1
    for hypothesis in generate(engine, prompts(8, 20), [60] * 8, Decoding(beams, no_repeat_ngram_size=2)):
        pairs = list(zip(hypothesis.tokens, hypothesis.tokens[1:], strict=False))
        assert len(pairs) == len(set(pairs))


def test_long_prompts_are_not_cut(engine: Engine) -> None:
    """The start of a prompt still shows at the far end of the window."""
    rest = random.Random(3).choices(range(4, VOCABULARY), k=WINDOW - 60)
    answers = generate(engine, [[2, *[first] * 30, *rest] for first in (5, 50)], [20, 20], GREEDY)
    assert answers[0] != answers[1]


def test_ct2_refuses_what_leaves_the_window(tiny: Path) -> None:
    engine = Ct2Engine(tiny / "ct2", INFO, 2, WINDOW)
    with pytest.raises(EngineFailed, match="257 tokens exceed the attention window of 256"):
        generate(engine, [[2] * (WINDOW - 19)], [20], GREEDY)
    assert generate(engine, [[2] * (WINDOW - 20)], [20], GREEDY)


def test_nothing_asked(engine: Engine) -> None:
    assert generate(engine, [], [], GREEDY) == []


def test_library_errors_are_wrapped(engine: Engine) -> None:
    with pytest.raises(EngineFailed):
        generate(engine, [[VOCABULARY + 5]], [5], GREEDY)
    assert isinstance(generate(engine, [[2, 5]], [5], GREEDY)[0], Hypothesis)


def test_closed_engine(engine: Engine) -> None:
    engine.close()
    engine.close()
    with pytest.raises(EngineFailed, match="closed"):
        generate(engine, [[2, 5]], [5], GREEDY)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_folder_without_a_model(make: Callable[[Path], Engine], tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="can't load"):
        make(tmp_path)
