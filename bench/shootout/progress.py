"""What a run has measured so far: one that is cut short goes on where it stopped."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


class Progress:
    """Answers by what was asked, in a file that is there until the run is done."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []
        whole = [line for line in lines if line.endswith("\n")]
        self._known: dict[str, Any] = dict(json.loads(line) for line in whole)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(whole), encoding="utf-8")

    def find(self, asked: Sequence[object], measure: Callable[[], Any]) -> Any:
        """The answer, which is measured where it is not known."""
        key = json.dumps(asked)
        if key not in self._known:
            self._known[key] = measure()
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, self._known[key]]) + "\n")
        return self._known[key]

    def done(self) -> None:
        """Nothing is left to measure; the next run begins anew."""
        self._file.unlink()
