"""What waits for a model: jobs in two lines, counted and bounded. No thread and no clock of its own."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

from polygist.engines.line import Line
from polygist.engines.waiting import Item, Waiter, item_of, key_of
from polygist.engines.work import Job
from polygist.shares import Share
from polygist.types import Priority

# Interactive items with so many times the work of the oldest bulk one may go before it; then it goes with them.
PATIENCE = 8
# Bulk fills the queue up to this share of its bounds; the rest is kept for those who wait.
BULK_SHARE = 0.75
# Items looked at when a batch is formed, so that a long queue costs no more than a short one.
_WINDOW = 1024

Choose = Callable[[Iterable[Item]], Sequence[Item]]


class Queue:
    """Interactive items before bulk; in each line callers take turns. Identical jobs are one item.

    `max_items` and `max_tokens` (prompt and output of all that waits) bound what `fits`, and for what a caller
    `has_room`.
    """

    def __init__(self, max_items: int, max_tokens: int) -> None:
        self._bounds = (max_items, max_tokens)
        self._lines = {priority: Line() for priority in Priority}
        self._passed_over = 0

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable(self._lines.values())

    @property
    def tokens(self) -> int:
        """Prompt and output of all that waits."""
        return sum(line.tokens for line in self._lines.values())

    def count(self, priority: Priority) -> tuple[int, int]:
        """Items and tokens that wait in one line."""
        return len(self._lines[priority]), self._lines[priority].tokens

    def callers(self, priority: Priority) -> int:
        """How many callers wait in one line."""
        return self._lines[priority].callers

    def of(self, share: Share) -> tuple[int, int]:
        """Items and tokens of a caller that wait for its turns."""
        items, tokens = zip(*(line.of(share.caller) for line in self._lines.values()), strict=True)
        return sum(items), sum(tokens)

    def oldest(self, priority: Priority) -> float | None:
        """Since when the first of those who asked with that priority has waited, None where nobody does.

        Looks at all of them.
        """
        return min((w.since for item in self for w in item.waiters if w.priority is priority), default=None)

    def ahead(self, job: Job) -> int:
        """Tokens that go before a new job, where callers have equal weights no more of another's than of its own."""
        before = sum(line.tokens for priority, line in self._lines.items() if priority < job.priority)
        return before + self._lines[job.priority].ahead(job.share, job.tokens)

    def fits(self, job: Job) -> bool:
        """Whether there is room. One job always fits an empty queue."""
        items, tokens = self._free(job)
        return not self or (items > 0 and job.tokens <= tokens)

    def has_room(self, job: Job) -> bool:
        """Whether its caller may have one more; see `Share.allows`."""
        items, tokens = self.of(job.share)
        free_items, free_tokens = self._free(job)
        allows = job.share.allows
        return not items or (allows(items + 1, free_items) and allows(tokens + job.tokens, free_tokens))

    def _free(self, job: Job) -> tuple[int, int]:
        """Items and tokens that may come yet."""
        share = 1.0 if job.priority is Priority.INTERACTIVE else BULK_SHARE
        items, tokens = self._bounds
        return math.ceil(share * items - len(self)), math.floor(share * tokens - self.tokens)

    def put(self, job: Job, waiter: Waiter) -> Item:
        """To the end of its line."""
        item = item_of(job, waiter)
        self._lines[item.priority].append(item)
        return item

    def put_back(self, items: Sequence[Item]) -> None:
        """To the front of their lines, in the order given."""
        for priority, line in self._lines.items():
            line.put_first([i for i in items if i.priority is priority])

    def join(self, job: Job, waiter: Waiter) -> Item | None:
        """Wait for the same as others do, who move up with an interactive waiter, and with one who has less that waits;
        None where nobody asked for it."""
        key = key_of(job)
        item = next((found for line in self._lines.values() if (found := line.get(key))), None)
        if item is not None:
            item.waiters.append(waiter)
            priority = min(item.priority, job.priority)
            share = job.share if self.of(job.share)[1] < self.of(item.share)[1] else item.share
            if (priority, share) != (item.priority, item.share):
                self._lines[item.priority].remove(item)
                item.priority, item.share = priority, share
                self._lines[priority].append(item)
        return item

    def holds(self, item: Item) -> bool:
        """Whether the item still waits."""
        return self._lines[item.priority].get(item.key) is item

    def remove(self, item: Item) -> None:
        """Take an item out."""
        self._lines[item.priority].remove(item)

    def expired(self, now: float) -> list[Item]:
        """Those near the front whose last deadline has passed."""
        return [item for item in islice(self, _WINDOW) if item.expired(now)]

    def take(self, choose: Choose, *, ages: bool = True) -> list[Item]:
        """What `choose` picks from the waiting ones, which come in the order of their turns. Bulk `ages` by it."""
        if not self:
            return []
        chosen = list(choose(islice(self, _WINDOW)))
        for item in chosen:
            self._lines[item.priority].take(item)
        if ages:
            self._age(chosen)
        return chosen

    def _age(self, chosen: Sequence[Item]) -> None:
        """The bulk item whose turn it is becomes an interactive one when enough work of those has gone before it."""
        bulk = next(iter(self._lines[Priority.BULK]), None)
        if bulk is None or any(item.priority is Priority.BULK for item in chosen):
            self._passed_over = 0
            return
        self._passed_over += sum(item.row.work for item in chosen)
        if self._passed_over >= PATIENCE * bulk.row.work:
            self._passed_over = 0
            self._lines[Priority.BULK].take(bulk)
            bulk.priority = Priority.INTERACTIVE
            self.put_back([bulk])
