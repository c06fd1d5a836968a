"""One suite over both engines of encoder-decoders, on a tiny checkpoint of every family."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM

from polygist.engines.base import GREEDY, Decoding, Engine, Hypothesis, Row, generate
from polygist.engines.batching import Bounds
from polygist.engines.ct2_seq2seq import Ct2Seq2SeqEngine
from polygist.engines.devices import Seat
from polygist.engines.loading import ENCODER_DECODERS
from polygist.errors import EngineFailed, ModelCorrupt
from polygist.store.convert import convert
from polygist.store.manifest import Manifest, record
from polygist.store.models import BuiltModel
from polygist.store.quiet import quiet
from polygist.types import ModelInfo

INFO = ModelInfo("tiny", "0", "", "", (), "", "float32")
# Those whose decoder is told the language that it writes.
TOLD = {"m2m100", "nllb", "mbart50"}
RELATIVE = {"madlad", "t5", "mt5", "umt5"}
FAMILIES = ["marian", "zle", "small100", "bart", "pegasus", *sorted(TOLD), *sorted(RELATIVE)]
LENGTH = 14


@dataclass(frozen=True)
class Licence:
    spdx: str = "MIT"


@dataclass(frozen=True)
class Card:
    """What engines read of a card."""

    id: str = "tiny"
    quantization: str = "float32"
    dtype: str = "float32"
    languages: tuple[str, ...] = ()
    licence: Licence = Licence()


@dataclass(frozen=True)
class Built:
    """A checkpoint of a family, converted, and what its prompts end with and its answers begin with."""

    family: str
    model: BuiltModel
    end: int
    words: range

    @property
    def prefix(self) -> tuple[int, ...]:
        return (self.words[3],) if self.family in TOLD else ()

    def load(self, engine: str) -> Engine:
        return ENCODER_DECODERS[engine](self.model, Card(), Seat(1), Bounds(16, 4096))

    def prompts(self, number: int, longest: int) -> list[list[int]]:
        rng = random.Random(4)
        return [[*rng.choices(self.words, k=rng.randint(2, longest)), self.end] for _ in range(number)]


@pytest.fixture(scope="module", params=FAMILIES)
def built(
    request: pytest.FixtureRequest, checkpoint: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Built:
    """Random weights whose answers differ and end."""
    family = str(request.param)
    place = tmp_path_factory.mktemp(family)
    with quiet():
        model: Any = AutoModelForSeq2SeqLM.from_pretrained(checkpoint(family), dtype=torch.float32).eval()
        with torch.no_grad():
            _enliven(model, relative=family in RELATIVE)
        model.save_pretrained(place / "hf")
    convert(place / "hf", place / "ct2", "float32")
    manifest = Manifest("tiny", "0", "", {}, record(place))
    config = model.config
    return Built(family, BuiltModel(place, manifest), config.eos_token_id, range(20, min(500, config.vocab_size - 2)))


def _enliven(model: Any, *, relative: bool) -> None:
    """Larger weights, an output that does not say the last token again and again, as the same embeddings for input and
    output do, and an end in the place of a token that comes up."""
    for name, parameter in model.named_parameters():
        if parameter.dim() > 1 and not any(part in name for part in ("embed", "shared", "lm_head", "relative")):
            parameter.mul_(8)
    config = model.config
    if not relative:
        decoder = model.get_decoder()
        last = getattr(decoder, "layer_norm", None) or decoder.layers[-1].final_layer_norm
        last.weight.copy_(
            torch.where(torch.rand(len(last.weight), generator=torch.Generator().manual_seed(3)) < 0.5, -3, 3)
        )
    if config.model_type == "marian":  # it begins with nothing, as those of the Hub do
        model.get_input_embeddings().weight[config.pad_token_id] = 0
    said = [_said(model, n) for n in range(16)]
    early = {token for tokens in said for token in tokens[:2]}
    late = Counter(token for tokens in said for token in set(tokens) - early)
    end = config.eos_token_id
    often = next((token for token, _ in late.most_common(1)), end)
    weight = model.get_output_embeddings().weight
    weight[[end, often]] = weight[[often, end]].clone()


def _said(model: Any, seed: int) -> list[int]:
    """An answer without an end."""
    config, rng = model.config, random.Random(seed)
    ids = torch.tensor([[*rng.choices(range(20, 400), k=rng.randint(2, 40)), config.eos_token_id]])
    decoder = torch.tensor([[config.decoder_start_token_id]])
    for _ in range(LENGTH - 2):
        logits = model(input_ids=ids, decoder_input_ids=decoder).logits[0, -1]
        logits[[config.eos_token_id, config.pad_token_id]] = -torch.inf
        decoder = torch.cat((decoder, logits.argmax()[None, None]), dim=1)
    tokens: list[int] = decoder[0, 1:].tolist()
    return tokens


@pytest.fixture(scope="module")
def padding_first(checkpoint: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A Marian that would say <pad> before all else, if it could."""
    place = tmp_path_factory.mktemp("padding-first")
    with quiet():
        model: Any = AutoModelForSeq2SeqLM.from_pretrained(checkpoint("marian"), dtype=torch.float32).eval()
        config = model.config
        model.final_logits_bias[:, config.pad_token_id] = 100.0
        model.save_pretrained(place / "hf")
        again: Any = AutoModelForSeq2SeqLM.from_pretrained(place / "hf", dtype=torch.float32)
    assert float(again.final_logits_bias[0, config.pad_token_id]) == 100.0
    convert(place / "hf", place / "ct2", "float32")
    manifest = Manifest("tiny", "0", "", {}, record(place))
    return Built("marian", BuiltModel(place, manifest), config.eos_token_id, range(20, config.vocab_size - 2))


