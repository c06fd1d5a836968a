"""Every error that polygist raises on purpose.

PolygistError
├── InvalidRequest            the caller can mend it; says which field and why
│   └── MessageTooLarge       a message has more bytes than one may have
├── Refused                   not now; try again later
│   ├── QueueFull             bounded work is full
│   ├── QuotaExceeded         the caller has as much as it may
│   └── NotReady              still loading, or draining
├── StreamIdle                a stream has asked nothing for too long
├── DeadlineExceeded          there was no time left to do it
├── ModelError
│   ├── ModelMissing          not here, or not built; holds the command that gets it
│   ├── ModelCorrupt          files do not match their checksums
│   │   └── ModelChanged      files are not those that were got at first
│   ├── PullFailed            a model can't be fetched: network, disk, or what answers
│   ├── PullRefused           fetching it takes a person's word: licence, pickle
│   ├── CardInvalid           a card or profile is wrong
│   └── EngineFailed          the engine broke while it worked
│       ├── OutOfMemory       it asked for more memory than there is
│       └── EngineDied        its process is gone, or does not answer
├── GlossaryInvalid           a file of terms is wrong; says in which line
├── TermInvalid               a term is empty, or given twice
├── PageInvalid               an HTML page holds no article, or is too complex
├── JobError                  a batch job can't go on; what it has done stays
│   ├── InputUnreadable       its input can't be read, or has no such column
│   ├── OutputForeign         its folder holds the output of another job, or other files
│   ├── OutputBusy            another process works on the same folder
│   ├── OutputFailed          its folder can't be written
│   └── ServersLost           no server has answered for too long
├── CallerUnknown             who calls shows no token or certificate, or a wrong one
├── CallerForbidden           who calls may not call this
├── OperationMissing          there is no such batch job, or no more
├── OperationUnfinished       the batch job has not ended
└── ConfigurationError        a setting is wrong
"""

from dataclasses import dataclass
from itertools import accumulate


class PolygistError(Exception):
    """Base of all errors raised on purpose. `reason` is a stable UPPER_SNAKE name for programs."""

    reason = "INTERNAL"


@dataclass(frozen=True)
class Violation:
    """What is wrong with one field of a request: its path in proto names, and a sentence."""

    field: str
    description: str
    reason: str = "INVALID"


class InvalidRequest(PolygistError):
    """The request is wrong in one or more fields.

    `shown` are the first violations, as many as an answer has room for: clients take 8 KiB of what comes with a status.
    The message has those, and how many there are besides.
    """

    reason = "INVALID_REQUEST"
    _MOST_BYTES = 1_500

    def __init__(self, *violations: Violation) -> None:
        sizes = accumulate(len(f"{v.field}{v.description}{v.reason}".encode()) for v in violations)
        fits = max(1, sum(size <= self._MOST_BYTES for size in sizes))
        self.violations, self.shown = violations, violations[:fits]
        told = [f"{v.field}: {v.description}" for v in self.shown]
        super().__init__("; ".join([*told, f"and {more} more"] if (more := len(violations) - fits) > 0 else told))


class MessageTooLarge(InvalidRequest):
    """A message has more bytes than one may have."""

    reason = "MESSAGE_TOO_LARGE"

    def __init__(self, most: int) -> None:
        super().__init__(Violation("request", f"is larger than {most} bytes", "TOO_LONG"))


class Refused(PolygistError):
    """Work is refused for now; worth another try after `retry_seconds`.

    `cause` is what is full or not ready, for metrics: "calls", "queue", "jobs", "caller", "share" (what one caller
    may have of the first two), "loading", "draining" or "engine".
    """

    def __init__(self, message: str, retry_seconds: float, cause: str = "engine") -> None:
        super().__init__(message)
        self.retry_seconds, self.cause = retry_seconds, cause


class QueueFull(Refused):
    """A bound on queued or concurrent work is reached; `model` is the id of that whose queue it is, "" for none."""

    reason = "QUEUE_FULL"

    def __init__(self, message: str, retry_seconds: float, cause: str = "queue", model: str = "") -> None:
        super().__init__(message, retry_seconds, cause)
        self.model = model


class QuotaExceeded(Refused):
    """A bound on what one caller may have waiting, under way, or in a minute is reached."""

    reason = "QUOTA_EXCEEDED"

    def __init__(self, message: str, retry_seconds: float, caller: str, cause: str = "jobs") -> None:
        super().__init__(message, retry_seconds, cause)
        self.caller = caller


