"""Where the time of a request goes."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from polygist import progress, tracing
from polygist.types import Timings, Usage


class Watch:
    """Measures the stages of one request from its creation on."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._stages: dict[str, float] = {}
        self._aside = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage, and make it a span, also when it ends in an error; one that runs again adds up."""
        begun = time.monotonic() - self._aside
        try:
            with progress.stage(name), tracing.step(name):
                yield
        finally:
            self.took(name, time.monotonic() - self._aside - begun)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The caller takes a part of the answer: no work of the stage that this is within."""
        begun = time.monotonic()
        try:
            with progress.aside():
                yield
        finally:
            self._aside += time.monotonic() - begun

    def took(self, name: str, seconds: float) -> None:
        """So long, more than before, has a stage taken that was measured elsewhere."""
        self._stages[name] = self._stages.get(name, 0.0) + seconds

    @staticmethod
    def nothing() -> AbstractContextManager[None]:
        """A stage that does not run."""
        return nullcontext()

    def timings(self, usage: Usage) -> Timings:
        """The stages so far, with those that were measured segment by segment, and the total."""
        stages = dict(self._stages)
        if usage.segments:
            stages |= {"queue": usage.queue_seconds, "inference": usage.inference_seconds}
        if usage.guard_seconds:
            stages["guard"] = usage.guard_seconds
        return Timings({**stages, "total": time.monotonic() - self._begun})
