"""How fast work is done, and what that says about the future."""

from polygist.engines.work import Job

# What lies so many seconds of work back counts half.
_HALF_LIFE_SECONDS = 20.0
# After so long without full work nothing is known any more.
_VALID_SECONDS = 60.0
# A job is refused when it would be late even if the work went so many times as fast.
_HOPE = 2.0
_RETRY_SECONDS = (0.1, 60.0)
_UNKNOWN_SECONDS = 1.0


class Rate:
    """Tokens of jobs (prompt and room for the output) that an engine brings through in a second when it has all it can
    take. `now` is the time of a monotonic clock in seconds."""

    def __init__(self) -> None:
        self._tokens = self._seconds = 0.0
        self._last = float("-inf")

    def add(self, tokens: int, seconds: float, now: float) -> None:
        """So many tokens' jobs ended in so much time of one engine's work; it was full."""
        if now - self._last > _VALID_SECONDS:
            self._tokens = self._seconds = 0.0
        fading = 0.5 ** (seconds / _HALF_LIFE_SECONDS)
        self._tokens = self._tokens * fading + tokens
        self._seconds = self._seconds * fading + seconds
        self._last = now

    def tokens_per_second(self, now: float) -> float | None:
        """None where nothing is known."""
        known = self._tokens and self._seconds and now - self._last <= _VALID_SECONDS
        return self._tokens / self._seconds if known else None

    def meets(self, job: Job, ahead: int, engines: int, now: float) -> bool:
        """Whether a job may end in time with so many tokens ahead of it; what is not known is hoped for.

        With nothing ahead of it a job is always tried: speed is learned by trying.
        """
        if job.deadline is None or not ahead:
            return True
        needed = self._seconds_for(ahead + job.tokens, engines, now)
        return needed is None or now + needed / _HOPE <= job.deadline

    def retry_seconds(self, tokens: int, engines: int, now: float) -> float:
        """When to come back: once so many tokens are done."""
        low, high = _RETRY_SECONDS
        needed = self._seconds_for(tokens, engines, now)
        return _UNKNOWN_SECONDS if needed is None else min(high, max(low, needed))

    def _seconds_for(self, tokens: int, engines: int, now: float) -> float | None:
        rate = self.tokens_per_second(now)
        return None if rate is None else tokens / (rate * max(1, engines))
