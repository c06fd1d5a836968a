"""The learning rate over a run: warmed up, held, and let fall to zero before the end."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# How much of the rate is left when so much (0 to 1) of the fall is behind.
SHAPES: Mapping[str, Callable[[float], float]] = {
    "linear": lambda x: 1 - x,
    "cosine": lambda x: (1 + math.cos(math.pi * x)) / 2,
    "root": lambda x: 1 - math.sqrt(x),
}


@dataclass(frozen=True)
class Schedule:
    """`decay` is the last part of a run (0 to 1) over which the rate falls; 1 is all of it, as in a cosine schedule.

    Raises ValueError for an unknown shape or a part outside its range.
    """

    learning_rate: float
    warmup_steps: int
    shape: str
    decay: float

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise ValueError(f"no shape {self.shape!r} of a schedule; there are {', '.join(SHAPES)}")
        if not 0 < self.decay <= 1:
            raise ValueError(f"the decay is a part of the run, above 0 and up to 1, not {self.decay}")

    def rate(self, step: int, progress: float) -> float:
        """The rate of a step, counted from 0. `progress` is the part of the run that is behind (0 to 1), 0 throughout
        for a run without end; the rate is 0 from 1 on."""
        fallen = (progress - 1 + self.decay) / self.decay
        left = SHAPES[self.shape](min(1.0, max(0.0, fallen)))
        return self.learning_rate * min(1.0, (step + 1) / self.warmup_steps) * left


def progress(seconds: float, most_seconds: float, epochs: float, most_epochs: float) -> float:
    """How much of a run is behind: by its time or its text, whichever is further; 0 where neither has an end."""
    return max(seconds / most_seconds if most_seconds else 0.0, epochs / most_epochs if most_epochs else 0.0)
