"""A translation memory: segments that were translated before, with the doubts about them, out of the cache."""

import hashlib
import json
from dataclasses import dataclass

from polygist.cache.base import Cache
from polygist.types import WarningType

_KEY_BYTES = 20


@dataclass(frozen=True)
class Segment:
    """A translated segment, what is doubtful about it, and how good it is expected to be (0 to 1)."""

    text: str
    doubts: frozenset[WarningType]
    estimate: float


class TranslationMemory:
    """Segments by their source text. `facts` are what else determines a translation: model, languages, decoding.

    What it holds for other facts is never found. Without a cache it remembers nothing.
    """

    def __init__(self, cache: Cache | None, *facts: object) -> None:
        self._cache = cache
        self._facts = json.dumps([repr(fact) for fact in facts]).encode()

    async def find(self, source: str) -> Segment | None:
        """The translation of a segment, None where it is not known."""
        found = await self._cache.get(self._key(source)) if self._cache else None
        return None if found is None else _read(found)

    async def keep(self, source: str, segment: Segment) -> None:
        """Remember a translation for a while."""
        if self._cache:
            await self._cache.put(self._key(source), _written(segment))

    def _key(self, source: str) -> bytes:
        return hashlib.blake2b(source.encode("utf-8"), digest_size=_KEY_BYTES, key=_hashed(self._facts)).digest()


def _hashed(facts: bytes) -> bytes:
    return hashlib.blake2b(facts, digest_size=32).digest()


def _written(segment: Segment) -> bytes:
    doubts = sorted(d.name for d in segment.doubts)
    return json.dumps([segment.text, doubts, segment.estimate], ensure_ascii=False).encode()


def _read(value: bytes) -> Segment | None:
    """What was written; None where another version wrote it in another way."""
    try:
        text, doubts, estimate = json.loads(value)
        known = isinstance(text, str) and isinstance(doubts, list) and isinstance(estimate, float)
        if not known or not 0.0 <= estimate <= 1.0:
            return None
        text.encode("utf-8")  # half a surrogate pair could be sent to nobody
        return Segment(text, frozenset(WarningType[name] for name in doubts), estimate)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
