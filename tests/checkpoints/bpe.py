"""Vocabulary and merges of a byte pair encoding, as tokenizers' constructors take them."""

import json

from tokenizers import Tokenizer


def bpe(tokenizer: Tokenizer) -> tuple[dict[str, int], list[tuple[str, str]]]:
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(merge) for merge in model["merges"]]
