"""What a request brings along for the models of summaries."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from polygist.engines.base import Decoding
from polygist.engines.work import Completion

R = TypeVar("R")


class Ask(Protocol):
    """A prompt, the length of its answer, how to decode it, the second text of a pair -> what a model made of it."""

    def __call__(
        self, prompt: tuple[int, ...], max_new_tokens: int, how: Decoding, prefix: tuple[int, ...] = ()
    ) -> Coroutine[Any, Any, Completion]: ...


class Run(Protocol):
    """Runs a function off the event loop."""

    def __call__(self, function: Callable[..., R], *arguments: object) -> Coroutine[Any, Any, R]: ...


@dataclass(frozen=True)
class Call:
    """A way to a model, and threads."""

    ask: Ask
    run: Run