@pytest.mark.parametrize("engine", ENCODER_DECODERS)
@pytest.mark.parametrize("decoding", [GREEDY, Decoding(beam_size=4), Decoding(temperature=5.0, seed=3)])
def test_marian_never_says_padding(padding_first: Built, engine: str, decoding: Decoding) -> None:
    """The row of <pad> is in its vocabulary, and its repositories forbid it (`bad_words_ids`)."""
    loaded = padding_first.load(engine)
    padding = max(padding_first.words) + 2
    found = generate(loaded, padding_first.prompts(4, 12), [LENGTH] * 4, decoding)
    assert all(padding not in one.tokens for made in found for one in (made, *made.others))
    assert any(made.tokens for made in found)
    assert all(made.log_probability > -1e4 for made in found)
    loaded.close()


@pytest.fixture(scope="module")
def engines(built: Built) -> Iterator[dict[str, Engine]]:
    made = {name: built.load(name) for name in ENCODER_DECODERS}
    yield made
    for engine in made.values():
        engine.close()


@lru_cache(maxsize=1)
def reference_model(folder: Path) -> Any:
    with quiet():
        model: Any = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()
    if model.config.model_type == "marian":
        model.final_logits_bias[:, model.config.pad_token_id] = -torch.inf
    return model


def likelihood(built: Built, prompt: list[int], begun: list[int], made: Hypothesis) -> float:
    """What the model says of an answer when it is asked for all of it at once."""
    model = reference_model(built.model.hf)
    added = [*made.tokens, *([built.end] if made.finished else [])]
    with torch.inference_mode():
        decoder = torch.tensor([[model.config.decoder_start_token_id, *begun, *added]])
        logits = model(input_ids=torch.tensor([prompt]), decoder_input_ids=decoder).logits[0, len(begun) : -1]
        return float(logits.log_softmax(-1)[range(len(added)), added].sum())


def begun(built: Built) -> list[int]:
    return [0] if built.family == "bart" else list(built.prefix)


def test_engines_agree_token_for_token(built: Built, engines: dict[str, Engine]) -> None:
    some = built.prompts(16, 40)
    answers = {name: generate(e, some, [LENGTH] * 16, GREEDY, built.prefix) for name, e in engines.items()}
    assert answers["ct2"] == answers["torch"]
    assert len({a.tokens for a in answers["ct2"]}) > 1
    for prompt, one, other in zip(some, answers["ct2"], answers["torch"], strict=True):
        expected = likelihood(built, prompt, begun(built), one)
        assert one.log_probability == pytest.approx(expected, abs=1e-2 if one.finished else 5)
        assert other.log_probability == pytest.approx(expected, abs=1e-2)


def test_engines_agree_where_nothing_may_come_twice(built: Built, engines: dict[str, Engine]) -> None:
    some = built.prompts(8, 20)
    careful = Decoding(no_repeat_ngram_size=2)
    ct2, reference = (generate(engines[n], some, [LENGTH] * 8, careful, built.prefix) for n in ("ct2", "torch"))
    assert ct2 == reference


def test_what_a_decoder_begins_with_matters_and_is_no_part_of_the_answer(
    built: Built, engines: dict[str, Engine]
) -> None:
    some = built.prompts(4, 20)
    for engine in engines.values():
        plain, told = (generate(engine, some, [6] * 4, GREEDY, prefix) for prefix in ((), (built.words[9],)))
        assert [h.log_probability for h in plain] != pytest.approx([h.log_probability for h in told], abs=1e-3)
    ct2, reference = (generate(e, some, [6] * 4, GREEDY, (built.words[9], built.words[4])) for e in engines.values())
    assert ct2 == reference


