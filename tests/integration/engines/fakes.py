"""An engine of a few lines that can be sent to another process, and does as its prompts say."""

import gc
import os
import struct
import sys
import time
import weakref
from collections.abc import Sequence

from polygist.engines.base import Ended, Halt, Hypothesis, Row
from polygist.errors import EngineFailed, OutOfMemory
from polygist.types import ModelInfo

# What each token adds to the logarithm of an answer's probability.
LIKELIHOOD = -0.5
FAIL, NO_MEMORY, UNFORESEEN, HANG, SLOW, DROPS, BREAK_OFF = range(1001, 1008)
TEXT = "what an article says"


class SayingEngine:
    """Says its prompt back, a token in a step. The first token of a prompt may be one of the instructions above.

    The answer to DROPS is how many rows were dropped, and how many of those somebody still keeps. BREAK_OFF hangs in
    the middle of a message to the owner.
    """

    info = ModelInfo("saying", "1", "0" * 64, "Apache-2.0", ("en",), "saying", "none")
    joins = True
    spare = 0

    def __init__(self) -> None:
        self._dropped: list[weakref.ref[Row]] = []

    def run(self, rows: Sequence[Row], ended: Ended, halt: Halt) -> None:
        left = list(rows)
        while left:
            for row in list(left):
                if row.prompt[0] == DROPS:
                    left.remove(row)
                    ended(row, Hypothesis(self._drops(), True, 0.0))
                    continue
                self._obey(row.prompt[0])
                row.generated.append(row.prompt[len(row.generated)])
                row.log_probability += LIKELIHOOD
                if len(row.generated) == min(len(row.prompt), row.max_new_tokens):
                    left.remove(row)
                    ended(row, Hypothesis(tuple(row.generated), True, row.log_probability))
            if halt():
                return

    def _obey(self, token: int) -> None:
        if token == FAIL:
            raise EngineFailed("as it was told")
        if token == NO_MEMORY:
            raise OutOfMemory("as it was told")
        if token == UNFORESEEN:
            raise ValueError(TEXT)
        if token == BREAK_OFF:
            os.write(int(sys.argv[1]), struct.pack("!i", 1000))  # so many bytes follow, says a Connection
        time.sleep({HANG: 3600, BREAK_OFF: 3600, SLOW: 0.05}.get(token, 0))

    def _drops(self) -> tuple[int, ...]:
        gc.collect()
        return len(self._dropped), sum(row() is not None for row in self._dropped)

    def drop(self, rows: Sequence[Row]) -> None:
        self._dropped += map(weakref.ref, rows)

    def close(self) -> None: ...


def load() -> SayingEngine:
    return SayingEngine()


def load_in_vain() -> SayingEngine:
    raise EngineFailed("there is no such model")
