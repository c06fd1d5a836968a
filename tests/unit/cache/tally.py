"""An observer that counts, and waiting for what happens behind."""

import asyncio
from collections import Counter
from collections.abc import Callable

from polygist.cache.base import Tier


class Tally:
    def __init__(self) -> None:
        self.hits: Counter[Tier] = Counter()
        self.misses: Counter[Tier] = Counter()
        self.evictions: Counter[Tier] = Counter()
        self.drops: Counter[Tier] = Counter()
        self.errors: Counter[Tier] = Counter()
        self.sizes: dict[Tier, list[int]] = {"memory": [], "disk": [], "redis": []}

    def hit(self, tier: Tier) -> None:
        self.hits[tier] += 1

    def miss(self, tier: Tier) -> None:
        self.misses[tier] += 1

    def size(self, tier: Tier, n_bytes: int) -> None:
        self.sizes[tier].append(n_bytes)

    def evicted(self, tier: Tier, n: int) -> None:
        self.evictions[tier] += n

    def dropped(self, tier: Tier, n: int) -> None:
        self.drops[tier] += n

    def error(self, tier: Tier) -> None:
        self.errors[tier] += 1


async def eventually(condition: Callable[[], object]) -> None:
    """Returns when it holds; fails after a minute."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.01)
