"""The memory tier against a model of it."""

import os
import tracemalloc
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from polygist.cache.base import ENTRY_BYTES, Silent, cost
from polygist.cache.memory import Memory
from tests.unit.cache.tally import Tally

T = TypeVar("T")
BOUND = 4 * ENTRY_BYTES
KEYS = st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"f", b""])
VALUES = st.integers(0, 2 * BOUND).map(bytes) | st.binary(max_size=20)


def result(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine that waits for nothing returns."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


class LeastRecentlyUsed(RuleBasedStateMachine):
    """The model is a list, the least recently used first."""

    def __init__(self) -> None:
        super().__init__()
        self.tally = Tally()
        self.memory = Memory(BOUND, self.tally)
        self.model: list[tuple[bytes, bytes]] = []

    @rule(key=KEYS)
    def get(self, key: bytes) -> None:
        found = [entry for entry in self.model if entry[0] == key]
        assert result(self.memory.get(key)) == (found[0][1] if found else None)
        self.model = [entry for entry in self.model if entry[0] != key] + found

    @rule(key=KEYS, value=VALUES)
    def put(self, key: bytes, value: bytes) -> None:
        result(self.memory.put(key, value))
        self.model = [entry for entry in self.model if entry[0] != key]
        if cost(key, value) <= BOUND:
            self.model.append((key, value))
        while sum(cost(*entry) for entry in self.model) > BOUND:
            self.model.pop(0)

    @invariant()
    def within_the_bound(self) -> None:
        stored = sum(cost(*entry) for entry in self.model)
        assert self.tally.sizes["memory"][-1:] in ([], [stored])
        assert stored <= BOUND


TestLeastRecentlyUsed = LeastRecentlyUsed.TestCase


def test_the_bound_is_of_real_memory() -> None:
    bound = 11_000 * (132 + ENTRY_BYTES)  # so many, that the dict has just grown
    tracemalloc.start()
    try:
        memory = Memory(bound, Silent())
        before, _ = tracemalloc.get_traced_memory()
        worst = 0
        for _ in range(30_000):
            result(memory.put(os.urandom(32), os.urandom(100)))
            worst = max(worst, tracemalloc.get_traced_memory()[0] - before)
    finally:
        tracemalloc.stop()
    # More than a half: the constant does not waste the bound either.
    assert bound / 2 < worst <= bound


def test_counts_hits_misses_and_evictions() -> None:
    tally = Tally()
    memory = Memory(2 * cost(b"k", b"v"), tally)
    for key in (b"1", b"2", b"3"):
        result(memory.put(key, b"v"))
    assert result(memory.get(b"1")) is None
    assert result(memory.get(b"3")) == b"v"
    assert (tally.hits["memory"], tally.misses["memory"], tally.evictions["memory"]) == (1, 1, 1)