@pytest.mark.parametrize("how", [GREEDY, Decoding(3), Decoding(2, 2)], ids=["greedy", "beams", "careful"])
def test_neighbours_change_nothing(built: Built, engines: dict[str, Engine], how: Decoding) -> None:
    some = built.prompts(6, 30)
    together = generate(engines["ct2"], some, [LENGTH] * 6, how, built.prefix)
    assert together == [generate(engines["ct2"], [p], [LENGTH], how, built.prefix)[0] for p in some]
    assert all(len(best.others) == how.beam_size - 1 for best in together)


def test_beams_say_how_likely_they_are(built: Built, engines: dict[str, Engine]) -> None:
    some = built.prompts(6, 20)
    for prompt, best in zip(some, generate(engines["ct2"], some, [LENGTH] * 6, Decoding(3), built.prefix), strict=True):
        for one in (best, *best.others):
            if one.finished:
                expected = likelihood(built, prompt, begun(built), one)
                assert one.log_probability == pytest.approx(expected, abs=1e-2)


def test_each_row_has_its_own_limit(built: Built, engines: dict[str, Engine]) -> None:
    some = built.prompts(8, 10)
    limits = [n % 5 + 1 for n in range(8)]
    for engine in engines.values():
        free = generate(engine, some, [LENGTH] * 8, GREEDY, built.prefix)
        for limited, limit, full in zip(
            generate(engine, some, limits, GREEDY, built.prefix), limits, free, strict=True
        ):
            assert limited.tokens == full.tokens[:limit]
            assert limited.finished == (full.finished and len(full.tokens) <= limit)


def test_a_row_goes_on_where_another_engine_stopped(built: Built, engines: dict[str, Engine]) -> None:
    some = built.prompts(4, 20)
    free = generate(engines["torch"], some, [LENGTH] * 4, GREEDY, built.prefix)
    begun = [Row(p, LENGTH, GREEDY, list(f.tokens[:2]), -1.0, built.prefix) for p, f in zip(some, free, strict=True)]
    found: dict[Row, Hypothesis] = {}
    engines["ct2"].run(begun, found.__setitem__, lambda: False)
    assert [found[row] for row in begun] == free


def test_long_prompts_are_answered_whole_or_refused(built: Built, engines: dict[str, Engine]) -> None:
    rng = random.Random(6)
    rest = rng.choices(built.words, k=1100)
    asked = [[built.words[first], *rest, built.end] for first in (1, 200)]
    if built.family not in RELATIVE:
        for engine in engines.values():
            with pytest.raises(EngineFailed, match="1102 tokens exceeds the window of"):
                generate(engine, asked[:1], [5], GREEDY, built.prefix)
        return
    ct2, reference = (generate(e, asked, [8] * 2, GREEDY, built.prefix) for e in engines.values())
    assert ct2 == reference
    # What stands behind the first 1024 tokens, where CTranslate2 cuts unless it is told not to, shows in the answer.
    cut = generate(engines["ct2"], [[*one[:1023], built.end] for one in asked], [8] * 2, GREEDY, built.prefix)
    assert [h.log_probability for h in cut] != pytest.approx([h.log_probability for h in ct2], abs=1e-6)


def test_what_can_not_be_a_prompt_is_refused(built: Built, engines: dict[str, Engine]) -> None:
    for engine in engines.values():
        for prompt, prefix in (([], ()), ([10**6], ()), ([-1], ()), ([built.end], (10**6,)), ([built.end], (-1,))):
            with pytest.raises(EngineFailed, match="empty or has a token"):
                generate(engine, [prompt], [5], GREEDY, prefix)


def test_closed_engine(built: Built) -> None:
    engine = built.load("ct2")
    engine.close()
    engine.close()
    with pytest.raises(EngineFailed, match="closed"):
        generate(engine, built.prompts(1, 3), [5], GREEDY)


def test_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="can't load"):
        Ct2Seq2SeqEngine(tmp_path, INFO, 1, [0])


@pytest.mark.parametrize("family", ["led", "longt5"])
def test_what_has_no_converter_stays_with_torch(family: str, checkpoint: Callable[[str], Path], tmp_path: Path) -> None:
    convert(checkpoint(family), tmp_path / "ct2", "int8")
    assert not (tmp_path / "ct2").exists()


def test_a_folder_that_is_not_what_it_says_is_not_converted(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "marian", "vocab_size": 12, "pad_token_id": 11}')
    with pytest.raises(ModelCorrupt, match="can't be converted"):
        convert(tmp_path, tmp_path / "ct2", "int8")
