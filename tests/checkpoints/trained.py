"""Checkpoints that were taught something, so that it shows in text whether decoding is right."""

import json
from pathlib import Path

from tests.checkpoints.marian import marian
from tests.checkpoints.tokenizers import tokenizer
from tests.checkpoints.training import train_pairs
from tests.conftest import ROOT

PAIRS = ROOT / "tests/data/pairs/cwa-app.jsonl"
# Learnt by heart, of each target.
PHRASES = 20
TOKENS = {"de": ">>deu<<", "uk": ">>ukr<<"}


def phrases() -> list[dict[str, str]]:
    """The shortest phrases of each target, with "source", "target", "text", and "translation"."""
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    shortest = sorted(rows, key=lambda row: len(row["text"] + row["translation"]))
    return [row for target in TOKENS for row in [row for row in shortest if row["target"] == target][:PHRASES]]


def opus(folder: Path) -> float:
    """A Marian that knows the phrases by heart, en to de and to uk; the last loss."""
    rows = phrases()
    sources, targets = (tuple(row[key] for row in rows) for key in ("text", "translation"))
    tokens, sizes = list(TOKENS.values()), {"encoder_layers": 1}
    model = marian(folder, tokens, sources=sources, targets=targets, size=400, sizes=sizes)
    own = tokenizer(folder)
    prompts = [own(f"{TOKENS[row['target']]} {row['text']}").input_ids for row in rows]
    answers = [own(text_target=row["translation"]).input_ids for row in rows]
    return train_pairs(model, folder, prompts, answers, steps=200, rate=5e-3)
