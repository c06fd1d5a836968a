"""How fast work is done, and what that says about the future."""

from polygist.engines.work import Job

# What lies so many seconds of work back counts half.
_HALF_LIFE_SECONDS = 20.0
_RETRY_SECONDS = (0.1, 60.0)
_UNKNOWN_SECONDS = 1.0


class Rate:
    """Tokens of jobs (prompt and room for the output) that engines bring through in a second of work."""

    def __init__(self) -> None:
        self._tokens = self._seconds = 0.0

    def add(self, tokens: int, seconds: float) -> None:
        """So many tokens' jobs ended in so much time of one engine's work."""
        fading = 0.5 ** (seconds / _HALF_LIFE_SECONDS)
        self._tokens = self._tokens * fading + tokens
        self._seconds = self._seconds * fading + seconds

    @property
    def tokens_per_second(self) -> float | None:
        """None before anything was done."""
        return self._tokens / self._seconds if self._tokens and self._seconds else None

    def seconds(self, tokens: int, engines: int) -> float | None:
        """How long so many engines take over tokens; None where nothing is known."""
        rate = self.tokens_per_second
        return None if rate is None else tokens / (rate * max(1, engines))

    def meets(self, job: Job, ahead: int, engines: int, now: float) -> bool:
        """Whether a job may end in time with so many tokens ahead of it; what is not known is hoped for."""
        if job.deadline is None:
            return True
        needed = self.seconds(ahead + job.tokens, engines)
        return needed is None or now + needed <= job.deadline

    def retry_seconds(self, tokens: int, engines: int) -> float:
        """When to come back: once so many tokens are done."""
        low, high = _RETRY_SECONDS
        needed = self.seconds(tokens, engines)
        return _UNKNOWN_SECONDS if needed is None else min(high, max(low, needed))
