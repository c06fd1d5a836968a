"""T5 and its kin: T5, mT5, UMT5, and MADLAD-400, whose targets are tokens such as <2uk>."""

import json
from pathlib import Path
from typing import Any

from transformers import (
    MT5Config,
    MT5ForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
    UMT5Config,
    UMT5ForConditionalGeneration,
)

from polygist.store.quiet import quiet
from tests.checkpoints.corpus import pieces
from tests.checkpoints.saving import HEADS, INNER, WIDTH, saved, write_json

SPM = "spiece.model"
SIZES = {"d_model": WIDTH, "d_kv": 16, "d_ff": INNER, "num_layers": 2, "num_heads": HEADS, "dropout_rate": 0.0}
# Ids of <unk>, <s>, </s> and <pad>.
T5_IDS, MADLAD_IDS = (2, -1, 1, 0), (0, 1, 2, -1)
TARGETS = ("<2de>", "<2en>", "<2uk>", "<2zh>", "<2sr>")


def t5(folder: Path) -> Any:
    """A T5 with random weights, saved; the model, to be trained."""
    return made(folder, T5ForConditionalGeneration, T5Config, extra_ids=100)


def mt5(folder: Path) -> Any:
    """An mT5 with random weights, saved; the model, to be trained. Its repositories have no tokenizer.json."""
    model = made(folder, MT5ForConditionalGeneration, MT5Config, extra_ids=0)
    (folder / "tokenizer.json").unlink()
    return model


def umt5(folder: Path) -> Any:
    """A UMT5 with random weights, saved; the model, to be trained."""
    return made(folder, UMT5ForConditionalGeneration, UMT5Config, extra_ids=0)


def madlad(folder: Path) -> Any:
    """A MADLAD-400 with random weights, saved; the model, to be trained. Its ids are not T5's."""
    model = made(folder, T5ForConditionalGeneration, T5Config, MADLAD_IDS, TARGETS, 0)
    # transformers takes </s> for what is unknown here, as its class knows the ids of T5 alone.
    file = folder / "tokenizer.json"
    table = json.loads(file.read_text(encoding="utf-8"))
    table["model"]["unk_id"] = MADLAD_IDS[0]
    write_json(file, table)
    return model


def made(
    folder: Path,
    kind: Any,
    config: Any,
    ids: tuple[int, int, int, int] = T5_IDS,
    symbols: tuple[str, ...] = (),
    extra_ids: int = 0,
) -> Any:
    """A model of that class with T5's kind of tokenizer, saved; `config` is called with its sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SPM).write_bytes(pieces("unigram", symbols=symbols, ids=ids))
    with quiet():
        tokenizer = T5Tokenizer.from_pretrained(folder, extra_ids=extra_ids, **_names(ids))
    gated = {} if kind is T5ForConditionalGeneration and not symbols else {"feed_forward_proj": "gated-gelu"}
    settings = config(
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=0,
        tie_word_embeddings=not gated,
        **SIZES | gated,
    )
    return saved(kind, settings, tokenizer, folder)


def _names(ids: tuple[int, int, int, int]) -> dict[str, str]:
    """MADLAD pads with <s>."""
    return {"pad_token": "<s>"} if ids == MADLAD_IDS else {}
