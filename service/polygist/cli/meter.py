"""How far a job is: a bar on a terminal, elsewhere a line from time to time."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

_SECONDS_BETWEEN_LINES, _SECONDS_BETWEEN_LOOKS = 30.0, 0.1


class Meter:
    """Shown while it is entered. `told` is when something was last said, by the monotonic clock."""

    def __init__(self, told: float = float("-inf")) -> None:
        self._console, self._told = Console(stderr=True), told
        self._bar = Progress(BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), console=self._console)
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> "Meter":
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    @property
    def is_due(self) -> bool:
        """Whether it is time to say something again."""
        seconds = _SECONDS_BETWEEN_LOOKS if self._console.is_terminal else _SECONDS_BETWEEN_LINES
        return time.monotonic() - self._told >= seconds

    def show(self, said: str, done: int, total: float | None) -> None:
        """Say it now; `total` is None where nobody knows."""
        self._told = time.monotonic()
        if self._console.is_terminal:
            self._bar.update(self._task, description=said, total=total, completed=done)
        else:
            sys.stderr.write(said + "\n")
