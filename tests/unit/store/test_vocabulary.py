"""Pruning a vocabulary and merging an adapter, on toys."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from polygist.errors import ModelCorrupt
from polygist.store.adapter import merge
from polygist.store.vocabulary import SPECIAL, prune_tokenizer, read_kept_ids

BYTES = [f"<0x{b:02X}>" for b in range(256)]
LETTERS = ["a", "b", "c", "ab", "abc", "bc"]


@pytest.fixture
def tokenizer() -> dict[str, Any]:
    tokens = [*SPECIAL, "<mask>", *BYTES, *LETTERS]
    vocab = {token: number for number, token in enumerate(tokens)}
    added = [
        {"id": vocab[t], "content": t, "special": True, "normalized": False}
        | {"single_word": False, "lstrip": False, "rstrip": False}
        for t in (*SPECIAL, "<mask>")
    ]
    bos = {"<bos>": {"id": "<bos>", "ids": [vocab["<bos>"]], "tokens": ["<bos>"]}}
    sequence = [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    return {
        "version": "1.0",
        "added_tokens": added,
        "post_processor": {"type": "TemplateProcessing", "single": sequence, "pair": [], "special_tokens": bos},
        "model": {
            "type": "BPE",
            "vocab": vocab,
            "merges": [["a", "b"], ["ab", "c"], ["b", "c"]],
            "unk_token": "<unk>",
            "byte_fallback": True,
        },
    }


def kept(tokenizer: dict[str, Any], without: set[str]) -> list[int]:
    return [id for token, id in tokenizer["model"]["vocab"].items() if token not in without]


def test_kept_tokens_are_numbered_anew(tokenizer: dict[str, Any]) -> None:
    pruned = prune_tokenizer(tokenizer, kept(tokenizer, {"<mask>", "abc"}))
    assert pruned["model"]["vocab"]["a"] == tokenizer["model"]["vocab"]["a"] - 1
    assert pruned["model"]["merges"] == [["a", "b"], ["b", "c"]]
    small = Tokenizer.from_str(json.dumps(pruned))
    assert small.encode("abc").tokens == ["<bos>", "ab", "c"]
    assert small.encode("<mask>").tokens[1:] == [f"<0x{b:02X}>" if chr(b) != "a" else "a" for b in b"<mask>"]
    assert small.get_vocab_size() == len(tokenizer["model"]["vocab"]) - 2


@pytest.mark.parametrize("lost", ["<eos>", "<0xE2>"])
def test_special_and_byte_tokens_have_to_stay(tokenizer: dict[str, Any], lost: str) -> None:
    with pytest.raises(ModelCorrupt, match=f"lack 1 special or byte tokens, {lost}"):
        prune_tokenizer(tokenizer, kept(tokenizer, {lost}))


def test_ids_outside_the_vocabulary(tokenizer: dict[str, Any]) -> None:
    with pytest.raises(ModelCorrupt, match="outside the vocabulary"):
        prune_tokenizer(tokenizer, [*kept(tokenizer, set()), 10_000])


@pytest.mark.parametrize("content", ["[2, 1]", "[1, 1]", '["1"]', "[1.5]"])
def test_kept_ids_ascend(tmp_path: Path, content: str) -> None:
    (tmp_path / "ids.json").write_text(content)
    with pytest.raises(ModelCorrupt, match="ascending"):
        read_kept_ids(tmp_path / "ids.json")


class Toy(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 2, bias=False)
        self.norm = torch.nn.LayerNorm(3, bias=False)


def test_merge_adds_the_product_and_replaces_norms(tmp_path: Path) -> None:
    toy, file = Toy(), tmp_path / "adapter.safetensors"
    before = toy.linear.weight.detach().clone()
    a, b = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[10.0], [20.0]])
    save_file({"linear.A": a, "linear.B": b, "norm.weight": torch.tensor([5.0, 6.0, 7.0])}, file)
    merge(toy, file)
    expected = before + torch.tensor([[10.0, 20.0, 30.0], [20.0, 40.0, 60.0]])
    torch.testing.assert_close(toy.linear.weight.detach(), expected)
    assert toy.norm.weight.tolist() == [5.0, 6.0, 7.0]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"linear.A": (1, 3)}, "linear.A has no counterpart"),
        ({"linear.B": (2, 1)}, "linear.B has no counterpart"),
        ({"other.A": (1, 3), "other.B": (2, 1)}, "other.A has no counterpart"),
        ({"norm.weight": (4,)}, r"norm.weight makes \(4,\), the weight is \(3,\)"),
        ({"linear.A": (1, 4), "linear.B": (2, 1)}, r"linear.A makes \(2, 4\)"),
    ],
)
def test_an_adapter_that_does_not_fit(tmp_path: Path, names: dict[str, tuple[int, ...]], message: str) -> None:
    file = tmp_path / "adapter.safetensors"
    save_file({name: torch.zeros(shape) for name, shape in names.items()}, file)
    with pytest.raises(ModelCorrupt, match=message):
        merge(Toy(), file)
