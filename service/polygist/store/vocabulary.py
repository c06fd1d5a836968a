"""Cuts a vocabulary down to the tokens that the languages served use."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from polygist.errors import ModelCorrupt

SPECIAL = ("<pad>", "<eos>", "<bos>", "<unk>")
_BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))


def read_kept_ids(file: Path) -> list[int]:
    """The ids that are kept, ascending. Raises ModelCorrupt when the file holds anything else."""
    ids = json.loads(file.read_text(encoding="utf-8"))
    if not all(type(i) is int for i in ids) or any(a >= b for a, b in pairwise(ids)):
        raise ModelCorrupt(f"{file}: the ids must be whole numbers in ascending order")
    return list(ids)


def prune_tokenizer(tokenizer: dict[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """A tokenizer.json whose token number n is the one that was number kept[n].

    Merges that lead to a lost token go with it. The special tokens and all 256 byte tokens must be kept, so that any
    text can still be encoded: raises ModelCorrupt otherwise.
    """
    names = {id: token for token, id in tokenizer["model"]["vocab"].items()}
    lost = [i for i in kept if i not in names]
    if lost:
        raise ModelCorrupt(f"kept ids outside the vocabulary: {lost[:5]}")
    vocab = {names[id]: number for number, id in enumerate(kept)}
    missing = [token for token in (*SPECIAL, *_BYTES) if token not in vocab]
    if missing:
        raise ModelCorrupt(f"the kept ids lack {len(missing)} special or byte tokens, {missing[0]} first")
    merges = [m for m in tokenizer["model"]["merges"] if m[0] in vocab and m[1] in vocab and m[0] + m[1] in vocab]
    added = [
        token | {"id": vocab[token["content"]]} for token in tokenizer["added_tokens"] if token["content"] in SPECIAL
    ]
    pruned = tokenizer | {"model": tokenizer["model"] | {"vocab": vocab, "merges": merges}, "added_tokens": added}
    pruned["post_processor"] = _renumber(tokenizer["post_processor"], vocab)
    return pruned


def _renumber(post_processor: dict[str, Any], vocab: dict[str, int]) -> dict[str, Any]:
    special = {
        name: token | {"ids": [vocab[t] for t in token["tokens"]]}
        for name, token in post_processor["special_tokens"].items()
    }
    return post_processor | {"special_tokens": special}


def write_tokenizer(tokenizer: dict[str, Any], folder: Path) -> None:
    """Save it as tokenizer.json with the tokenizer_config.json that transformers wants beside it."""
    names = {f"{token[1:-1]}_token": token for token in SPECIAL}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "padding_side": "left", **names}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def prune_embeddings(model: Any, kept: Sequence[int]) -> None:
    """Keep the rows `kept` of the embedding and number the special tokens anew.

    `model` is a transformers model whose output layer shares the embedding.
    """
    embedding = model.get_input_embeddings()
    output = model.get_output_embeddings()
    rows = embedding.weight.detach()[torch.tensor(kept)].clone()
    embedding.weight = torch.nn.Parameter(rows, requires_grad=False)
    output.weight = embedding.weight
    embedding.num_embeddings = output.out_features = model.config.vocab_size = len(kept)
    embedding.padding_idx = kept.index(model.config.pad_token_id)
    for config in (model.config, model.generation_config):
        for name in ("pad_token_id", "eos_token_id", "bos_token_id", "unk_token_id"):
            if (id := getattr(config, name, None)) is not None:
                setattr(config, name, kept.index(id))
