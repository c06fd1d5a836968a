"""Training text as an endless stream of batches of tokenized pairs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from queue import Queue
from random import Random
from threading import Thread
from typing import Any, TypeVar

from training import pairs
from training.augment.base import Stock
from training.augment.variations import Varied
from training.pairs import Pair
from training.prepare.words import DATASET as WORDS

# Prompt and target token ids of a pair.
Example = tuple[list[int], list[int]]
T = TypeVar("T")

_SHORTEST = 8


class Pairs:
    """Every pair of the given files, in each direction that has a weight.

    A pair is drawn with the weight of its direction times that of its data set ("*" for those that are not named), and
    varied as `variations` says.
    """

    def __init__(
        self,
        files: Iterable[Path],
        directions: Mapping[str, float],
        datasets: Mapping[str, float],
        variations: Mapping[str, float],
    ) -> None:
        self.rows: list[Pair] = []
        weights: list[float] = []
        words: list[Pair] = []
        for pair in (p for file in files for p in pairs.read(file)):
            if pair.d == WORDS:
                words.append(pair)
            for way in (pair, pair.reversed()):
                if weight := directions.get(way.direction, 0.0) * datasets.get(pair.d, datasets["*"]):
                    self.rows.append(way)
                    weights.append(weight)
        if not self.rows:
            raise ValueError("no pair has a direction and a data set with a weight")
        self._cumulative = list(accumulate(weights))
        self._varied = Varied(variations, Stock(words))

    def draw(self, seed: int, pool: int, size: int) -> list[Pair]:
        """The pool of that number. Depends on the seed, the number and the size alone."""
        random = Random(f"{seed}-{pool}")
        drawn = random.choices(self.rows, cum_weights=self._cumulative, k=size)
        return [self._varied(pair, random) for pair in drawn]


def batches(
    text: Pairs,
    tokenizer: Any,
    template: str,
    names: Mapping[str, str],
    *,
    seed: int,
    first_pool: int,
    pool_size: int,
    max_length: int,
    batch_tokens: int,
) -> Iterator[tuple[float, list[Example]]]:
    """Endless (position, batch): a position of 2.5 is in the middle of the pool with the number 2.

    Batches are of similar length, at most `batch_tokens` with padding, in random order. A run that goes on with the
    next pool draws none twice.
    """
    pool = first_pool
    while True:
        examples = [
            e
            for e in tokenized(text.draw(seed, pool, pool_size), tokenizer, template, names)
            if _SHORTEST < _length(e) < max_length
        ]
        cut = _cut(sorted(examples, key=_length), batch_tokens)
        Random(f"{seed}-{pool}-order").shuffle(cut)
        for number, batch in enumerate(cut):
            yield pool + number / len(cut), batch
        pool += 1


def tokenized(drawn: Sequence[Pair], tokenizer: Any, template: str, names: Mapping[str, str]) -> list[Example]:
    """Prompts and targets as token ids. One space stands before a target, the end token after it."""
    prompts = tokenizer([template.format(source=names[p.s], text=p.source, target=names[p.t]) for p in drawn])
    targets = tokenizer([f" {p.target}" for p in drawn], add_special_tokens=False)
    return [(list(p), [*t, tokenizer.eos_token_id]) for p, t in zip(prompts.input_ids, targets.input_ids, strict=True)]


def _length(example: Example) -> int:
    return len(example[0]) + len(example[1])


def _cut(examples: Sequence[Example], batch_tokens: int) -> list[list[Example]]:
    found: list[list[Example]] = [[]]
    for example in examples:  # each is at least as long as those before it
        if found[-1] and _length(example) * (len(found[-1]) + 1) > batch_tokens:
            found.append([])
        found[-1].append(example)
    return found


def pieces(batch: Sequence[Example], tokens: int) -> Iterator[Sequence[Example]]:
    """A batch in pieces of so many tokens with padding, or one example: the activations of one fit the memory."""
    begin = 0
    while begin < len(batch):
        end, width = begin, 0
        while end < len(batch):
            width = max(width, _length(batch[end]))
            if end > begin and width * (end + 1 - begin) > tokens:
                break
            end += 1
        yield batch[begin:end]
        begin = end


def ahead(stream: Iterable[T], count: int) -> Iterator[T]:
    """The same, made by another thread, up to `count` in advance. What that thread raises is raised here."""
    made: Queue[tuple[T] | Exception | None] = Queue(count)

    def make() -> None:
        try:
            for item in stream:
                made.put((item,))
            made.put(None)
        except Exception as error:
            made.put(error)

    Thread(target=make, daemon=True).start()
    while (item := made.get()) is not None:
        if isinstance(item, Exception):
            raise item
        yield item[0]
