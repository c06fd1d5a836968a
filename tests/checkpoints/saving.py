"""Saving a checkpoint as transformers does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from polygist.store.quiet import quiet

# Sizes that all families have in common.
WIDTH, HEADS, INNER = 64, 4, 128


def saved(kind: Any, config: Any, tokenizer: Any, folder: Path, decoding: Mapping[str, object] | None = None) -> Any:
    """The model of that class with weights at random, saved with its tokenizer; `decoding` is what a repository says of
    how to decode."""
    torch.manual_seed(7)
    with quiet():
        model = kind(config)
        if decoding:
            model.generation_config.update(**decoding)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return model


def write_json(file: Path, value: object) -> None:
    """As repositories have them."""
    file.write_text(json.dumps(value, ensure_ascii=False, indent=2), encoding="utf-8")
