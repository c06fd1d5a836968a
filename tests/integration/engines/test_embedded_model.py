"""The embedded model in all engines."""

import json
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from polygist.engines.base import GREEDY, generate
from polygist.engines.ct2 import Ct2Engine
from polygist.engines.devices import Seat
from polygist.engines.loading import decoding, load_engine
from polygist.engines.torch import TorchEngine
from polygist.errors import ConfigurationError
from polygist.store.cards import load_embedded
from polygist.store.models import CT2_WEIGHTS, HF_WEIGHTS, OV_WEIGHTS, BuiltModel
from tests.integration.engines.test_engines import BOUNDS, INFO, convert

CARD = load_embedded("gemma3-270m-embedded")
SENTENCES = (
    "The government presented its budget on Monday.",
    "Heavy rain flooded several streets in the old town.",
    "The company will open a new factory next year.",
    "Police arrested two men after the robbery.",
    "The museum is closed until further notice.",
    "She won the race in under ten minutes.",
    "Doctors warn of a new wave of infections.",
    "The train was two hours late.",
    "Parliament voted against the law.",
    "Prices for bread and milk have risen sharply.",
    "The president will visit Berlin in March.",
    "A fire destroyed the warehouse during the night.",
    "The team lost its first match of the season.",
    "Scientists discovered water under the ice.",
    "Thousands of people took part in the protest.",
    "The airport reopened after the storm.",
    "He has worked as a teacher for twenty years.",
    "The bank lowered its interest rates again.",
    "The bridge will be repaired in summer.",
    "Children under six travel free of charge.",
)


def ask(model: BuiltModel) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(model.tokenizer))
    targets = ("German", "Ukrainian")
    return [
        tokenizer.encode(CARD.prompt_template.format(source="English", text=text, target=targets[n % 2])).ids
        for n, text in enumerate(SENTENCES)
    ]


def test_embedded_model_in_all_engines(embedded_model: BuiltModel) -> None:
    some = ask(embedded_model)
    answers = {}
    for name, weights in (("openvino", OV_WEIGHTS), ("ct2", CT2_WEIGHTS), ("torch", HF_WEIGHTS)):
        engine = load_engine(embedded_model, CARD, name, Seat(2), BOUNDS)
        assert (engine.info.engine, engine.info.revision) == (name, embedded_model.revision)
        assert engine.info.sha256 == embedded_model.manifest.files[weights].sha256
        answers[name] = generate(engine, some, [60] * len(some), decoding(CARD.decoding))
        engine.close()
    for name in ("openvino", "ct2"):
        pairs = zip(answers[name], answers["torch"], strict=True)
        alike = [SequenceMatcher(None, a.tokens, b.tokens).ratio() for a, b in pairs]
        # int8 against bfloat16: the wording may differ, but most of the tokens are the same.
        assert sum(alike) / len(alike) > 0.6
        assert sum(a.finished for a in answers[name]) > len(some) / 2


def test_embedded_model_in_float32_agrees(embedded_model: BuiltModel, tmp_path: Path) -> None:
    some = ask(embedded_model)[:8]
    folder = convert(embedded_model.hf, tmp_path / "ct2", "float32")
    ct2 = Ct2Engine(folder, INFO, 2)
    expected = generate(TorchEngine(embedded_model.hf, INFO, 2, "float32"), some, [40] * len(some), GREEDY)
    assert generate(ct2, some, [40] * len(some), GREEDY) == expected
    ct2.close()


def test_embedded_tokenizers_agree(embedded_model: BuiltModel) -> None:
    """What the service encodes with is what CTranslate2 and transformers know; any text comes back as it was."""
    tokenizer = Tokenizer.from_file(str(embedded_model.tokenizer))
    vocabulary = json.loads((embedded_model.ct2 / "vocabulary.json").read_text())
    assert [tokenizer.id_to_token(n) for n in range(len(vocabulary))] == vocabulary
    assert tokenizer.get_vocab_size() == len(vocabulary) == 48_001
    text = "Grüße aus Київ: 東京 🎉 <mask>\tȥ"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_unknown_engine_lists_the_others(embedded_model: BuiltModel) -> None:
    with pytest.raises(ConfigurationError, match=r"'abacus'; there are: openvino, ct2, torch"):
        load_engine(embedded_model, CARD, "abacus", Seat(1), BOUNDS)
