"""The translation memory: what it finds again, for whom, and what it makes of values that it has not written."""

import json
from dataclasses import replace

import pytest

from polygist.cache.base import Silent
from polygist.cache.memory import Memory
from polygist.engines.base import GREEDY, Decoding
from polygist.translate.memory import Segment, TranslationMemory
from polygist.types import ModelInfo, WarningType

INFO = ModelInfo("model", "1", "0" * 64, "Apache-2.0", ("de", "en"), "engine", "none")
FACTS = (INFO, "en", "de", GREEDY, 7)
SOURCE, FOUND = (
    "Good day.",
    Segment("Guten Tag – ”ґ“", frozenset({WarningType.REPETITION, WarningType.OUTPUT_CUT}), 0.25),
)


class Recorded(Memory):
    """A cache whose keys and values a test sees and replaces."""

    def __init__(self) -> None:
        super().__init__(1_000_000, Silent())
        self.held: dict[bytes, bytes] = {}

    async def put(self, key: bytes, value: bytes) -> None:
        self.held[key] = value

    async def get(self, key: bytes) -> bytes | None:
        return self.held.get(key)


@pytest.mark.parametrize(
    "segment", [FOUND, Segment("", frozenset(), 0.0), Segment("a\x00\n\u2028", frozenset(WarningType), 1.0)]
)
async def test_what_is_kept_is_found(segment: Segment) -> None:
    cache = Recorded()
    await TranslationMemory(cache, *FACTS).keep(SOURCE, segment)
    assert await TranslationMemory(cache, *FACTS).find(SOURCE) == segment
    assert await TranslationMemory(cache, *FACTS).find(f"{SOURCE} ") is None


async def test_without_a_cache_nothing_is_remembered() -> None:
    memory = TranslationMemory(None, *FACTS)
    await memory.keep(SOURCE, FOUND)
    assert await memory.find(SOURCE) is None


OTHER_FACTS = {
    "none": (),
    "one less": FACTS[:-1],
    "one more": (*FACTS, ""),
    "another model": (replace(INFO, revision="2"), *FACTS[1:]),
    "another source": (INFO, "uk", "de", GREEDY, 7),
    "languages exchanged": (INFO, "de", "en", GREEDY, 7),
    "languages as one": (INFO, "en, de", GREEDY, 7),
    "quotes in a fact": (INFO, "en', 'de", GREEDY, 7),
    "another decoding": (INFO, "en", "de", Decoding(beam_size=4), 7),
    "another number": (INFO, "en", "de", GREEDY, 8),
    "the number as text": (INFO, "en", "de", GREEDY, "7"),
}


@pytest.mark.parametrize("facts", OTHER_FACTS.values(), ids=OTHER_FACTS)
async def test_other_facts_find_nothing(facts: tuple[object, ...]) -> None:
    cache = Recorded()
    await TranslationMemory(cache, *FACTS).keep(SOURCE, FOUND)
    other = TranslationMemory(cache, *facts)
    assert await other.find(SOURCE) is None
    await other.keep(SOURCE, Segment("other", frozenset(), 0.5))
    assert await TranslationMemory(cache, *FACTS).find(SOURCE) == FOUND
    assert len(cache.held) == 2


async def test_a_key_says_nothing_of_the_text() -> None:
    cache = Recorded()
    for source in ("", SOURCE, SOURCE * 1000):
        await TranslationMemory(cache, *FACTS).keep(source, FOUND)
    assert [len(key) for key in cache.held] == [20, 20, 20]


FOREIGN = {
    "empty": b"",
    "no JSON": b"\x80\x04K\x05.",
    "cut": b'["Guten Tag", ["REPETI',
    "no list": b"5",
    "null": b"null",
    "an object": b'{"text": "Guten Tag", "doubts": []}',
    "too short": b'["Guten Tag", []]',
    "too long": b'["Guten Tag", [], 0.5, 1]',
    "a number for the text": b"[5, [], 0.5]",
    "nothing for the text": b"[null, [], 0.5]",
    "a list for the text": b'[["Guten Tag"], [], 0.5]',
    "no doubts": b'["Guten Tag", null, 0.5]',
    "doubts as text": b'["Guten Tag", "", 0.5]',
    "doubts as an object": b'["Guten Tag", {}, 0.5]',
    "a doubt that is unknown": b'["Guten Tag", ["NEVER_HEARD_OF"], 0.5]',
    "a doubt that is a number": b'["Guten Tag", [3], 0.5]',
    "a doubt that is a list": b'["Guten Tag", [[]], 0.5]',
    "no estimate": b'["Guten Tag", [], null]',
    "an estimate as text": b'["Guten Tag", [], "0.5"]',
    "an estimate that is no number": b'["Guten Tag", [], NaN]',
    "an estimate above 1": b'["Guten Tag", [], 1.5]',
    "half a surrogate pair": b'["Guten Tag \\ud800", [], 0.5]',
    "deep": b"[" * 100_000,
    "deep doubts": b'["Guten Tag", ' + b"[" * 100_000 + b"]" * 100_000 + b", 0.5]",
    "a long number": b"[" + b"9" * 100_000 + b", [], 0.5]",
}


@pytest.mark.parametrize("value", FOREIGN.values(), ids=FOREIGN)
async def test_a_value_written_otherwise_is_unknown(value: bytes) -> None:
    cache = Recorded()
    memory = TranslationMemory(cache, *FACTS)
    await memory.keep(SOURCE, FOUND)
    (key,) = cache.held
    assert json.loads(cache.held[key])[0] == FOUND.text
    cache.held[key] = value
    assert await memory.find(SOURCE) is None
    await memory.keep(SOURCE, FOUND)
    assert await memory.find(SOURCE) == FOUND