class NotReady(Refused):
    """The server is loading its models or shutting down."""

    reason = "NOT_READY"


class StreamIdle(PolygistError):
    """A stream of requests has brought none for so long, while nothing was under way."""

    reason = "STREAM_IDLE"


class DeadlineExceeded(PolygistError):
    """The caller's deadline passed, or can't be met."""

    reason = "DEADLINE_EXCEEDED"


class ModelError(PolygistError):
    """A model can't be used."""


class ModelMissing(ModelError):
    """A model is not on this machine, or not built; holds the command that gets it."""

    reason = "MODEL_MISSING"

    def __init__(self, message: str, command: str) -> None:
        super().__init__(f"{message}; get it with: {command}")
        self.command = command


class ModelCorrupt(ModelError):
    """A model's files do not match the checksums recorded when they were made."""

    reason = "MODEL_CORRUPT"


class ModelChanged(ModelCorrupt):
    """A model's files are not those that were got when it was first pulled, and its card has no sums to say which are
    right."""

    reason = "MODEL_CHANGED"


class PullFailed(ModelError):
    """A model can't be fetched now. What is there already is kept, and the same command goes on from there."""

    reason = "PULL_FAILED"


class PullRefused(ModelError):
    """A model is not fetched without a person's word; the message has the option that gives it."""

    reason = "PULL_REFUSED"


class CardInvalid(ModelError):
    """A model card or profile has a missing, unknown or wrong entry."""

    reason = "CARD_INVALID"


class EngineFailed(ModelError):
    """An inference engine raised an error of its own."""

    reason = "ENGINE_FAILED"


class OutOfMemory(EngineFailed):
    """A batch needed more memory than there is; a smaller one may not."""

    reason = "OUT_OF_MEMORY"


class EngineDied(EngineFailed):
    """An engine's process has ended or does not answer."""

    reason = "ENGINE_DIED"


class GlossaryInvalid(PolygistError):
    """A glossary can't be used: of which file, in which line (0 for the whole file), and what is wrong."""

    reason = "GLOSSARY_INVALID"

    def __init__(self, file: str, line: int, description: str) -> None:
        super().__init__(f"{file}:{line}: {description}" if line else f"{file}: {description}")
        self.file, self.line, self.description = file, line, description


class TermInvalid(PolygistError):
    """A term can't be used: it is empty, or given twice. `index` and that of the `other` one count from 0."""

    reason = "TERM_INVALID"

    def __init__(self, index: int, description: str, other: int | None = None) -> None:
        super().__init__(f"term {index}: {description}")
        self.index, self.description, self.other = index, description, other


class PageInvalid(PolygistError):
    """No article can be taken out of an HTML page. `problem` is NO_ARTICLE or TOO_COMPLEX."""

    reason = "PAGE_INVALID"

    def __init__(self, description: str, problem: str) -> None:
        super().__init__(f"the page {description}")
        self.description, self.problem = description, problem


class JobError(PolygistError):
    """A batch job can't go on. What it has done stays, and the same command goes on from there."""

    reason = "JOB"


class InputUnreadable(JobError):
    """The input of a job can't be found or read, or lacks a column."""

    reason = "INPUT_UNREADABLE"


class OutputForeign(JobError):
    """The output folder belongs to a job with other options or another input, or holds other files."""

    reason = "OUTPUT_FOREIGN"


class OutputBusy(JobError):
    """Another process has the output folder."""

    reason = "OUTPUT_BUSY"


class OutputFailed(JobError):
    """The output can't be written: no space, no permission."""

    reason = "OUTPUT_FAILED"


class ServersLost(JobError):
    """No server of a job has answered for longer than it waits."""

    reason = "SERVERS_LOST"


class CallerUnknown(PolygistError):
    """Nobody known calls: there is no token or certificate, or one of no caller."""

    reason = "CALLER_UNKNOWN"


class CallerForbidden(PolygistError):
    """The caller is known, and may not call this."""

    reason = "CALLER_FORBIDDEN"


class OperationMissing(PolygistError):
    """There is no batch job of that name, or it has expired."""

    reason = "OPERATION_NOT_FOUND"


class OperationUnfinished(PolygistError):
    """What is asked needs a batch job that has ended."""

    reason = "OPERATION_UNFINISHED"


class ConfigurationError(PolygistError):
    """A setting has a value that can't be used."""

    reason = "CONFIGURATION"
