"""What a scheduler takes and gives."""

from dataclasses import dataclass

from polygist.engines.base import Decoding, Hypothesis
from polygist.shares import EVERYBODY, Share
from polygist.tracing import Span
from polygist.types import Priority


@dataclass(frozen=True)
class Job:
    """One prompt to continue. `deadline` is in seconds of time.monotonic; None waits for ever. `prefix` is that of
    `base.Row`, `share` says whose it is."""

    prompt: tuple[int, ...]
    max_new_tokens: int
    decoding: Decoding
    deadline: float | None = None
    priority: Priority = Priority.INTERACTIVE
    prefix: tuple[int, ...] = ()
    share: Share = EVERYBODY

    @property
    def tokens(self) -> int:
        """What it may cost: prompt and output together."""
        return len(self.prompt) + self.max_new_tokens


@dataclass(frozen=True)
class Completion:
    """The answer to a job. `inference_seconds` is the time from when an engine took it up to its end.

    `batches` are the spans of the batches that it was part of, where somebody keeps them.
    """

    hypothesis: Hypothesis
    queue_seconds: float
    inference_seconds: float
    input_tokens: int
    output_tokens: int
    batches: tuple[Span, ...] = ()
