"""What is known of a job, and where it may go from where it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class State(Enum):
    """As in the contract."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    PARTIALLY_COMPLETED = "partially_completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDS = frozenset({State.SUCCEEDED, State.PARTIALLY_COMPLETED, State.FAILED, State.CANCELLED})
# A job that runs when the server stops waits again. One that is done when it is cancelled is done all the same.
NEXT: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED}),
    State.RUNNING: ENDS - {State.CANCELLED} | {State.QUEUED, State.CANCELLING},
    State.CANCELLING: ENDS,
} | {end: frozenset[State]() for end in ENDS}


@dataclass(frozen=True)
class Counts:
    """Articles: of the input, with a digest, without, of the former those with warnings; code points that were read."""

    total: int = 0
    total_estimated: bool = False
    done: int = 0
    failed: int = 0
    with_warnings: int = 0
    characters: int = 0


@dataclass(frozen=True)
class Order:
    """What a caller has asked for: `request` is the serialized message, `sha256` tells it from others."""

    caller: str
    request_id: str
    sha256: str
    output: str
    total: int
    request: bytes = field(repr=False)


@dataclass(frozen=True)
class Ending:
    """How a run ended. `error` is a serialized google.rpc.Status, `results` a BatchDigestResponse with nothing else."""

    state: State
    counts: Counts
    error: bytes = b""
    results: bytes = field(default=b"", repr=False)
    warnings: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """A job as it is kept. Times are seconds since 1970, None for what was not yet. `number` grows from job to job."""

    number: int
    name: str
    caller: str
    request_id: str
    sha256: str
    output: str
    state: State
    counts: Counts
    created: float
    started: float | None = None
    ended: float | None = None
    expires: float | None = None
    error: bytes = b""
    warnings: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in ENDS
