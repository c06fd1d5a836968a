"""On whose behalf work is done, and what part that caller has of what all of them share."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """A caller, "" for everybody without a name of its own, and its weight beside others'."""

    caller: str = ""
    weight: int = 1

    def allows(self, held: int, free: int) -> bool:
        """Whether the caller may have `held` places where so many are `free` for all: dynamic thresholds (Choudhury and
        Hahne 1998), by which there is always some room left for who comes next.

        >>> Share("a").allows(4, 4), Share("a").allows(5, 4), Share("a", 3).allows(12, 4), Share().allows(9, 0)
        (True, False, True, True)
        """
        return not self.caller or held <= self.weight * free


EVERYBODY = Share()
_current: ContextVar[Share] = ContextVar("share", default=EVERYBODY)


def begin(share: Share) -> None:
    """What follows in this task, and in tasks that it makes, is that caller's."""
    _current.set(share)


def current() -> Share:
    """Whose this task is."""
    return _current.get()
