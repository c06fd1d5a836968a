"""Checkpoints that were taught something, so that it shows in text whether decoding is right."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from tests.checkpoints.marian import marian
from tests.checkpoints.nllb import nllb
from tests.checkpoints.tokenizers import tokenizer
from tests.checkpoints.training import train_pairs
from tests.conftest import ROOT

PAIRS = ROOT / "tests/data/pairs/cwa-app.jsonl"
# Learnt by heart, of each target.
PHRASES = 15
TOKENS = {"de": ">>deu<<", "uk": ">>ukr<<"}
# Of so many words the toy sentences are made.
WORDS = ["Zug", "Fluss", "Haus", "вода", "міст", "дім", "river", "house"]
CODES = {"de": "deu_Latn", "en": "eng_Latn", "uk": "ukr_Cyrl"}


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
    return train_pairs(model, folder, prompts, answers, steps=150, rate=6e-3)


def turned(words: Sequence[str], target: str) -> list[str]:
    """What the toy does: to Ukrainian words go as they are, to German the last comes first."""
    return list(words[::-1] if target == "de" else words)


def sentences() -> list[list[str]]:
    """Sentences of the toy language."""
    rng = random.Random(1)
    return [rng.sample(WORDS, k=rng.randint(2, 3)) for _ in range(20)]


def reverse(folder: Path) -> float:
    """An NLLB that learnt to copy or to turn the toy sentences, depending on the target; the last loss."""
    model, own = nllb(folder), tokenizer(folder)
    prompts, answers = [], []
    for words in sentences():
        for target in ("de", "uk"):
            own.src_lang = CODES["en"]
            prompts.append(own(" ".join(words)).input_ids)
            own.src_lang = CODES[target]
            answers.append(own(" ".join(turned(words, target))).input_ids)
    return train_pairs(model, folder, prompts, answers, steps=160, rate=5e-3)
