"""What weights lose on text that was held out: cross-entropy for each target token, by direction.

    python -m training.evaluate TRIPLES.json --base FOLDER [--weights FILE ...] [--lines 200]

TRIPLES.json holds [english, german, ukrainian] sentences. The base is scored, and each file: an adapter, or all weights
of a run. It is for comparing weights of one vocabulary on the machine that trains, where no service runs; chrF++ of
what is shipped comes from bench/translation.py.
"""

import argparse
import json
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from polygist.store import adapter
from polygist.store.cards import load_embedded
from training import loss
from training.data import tokenized
from training.pairs import Pair

LANGUAGES = ("en", "de", "uk")
_BATCH = 8


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("triples", type=Path)
    arguments.add_argument("--base", type=Path, required=True)
    arguments.add_argument("--weights", type=Path, nargs="*", default=())
    arguments.add_argument("--lines", type=int, default=200)
    arguments.add_argument("--card", default="gemma3-270m-embedded")
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = arguments.parse_args()
    rows = json.loads(options.triples.read_text(encoding="utf-8"))[: options.lines]
    card = load_embedded(options.card)
    tokenizer = AutoTokenizer.from_pretrained(options.base)
    directions = list(permutations(LANGUAGES, 2))
    print("weights", *("-".join(d) for d in directions), sep="\t")
    for file in (None, *options.weights):
        model = weighed(options.base, file).to(options.device)
        losses = [
            mean_loss(model, tokenizer, pairs(rows, *d), card.prompt_template, card.languages, options.device)
            for d in directions
        ]
        print(file.name if file else "base", *(f"{value:.4f}" for value in losses), sep="\t", flush=True)


def weighed(base: Path, file: Path | None) -> Any:
    """The model of a base with weights brought into it, in float32."""
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    if file:
        put(model, file)
    return model.eval()


def put(model: Any, file: Path) -> None:
    """Bring weights into a model: those of an adapter are merged, others replace its own."""
    weights = load_file(file)
    if any(name.endswith(".A") for name in weights):
        adapter.merge(model, file)
    else:
        model.load_state_dict(weights, strict=False)


def pairs(rows: Sequence[Sequence[str]], s: str, t: str) -> list[Pair]:
    return [Pair(s, t, row[LANGUAGES.index(s)], row[LANGUAGES.index(t)], "") for row in rows]


def mean_loss(model: Any, tokenizer: Any, text: Sequence[Pair], template: str, names: Any, device: str) -> float:
    """Nats for each target token, the end token among them."""
    examples = sorted(tokenized(text, tokenizer, template, names), key=lambda e: len(e[0]) + len(e[1]))
    total = 0.0
    with torch.inference_mode():
        for i in range(0, len(examples), _BATCH):
            total += loss.summed(model, examples[i : i + _BATCH], tokenizer.pad_token_id, device)[0].item()
    return total / sum(len(target) for _, target in examples)


if __name__ == "__main__":
    main()
