"""`polygist serve` with an engine that says every prompt back: the whole service, without the model's work."""

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from polygist import app, settings
from polygist.engines import makers
from polygist.engines.base import Ended, Halt, Hypothesis, Row
from polygist.engines.process import ProcessEngine
from polygist.types import ModelInfo


class Echo:
    """A `base.Engine`."""

    info = ModelInfo("echo", "1", "0" * 64, "Apache-2.0", ("de", "en", "uk"), "echo", "none")
    joins = True
    spare = 0

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        for row in rows:
            ended(row, Hypothesis(tuple(row.prompt[: row.max_new_tokens]), True, 0.0))

    def drop(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


def main() -> None:
    from echo import Echo as Importable  # the engine's process can't import from __main__

    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    makers.engine_maker = lambda *_: partial(ProcessEngine, Importable)
    asyncio.run(app.serve(settings.load(), lambda p: print(f"serving grpc={p.grpc} metrics={p.metrics}", flush=True)))


if __name__ == "__main__":
    main()
