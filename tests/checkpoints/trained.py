"""Checkpoints that were taught something, so that it shows in text whether decoding is right."""

import json
import random
from pathlib import Path

from tests.checkpoints.marian import marian
from tests.checkpoints.tokenizers import tokenizer
from tests.checkpoints.training import train_pairs
from tests.conftest import ROOT

PAIRS = ROOT / "tests/data/pairs/cwa-app.jsonl"
# Learnt by heart, of each target.
PHRASES = 20
TOKENS = {"de": ">>deu<<", "uk": ">>ukr<<"}
# Not known by heart: words are copied, or come back last first, as the token says.
WORDS = ("Haus", "Baum", "Licht", "Wasser", "день", "ніч", "ліс", "місто")
BACKWARDS = "uk"


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


def lines(seed: int, count: int) -> list[tuple[str, str, str]]:
    """Two to four words, a target, and what becomes of them for that target."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        words, target = rng.choices(WORDS, k=rng.randint(2, 4)), rng.choice(list(TOKENS))
        made.append((" ".join(words), target, " ".join(words[::-1] if target == BACKWARDS else words)))
    return made


def unseen(count: int) -> list[tuple[str, str, str]]:
    """Lines that the model has not learnt from."""
    seen = set(_learnt())
    return [line for line in lines(5, 4 * count) if line not in seen][:count]


def _learnt() -> list[tuple[str, str, str]]:
    return lines(3, 4000)


def copier(folder: Path) -> float:
    """A Marian that copies words into German and writes them backwards into Ukrainian; the last loss."""
    words, sizes = WORDS * 30, {"encoder_layers": 1, "decoder_layers": 1}
    model = marian(folder, list(TOKENS.values()), sources=words, targets=words, size=400, sizes=sizes)
    own = tokenizer(folder)
    prompts = [own(f"{TOKENS[target]} {text}").input_ids for text, target, _ in _learnt()]
    answers = [own(text_target=answer).input_ids for _, _, answer in _learnt()]
    return train_pairs(model, folder, prompts, answers, steps=1000, rate=3e-3, rows=32)
