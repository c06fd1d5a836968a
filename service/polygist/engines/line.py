"""Those who wait with the same priority: callers take turns, and what is one caller's goes in order of age."""

import heapq
from collections.abc import Iterator, Sequence

from polygist.engines.waiting import Item, Key
from polygist.shares import Share


class Line:
    """Start-time fair queueing (Goyal, Vin and Cheng 1996) over the work of items, by the weights of their callers.

    It is the turn of the caller who has had the least work for its weight; who comes anew is taken to have had as much
    as the one whose turn it is. Items that were put `first` go before all others, and their callers had them before.
    """

    def __init__(self) -> None:
        self._first: dict[Key, Item] = {}
        self._lines: dict[str, dict[Key, Item]] = {}
        self._tokens: dict[str, int] = {}
        self._first_tokens = 0
        # Of all that waits. Engines ask for these between two steps without a lock, while the lines change.
        self._items = self._all_tokens = 0
        # In work over weight: what each caller has had, and where all of them are.
        self._had: dict[str, float] = {}
        self._now = 0.0

    def __len__(self) -> int:
        return self._items

    def __iter__(self) -> Iterator[Item]:
        """In the order of their turns, if nothing else comes."""
        yield from self._first.values()
        if len(self._lines) == 1:
            yield from next(iter(self._lines.values())).values()
            return
        lines = enumerate(iter(line.values()) for line in self._lines.values())
        turns = [(self._had[i.share.caller], n, i, line) for n, line in lines if (i := next(line, None))]
        heapq.heapify(turns)
        while turns:
            start, n, item, line = turns[0]
            yield item
            if following := next(line, None):
                heapq.heapreplace(turns, (start + _cost(item), n, following, line))
            else:
                heapq.heappop(turns)

    def get(self, key: Key) -> Item | None:
        """The item with that key."""
        return next((line[key] for line in (self._first, *self._lines.values()) if key in line), None)

    @property
    def tokens(self) -> int:
        """Prompt and output of all that waits."""
        return self._all_tokens

    @property
    def callers(self) -> int:
        """How many callers wait."""
        return len(self._lines.keys() | {item.share.caller for item in self._first.values()})

    def of(self, caller: str) -> tuple[int, int]:
        """Items and tokens of a caller that wait for its turns."""
        return len(self._lines.get(caller, ())), self._tokens.get(caller, 0)

    def ahead(self, share: Share, tokens: int) -> int:
        """Tokens that go before a new item of so many: no other caller gets more than that one for its weight."""
        mine = self._tokens.get(share.caller, 0)
        part = (mine + tokens) / share.weight
        others = ((n, _weight(self._lines[c])) for c, n in self._tokens.items() if c != share.caller)
        return self._first_tokens + mine + sum(min(n, round(part * weight)) for n, weight in others)

    def append(self, item: Item) -> None:
        """Behind what else its caller has."""
        caller = item.share.caller
        if caller not in self._lines:
            self._lines[caller], self._tokens[caller] = {}, 0
            self._had[caller] = max(self._now, self._had.get(caller, 0.0))
        self._lines[caller][item.key] = item
        self._tokens[caller] += item.job.tokens
        self._items, self._all_tokens = self._items + 1, self._all_tokens + item.job.tokens

    def put_first(self, items: Sequence[Item]) -> None:
        """Before all others, in the order given."""
        self._first = {item.key: item for item in items} | self._first
        tokens = sum(item.job.tokens for item in items)
        self._first_tokens += tokens
        self._items, self._all_tokens = self._items + len(items), self._all_tokens + tokens

    def remove(self, item: Item) -> None:
        """Take an item out that its caller has not had."""
        self._items, self._all_tokens = self._items - 1, self._all_tokens - item.job.tokens
        if self._first.pop(item.key, None):
            self._first_tokens -= item.job.tokens
            return
        caller = item.share.caller
        del self._lines[caller][item.key]
        self._tokens[caller] -= item.job.tokens
        if not self._lines[caller]:
            del self._lines[caller], self._tokens[caller]
        if not self._lines:  # who comes now waits for nobody
            self._had, self._now = {}, 0.0

    def take(self, item: Item) -> None:
        """Take an item out whose turn has come."""
        if item.key not in self._first:
            caller = item.share.caller
            self._now = max(self._now, self._had[caller])
            self._had[caller] += _cost(item)
        self.remove(item)


def _cost(item: Item) -> float:
    return item.row.work / item.share.weight


def _weight(line: dict[Key, Item]) -> int:
    return next(iter(line.values())).share.weight
