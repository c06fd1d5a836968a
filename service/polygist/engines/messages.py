"""What an engine's process and its owner say to each other. Both ends run the same code; rows go by numbers."""

from dataclasses import dataclass

from polygist.engines.base import Decoding, Hypothesis
from polygist.types import ModelInfo


@dataclass(frozen=True)
class Begin:
    """A row that the engine's process does not know yet."""

    number: int
    prompt: tuple[int, ...]
    max_new_tokens: int
    decoding: Decoding
    generated: tuple[int, ...]
    log_probability: float
    prefix: tuple[int, ...] = ()


@dataclass(frozen=True)
class Run:
    """Owner: bring these rows further. `new` are those among them to begin."""

    numbers: tuple[int, ...]
    new: tuple[Begin, ...]


@dataclass(frozen=True)
class HaltNow:
    """Owner: stop between two steps. Without effect when the run has ended by itself."""


@dataclass(frozen=True)
class Drop:
    """Owner: forget halted rows."""

    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Ready:
    """Process: the model is loaded."""

    info: ModelInfo
    joins: bool
    spare: int


@dataclass(frozen=True)
class RowEnded:
    """Process: the answer of a row."""

    number: int
    hypothesis: Hypothesis


@dataclass(frozen=True)
class Left:
    """What a row that did not end has so far."""

    number: int
    generated: tuple[int, ...]
    log_probability: float


@dataclass(frozen=True)
class RunEnded:
    """Process: the last word on a run, and the rows that it leaves."""

    left: tuple[Left, ...]


@dataclass(frozen=True)
class Alive:
    """Process: the run goes on."""


@dataclass(frozen=True)
class Failed:
    """Process: loading or a run failed; the last word on it. `memory`: for want of memory."""

    message: str
    memory: bool
