"""The items between reader and servers: so many at most, the longest first, none lost with a server."""

import heapq
import threading
from dataclasses import dataclass, field

from polygist.batch.items import Item
from polygist.batch.parts import Part


@dataclass(eq=False)
class Task:
    """An item on its way, and the part that its outcome belongs to.

    `attempts` have failed; `seen` is how many others had been finished at the last one.
    """

    item: Item
    part: Part
    attempts: int = 0
    seen: int = -1


@dataclass(eq=False)
class Hands:
    """What one stream has taken and not finished, by position. Once `gone` it gets nothing more."""

    tasks: dict[int, Task] = field(default_factory=dict)
    gone: bool = False


class Window:
    """Has places for `size` items whose outcomes are not kept yet.

    Of each `size` that come in a row the longest goes first, so that long articles stand beside long ones and a job
    ends on short ones. All methods may be called from any thread.
    """

    def __init__(self, size: int, attempts: int) -> None:
        self._size, self._attempts = size, attempts
        self._changed = threading.Condition()
        self._heap: list[tuple[int, int, int, Task]] = []
        self._count = self._open = self._finished = 0
        self._ended = self.closed = False

    def admit(self) -> bool:
        """Waits for a place. False where the window is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._open < self._size or self.closed)
            if not self.closed:
                self._open += 1
            return not self.closed

    def release(self) -> None:
        """The outcome of what had a place is kept."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def put(self, task: Task) -> None:
        """What has a place may be taken."""
        with self._changed:
            self._push(task, self._count // self._size)
            self._count += 1

    def _push(self, task: Task, generation: int) -> None:
        heapq.heappush(self._heap, (generation, -task.item.length, task.item.position, task))
        self._changed.notify_all()

    def take(self, hands: Hands) -> Task | None:
        """Waits for a task, which is in those hands then; None where there will be none for them."""
        with self._changed:
            self._changed.wait_for(lambda: self._heap or hands.gone or self._over)
            if hands.gone or self._over:
                return None
            task = heapq.heappop(self._heap)[-1]
            hands.tasks[task.item.position] = task
            return task

    @property
    def _over(self) -> bool:
        return self.closed or (self._ended and not self._open)

    def finish(self, hands: Hands, task: Task) -> bool:
        """A task has its outcome. False where it is not in those hands any more, and somebody else's."""
        with self._changed:
            had = hands.tasks.pop(task.item.position, None) is not None
            self._finished += had
            return had

    def may_retry(self, hands: Hands, task: Task, *, last: bool) -> bool:
        """A task was refused for now: whether it is anybody's again, behind the others.

        An attempt counts where others were finished since the one before: when nobody is answered, it is not the task's
        fault. Where the patience is at its `last`, one that counts is enough to give the task up.
        """
        with self._changed:
            task.attempts += task.seen not in (-1, self._finished)
            task.seen = self._finished
            if task.attempts >= (1 if last else self._attempts):
                return False
            self._push(hands.tasks.pop(task.item.position), self._count // self._size + 1)
            return True

    def drop(self, hands: Hands) -> list[Task]:
        """A stream broke: it gets nothing more, and what it had is anybody's. Returns tasks for which that was one
        attempt too many; they stay in its hands to be finished."""
        with self._changed:
            hands.gone, spent = True, []
            for task in list(hands.tasks.values()):
                task.attempts += not self.closed
                if task.attempts >= self._attempts:
                    spent.append(task)
                else:
                    self._push(hands.tasks.pop(task.item.position), 0)
            self._changed.notify_all()
            return spent

    def end(self) -> None:
        """Nothing more will be put."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more is handed out."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()
