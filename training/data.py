"""Training text as an endless stream of batches of tokenized pairs."""

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

# Prompt and target token ids of a pair.
Example = tuple[list[int], list[int]]

_POOL = 4096
_SHORTEST = 8


class Pairs:
    """Every sentence pair of the given files, in each direction that has a weight.

    A file is JSON lines, gzipped: `s`, `t` language codes, `src`, `tgt` text, `d` data set. A pair is drawn with the
    weight of its direction times that of its data set ("*" for those that are not named).
    """

    def __init__(self, files: Sequence[Path], directions: Mapping[str, float], datasets: Mapping[str, float]) -> None:
        self.rows: list[tuple[str, str, str, str]] = []
        weights: list[float] = []
        for file in files:
            for row in _read(file):
                dataset = datasets.get(row["d"], datasets["*"])
                for s, t, source, target in (
                    (row["s"], row["t"], row["src"], row["tgt"]),
                    (row["t"], row["s"], row["tgt"], row["src"]),
                ):
                    if weight := directions.get(f"{s}-{t}", 0.0) * dataset:
                        self.rows.append((s, t, source, target))
                        weights.append(weight)
        self._cumulative = list(accumulate(weights))

    def draw(self, seed: int, pool: int) -> list[tuple[str, str, str, str]]:
        """The pool of that number: (source language, target language, source, target). Depends on the seed alone."""
        return random.Random(f"{seed}-{pool}").choices(self.rows, cum_weights=self._cumulative, k=_POOL)


def _read(file: Path) -> Iterator[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def batches(
    pairs: Pairs,
    tokenizer: Any,
    template: str,
    names: Mapping[str, str],
    *,
    seed: int,
    first_pool: int,
    max_length: int,
    batch_tokens: int,
) -> Iterator[tuple[int, list[Example]]]:
    """Endless (pool number, batch). Batches of similar length, at most `batch_tokens` with padding, in random order.

    A run that goes on with the next pool draws none twice.
    """
    pool = first_pool
    while True:
        drawn = pairs.draw(seed, pool)
        prompts = tokenizer([template.format(source=names[s], text=x, target=names[t]) for s, t, x, _ in drawn])
        targets = tokenizer([f" {y}" for *_, y in drawn], add_special_tokens=False)
        examples = [
            (p, [*t, tokenizer.eos_token_id])
            for p, t in zip(prompts.input_ids, targets.input_ids, strict=True)
            if _SHORTEST < len(p) + len(t) < max_length
        ]
        cut = _cut(sorted(examples, key=_length), batch_tokens)
        random.Random(f"{seed}-{pool}-order").shuffle(cut)
        for batch in cut:
            yield pool, batch
        pool += 1


def _length(example: Example) -> int:
    return len(example[0]) + len(example[1])


def _cut(examples: Sequence[Example], batch_tokens: int) -> list[list[Example]]:
    found: list[list[Example]] = [[]]
    for example in examples:  # each is at least as long as those before it
        if found[-1] and _length(example) * (len(found[-1]) + 1) > batch_tokens:
            found.append([])
        found[-1].append(example)
    return found
