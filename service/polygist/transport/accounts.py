"""What callers have under way, and what they have sent in the last minute."""

import time
from collections.abc import Callable

_MINUTE = 60.0
Clock = Callable[[], float]


class Bucket:
    """So much a minute, and up to that at once: a bucket from which amounts are taken, and which fills evenly.

    What is larger than all of it is let through when it is full, and owed afterwards.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._taken, self._then = 0.0, clock()

    def take(self, amount: int, a_minute: int) -> float:
        """Seconds until so much may be taken; 0: it is taken.

        >>> bucket = Bucket(clock=lambda: 0.0)
        >>> bucket.take(60, a_minute=100), bucket.take(50, a_minute=100)
        (0.0, 6.0)
        """
        rate, now = a_minute / _MINUTE, self._clock()
        self._taken, self._then = max(0.0, self._taken - (now - self._then) * rate), now
        missing = min(amount, a_minute) - (a_minute - self._taken)
        if missing > 0:
            return missing / rate
        self._taken += amount
        return 0.0


class Account:
    """Of one caller, whatever becomes of its limits. Used on the event loop only."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.characters = Bucket()
