"""A model small enough to train in a test."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

from training import pairs
from training.config import Config
from training.pairs import Pair

WORDS = ["English", "German", "Ukrainian", ":", "dog", "cat", "sleeps", "eats", "Hund", "Katze", "schläft", "frisst"]
SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>"]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """A model this small is slower with more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def signals_are_put_back() -> Iterator[None]:
    """A run takes two of them."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as training.base makes it, with two layers."""
    folder = tmp_path_factory.mktemp("model") / "base"
    vocabulary = {word: i for i, word in enumerate([*SPECIAL, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=SPECIAL[3]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    names = {f"{token[1:-1]}_token": token for token in SPECIAL}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "head_dim": 16}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1, "sliding_window": 16}
    ids = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2}
    model = Gemma3ForCausalLM(Gemma3TextConfig(vocab_size=len(vocabulary), **sizes, **heads, **ids))
    model.to(torch.bfloat16).save_pretrained(folder)
    return folder


@pytest.fixture
def state(tmp_path: Path, base: Path) -> Path:
    """The folder of a run that has its base."""
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "base").symlink_to(base)
    return folder


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """Four pairs."""
    nouns, verbs = (("dog", "Hund"), ("cat", "Katze")), (("sleeps", "schläft"), ("eats", "frisst"))
    file = tmp_path / "text.jsonl.gz"
    pairs.write([Pair("en", "de", f"{n[0]} {v[0]}", f"{n[1]} {v[1]}", "d") for n in nouns for v in verbs], file)
    return file


def config(text: Path, **other: object) -> Config:
    """A run over the text in both directions."""
    values: dict[str, object] = {
        "card": "gemma3-270m-embedded",
        "data": (str(text),),
        "seed": 1,
        "rank": 4,
        "learning_rate": 0.02,
        "warmup_steps": 2,
        "label_smoothing": 0.0,
        "batch_tokens": 120,
        "piece_tokens": 60,
        "max_length": 40,
        "directions": {"en-de": 1.0, "de-en": 1.0},
        "datasets": {"*": 1.0},
        "pool": 64,
    }
    return Config(**(values | other))
