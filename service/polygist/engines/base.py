"""The protocol that every inference engine fulfils, and the types it speaks: rows of token ids that grow."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from polygist.types import ModelInfo


@dataclass(frozen=True)
class Decoding:
    """How to decode. Greedy by default; `no_repeat_ngram_size` 0 and `repetition_penalty` 1.0 switch those off.

    With a `temperature` above 0.0 each token is drawn at random, and `seed` says which of the many answers it is. A row
    that is halted goes on with other random numbers.
    """

    beam_size: int = 1
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    length_penalty: float = 1.0
    temperature: float = 0.0
    seed: int = 0

    @property
    def way(self) -> "Decoding":
        """What rows that are computed as one batch have in common: all but the seed."""
        return replace(self, seed=0)


GREEDY = Decoding()


@dataclass(frozen=True)
class Hypothesis:
    """The best continuation of a prompt: token ids without the end token, and whether the end token was reached.

    `log_probability` is the natural logarithm of its probability, that of the end token included where it was reached;
    also of what was drawn at random, it is what the model says at temperature 1. `others` are the runners-up of a beam
    search, best first. An encoder writes no tokens: what it says is in `values`, a vector or probabilities.
    """

    tokens: tuple[int, ...]
    finished: bool
    log_probability: float = field(compare=False)
    others: tuple["Hypothesis", ...] = field(default=(), compare=False)
    values: tuple[float, ...] = field(default=(), compare=False)


@dataclass(eq=False)
class Row:
    """A prompt that is being continued by at most `max_new_tokens` (the end token not counted).

    `generated` is what there is so far, and `log_probability` that of it. An engine that was halted goes on from it,
    another one can, too. To an encoder-decoder the prompt is what its encoder reads, and `prefix` has the tokens with
    which its decoder begins behind its start token (the target language, say); they are no part of the answer. To an
    encoder of pairs it is the second text. Other models have no prefix.
    """

    prompt: Sequence[int]
    max_new_tokens: int
    decoding: Decoding
    generated: list[int] = field(default_factory=list)
    log_probability: float = 0.0
    prefix: tuple[int, ...] = ()

    @property
    def tokens(self) -> int:
        """What it may fill of the model's memory: prompt and output."""
        return len(self.prompt) + self.max_new_tokens

    @property
    def work(self) -> int:
        """What it may cost: its tokens in each of its beams."""
        return self.decoding.beam_size * self.tokens


def best_of(hypotheses: Sequence[Hypothesis]) -> Hypothesis:
    """The first of a beam search's hypotheses, with the others as its runners-up."""
    return replace(hypotheses[0], others=tuple(hypotheses[1:]))


def hypothesis_of(row: Row, ids: list[int], log_probabilities: list[float], ends: Collection[int]) -> Hypothesis:
    """The end of a row: what it had, and the new `ids` up to one of the `ends` or the limit; a logarithm for each."""
    limit = row.max_new_tokens - len(row.generated)
    length = min(next((i for i, id in enumerate(ids) if id in ends), len(ids)), limit)
    finished = length < len(ids) and ids[length] in ends
    log_probability = row.log_probability + sum(log_probabilities[: length + finished])
    return Hypothesis((*row.generated, *ids[:length]), finished, log_probability)


Ended = Callable[[Row, Hypothesis], None]
Halt = Callable[[], bool]


class Engine(Protocol):
    """A language model. Blocking and used by one thread at a time: the scheduler owns the thread."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def joins(self) -> bool:
        """Whether rows can be halted and joined by others at little cost. If not, a batch is best left alone."""
        ...

    @property
    def spare(self) -> int:
        """Rows that it can be given beyond what it works on at once: the next begins in the step after one's end. An
        engine that has such rows pads nothing."""
        ...

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        """Continue rows until each has ended, or until `halt()`, which is asked between two steps, says so.

        `ended` hears of each row as soon as it has its end. Rows that were halted may be given again, beside others or
        not at once; they go on where they stopped. Raises EngineFailed, OutOfMemory; rows that had not ended by then
        may be given again, too.
        """
        ...

    def drop(self, rows: Sequence[Row]) -> None:
        """Forget rows that were halted and won't be given again."""
        ...

    def close(self) -> None:
        """Free the weights. The engine can't be used afterwards."""
        ...


def generate(
    engine: Engine,
    prompts: Sequence[Sequence[int]],
    max_new_tokens: Sequence[int],
    decoding: Decoding,
    prefix: tuple[int, ...] = (),
) -> list[Hypothesis]:
    """Continue prompts in one go, each by at most its own `max_new_tokens`; the answers in the order given."""
    rows = [Row(prompt, limit, decoding, prefix=prefix) for prompt, limit in zip(prompts, max_new_tokens, strict=True)]
    found: dict[Row, Hypothesis] = {}
    if rows:
        engine.run(rows, found.__setitem__, lambda: False)
    return [found[row] for row in rows]
