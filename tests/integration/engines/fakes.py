"""An engine of a few lines that can be sent to another process, and does as its prompts say."""

import time
from collections.abc import Sequence

from polygist.engines.base import Ended, Halt, Hypothesis, Row
from polygist.errors import EngineFailed, OutOfMemory
from polygist.types import ModelInfo

FAIL, NO_MEMORY, UNFORESEEN, HANG, SLOW = 1001, 1002, 1003, 1004, 1005
TEXT = "what an article says"


class SayingEngine:
    """Says its prompt back, a token in a step. The first token of a prompt may be one of the instructions above."""

    info = ModelInfo("saying", "1", "0" * 64, "Apache-2.0", ("en",), "saying", "none")
    joins = True

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        left = list(rows)
        while left:
            for row in list(left):
                self._obey(row.prompt[0])
                row.generated.append(row.prompt[len(row.generated)])
                if len(row.generated) == min(len(row.prompt), row.max_new_tokens):
                    left.remove(row)
                    ended(row, Hypothesis(tuple(row.generated), True))
            if halt():
                return

    def _obey(self, token: int) -> None:
        if token == FAIL:
            raise EngineFailed("as it was told")
        if token == NO_MEMORY:
            raise OutOfMemory("as it was told")
        if token == UNFORESEEN:
            raise ValueError(TEXT)
        time.sleep({HANG: 3600, SLOW: 0.05}.get(token, 0))

    def drop(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


def load() -> SayingEngine:
    return SayingEngine()


def load_in_vain() -> SayingEngine:
    raise EngineFailed("there is no such model")
