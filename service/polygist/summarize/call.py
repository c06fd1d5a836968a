"""What a request brings along for the models of summaries."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from polygist.engines.base import Decoding
from polygist.engines.work import Completion

R = TypeVar("R")
# A prompt, the length of its answer, how to decode it -> what a model made of it.
Ask = Callable[[tuple[int, ...], int, Decoding], Coroutine[Any, Any, Completion]]


class Run(Protocol):
    """Runs a function off the event loop."""

    def __call__(self, function: Callable[..., R], *arguments: object) -> Coroutine[Any, Any, R]: ...


@dataclass(frozen=True)
class Call:
    """A way to a model, and threads."""

    ask: Ask
    run: Run
