"""The protocol that every inference engine fulfils, and the types it speaks: batches of token ids in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from polygist.types import ModelInfo


@dataclass(frozen=True)
class Decoding:
    """How to decode. Greedy by default; `no_repeat_ngram_size` 0 and `repetition_penalty` 1.0 switch those off."""

    beam_size: int = 1
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    length_penalty: float = 1.0


GREEDY = Decoding()


@dataclass(frozen=True)
class Hypothesis:
    """The best continuation of a prompt: token ids without the end token, and whether the end token was reached."""

    tokens: tuple[int, ...]
    finished: bool


class Generator(Protocol):
    """A decoder-only language model.

    Blocking and used by one thread at a time: the scheduler owns the thread. Raises EngineFailed.
    """

    @property
    def info(self) -> ModelInfo: ...

    def generate(
        self, prompts: Sequence[Sequence[int]], max_new_tokens: Sequence[int], decoding: Decoding
    ) -> list[Hypothesis]:
        """Continue each prompt by at most its own `max_new_tokens` (the end token not counted), in the order given."""
        ...

    def close(self) -> None:
        """Free the weights. The engine can't be used afterwards."""
        ...
