"""Leaving alone what fails."""

import logging
import random
import time
from collections.abc import Callable

# The first pause and the longest, in seconds.
_PAUSES = (1.0, 60.0)

_log = logging.getLogger(__name__)


class Breaker:
    """Opens after `max_errors` in a row, for a while that doubles with each further error.

    When the while is over everything may be tried again, and one error opens it anew. An outage is logged once, by the
    type of its error: messages may quote addresses, passwords or text.
    """

    def __init__(self, name: str, max_errors: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._max_errors, self._clock = name, max_errors, clock
        self._errors = 0
        self._until = float("-inf")

    @property
    def open(self) -> bool:
        """Nothing should be tried now."""
        return self._clock() < self._until

    def succeeded(self) -> None:
        """It worked."""
        if self._errors >= self._max_errors:
            _log.info("%s works again", self._name)
        self._errors, self._until = 0, float("-inf")

    def failed(self, error: BaseException) -> None:
        """It did not. What had begun before the breaker opened does not count."""
        if self.open:
            return
        self._errors += 1
        further = self._errors - self._max_errors
        if further < 0:
            return
        if further == 0:
            _log.warning("%s fails (%s): left alone, and tried again now and then", self._name, _kind(error))
        first, longest = _PAUSES
        # Processes that share it must not all come back at once.
        self._until = self._clock() + random.uniform(0.5, 1) * min(longest, first * 2.0 ** min(further, 10))


def _kind(error: BaseException) -> str:
    """The type of an error and of what it came from."""
    kind = str(getattr(error, "sqlite_errorname", type(error).__name__))
    origin = error.__cause__ or error.__context__
    return f"{kind} from {_kind(origin)}" if origin else kind
