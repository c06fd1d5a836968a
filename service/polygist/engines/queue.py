"""What waits for a model: jobs of all callers in two lines, counted and bounded. No thread and no clock of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

from polygist.engines.waiting import Item, Key, Waiter, item_of, key_of
from polygist.engines.work import Job
from polygist.types import Priority

# Interactive items with so many times the work of the oldest bulk one may go before it; then it goes with them.
PATIENCE = 8
# Bulk fills the queue up to this share of its bounds; the rest is kept for those who wait.
BULK_SHARE = 0.75
# Items looked at when a batch is formed, so that a long queue costs no more than a short one.
_WINDOW = 1024

Choose = Callable[[Iterable[Item]], Sequence[Item]]


class Queue:
    """Interactive items before bulk, each line in order of age. Identical jobs are one item.

    `max_items` and `max_tokens` (prompt and output of all that waits) bound what `fits`.
    """

    def __init__(self, max_items: int, max_tokens: int) -> None:
        self._bounds = (max_items, max_tokens)
        self._lines: dict[Priority, dict[Key, Item]] = {priority: {} for priority in Priority}
        self._tokens = dict.fromkeys(Priority, 0)
        self._passed_over = 0

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable(line.values() for line in self._lines.values())

    @property
    def tokens(self) -> int:
        """Prompt and output of all that waits."""
        return sum(self._tokens.values())

    def count(self, priority: Priority) -> tuple[int, int]:
        """Items and tokens that wait in one line."""
        return len(self._lines[priority]), self._tokens[priority]

    def oldest(self, priority: Priority) -> float | None:
        """Since when the first of those who asked with that priority has waited, None where nobody does.

        Looks at all of them.
        """
        return min((w.since for item in self for w in item.waiters if w.priority is priority), default=None)

    def ahead(self, priority: Priority) -> int:
        """Tokens that go before a new job of that priority."""
        return sum(tokens for line, tokens in self._tokens.items() if line <= priority)

    def fits(self, job: Job) -> bool:
        """Whether there is room. One job always fits an empty queue."""
        share = 1.0 if job.priority is Priority.INTERACTIVE else BULK_SHARE
        items, tokens = self._bounds
        return not self or (len(self) < share * items and self.tokens + job.tokens <= share * tokens)

    def put(self, job: Job, waiter: Waiter) -> Item:
        """To the end of its line."""
        item = item_of(job, waiter)
        self._lines[item.priority][item.key] = item
        self._tokens[item.priority] += job.tokens
        return item

    def put_back(self, items: Sequence[Item]) -> None:
        """To the front of their lines, in the order given."""
        for priority in Priority:
            returned = {i.key: i for i in items if i.priority is priority}
            self._lines[priority] = returned | self._lines[priority]
            self._tokens[priority] += sum(i.job.tokens for i in returned.values())

    def join(self, job: Job, waiter: Waiter) -> Item | None:
        """Wait for the same as others do, who move up with an interactive waiter; None where nobody asked for it."""
        item = next((line[key_of(job)] for line in self._lines.values() if key_of(job) in line), None)
        if item is not None:
            item.waiters.append(waiter)
            if job.priority < item.priority:
                self._move(item, job.priority)
        return item

    def _move(self, item: Item, priority: Priority) -> None:
        self.remove(item)
        item.priority = priority
        self._lines[priority][item.key] = item
        self._tokens[priority] += item.job.tokens

    def holds(self, item: Item) -> bool:
        """Whether the item still waits."""
        return self._lines[item.priority].get(item.key) is item

    def remove(self, item: Item) -> None:
        """Take an item out."""
        del self._lines[item.priority][item.key]
        self._tokens[item.priority] -= item.job.tokens

    def expired(self, now: float) -> list[Item]:
        """Those near the front whose last deadline has passed."""
        return [item for item in islice(self, _WINDOW) if item.expired(now)]

    def take(self, choose: Choose, *, ages: bool = True) -> list[Item]:
        """What `choose` picks from the waiting ones, which come in the order of their turns. Bulk `ages` by it."""
        if not self:
            return []
        chosen = list(choose(islice(self, _WINDOW)))
        for item in chosen:
            self.remove(item)
        if ages:
            self._age(chosen)
        return chosen

    def _age(self, chosen: Sequence[Item]) -> None:
        """The oldest bulk item becomes an interactive one when enough work of those has gone before it."""
        bulk = next(iter(self._lines[Priority.BULK].values()), None)
        if bulk is None or any(item.priority is Priority.BULK for item in chosen):
            self._passed_over = 0
            return
        self._passed_over += sum(item.row.work for item in chosen)
        if self._passed_over >= PATIENCE * bulk.row.work:
            self._passed_over = 0
            self.remove(bulk)
            bulk.priority = Priority.INTERACTIVE
            self.put_back([bulk])
