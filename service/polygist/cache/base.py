"""What every tier of the cache is, and what it reports."""

from typing import Literal, Protocol

Tier = Literal["memory", "disk", "redis"]

# What an entry takes beside its bytes: two object headers, its place in an OrderedDict, and the room that the dict
# leaves free as it grows. tracemalloc counts 266 bytes at worst (100 to 400,000 entries, growing and replaced one by
# one); the rest is what malloc rounds up.
ENTRY_BYTES = 288


def cost(key: bytes, value: bytes) -> int:
    """Bytes of memory that an entry takes."""
    return len(key) + len(value) + ENTRY_BYTES


class Cache(Protocol):
    """Remembers values by key, for a while and within a bound. It may forget any of them at any time.

    No call raises because of what the cache stands on, and a lookup waits for each tier a second at most.
    """

    async def get(self, key: bytes) -> bytes | None:
        """The value that was put under the key, None when it is not there or can't be had now."""
        ...

    async def put(self, key: bytes, value: bytes) -> None:
        """Remember the value. Returns before slow storage has it."""
        ...

    async def close(self) -> None:
        """Write what waits to be written and let go of files and connections. After it nothing is found or kept."""
        ...


class Observer(Protocol):
    """Is told what happens, from the event loop's thread and the disk's: must be quick and thread-safe.

    Each lookup in a tier is a hit or a miss.
    """

    def hit(self, tier: Tier) -> None:
        """A value was found."""
        ...

    def miss(self, tier: Tier) -> None:
        """No value was found, or the tier could not be asked."""
        ...

    def size(self, tier: Tier, n_bytes: int) -> None:
        """So many bytes are stored now: of memory, or of the database's file. Redis is not measured."""
        ...

    def evicted(self, tier: Tier, n: int) -> None:
        """So many entries left to make room."""
        ...

    def dropped(self, tier: Tier, n: int) -> None:
        """So many puts were given up: too many waited, or the tier failed."""
        ...

    def error(self, tier: Tier) -> None:
        """The tier failed: no answer in time, a full disk, a damaged file."""
        ...


class Silent:
    """An observer that keeps nothing."""

    def hit(self, tier: Tier) -> None: ...

    def miss(self, tier: Tier) -> None: ...

    def size(self, tier: Tier, n_bytes: int) -> None: ...

    def evicted(self, tier: Tier, n: int) -> None: ...

    def dropped(self, tier: Tier, n: int) -> None: ...

    def error(self, tier: Tier) -> None: ...
