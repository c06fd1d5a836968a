"""Domain errors as gRPC statuses with google.rpc details. The one place that knows both."""

import random

from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

from polygist import errors

DOMAIN = "polygist.v1"

# The most derived class that matches decides.
CODES: dict[type[errors.PolygistError], StatusCode] = {
    errors.InvalidRequest: StatusCode.INVALID_ARGUMENT,
    # As grpc itself says where a message is larger still.
    errors.MessageTooLarge: StatusCode.RESOURCE_EXHAUSTED,
    errors.QueueFull: StatusCode.RESOURCE_EXHAUSTED,
    errors.QuotaExceeded: StatusCode.RESOURCE_EXHAUSTED,
    errors.NotReady: StatusCode.UNAVAILABLE,
    errors.Refused: StatusCode.UNAVAILABLE,
    # To be begun anew by who has more to ask; grpc's own retries would go on for ever.
    errors.StreamIdle: StatusCode.ABORTED,
    errors.DeadlineExceeded: StatusCode.DEADLINE_EXCEEDED,
    errors.ModelMissing: StatusCode.FAILED_PRECONDITION,
    errors.ModelCorrupt: StatusCode.FAILED_PRECONDITION,
    errors.ModelChanged: StatusCode.FAILED_PRECONDITION,
    errors.PullFailed: StatusCode.FAILED_PRECONDITION,
    errors.PullRefused: StatusCode.FAILED_PRECONDITION,
    errors.CardInvalid: StatusCode.FAILED_PRECONDITION,
    errors.EngineFailed: StatusCode.INTERNAL,
    errors.EngineDied: StatusCode.INTERNAL,
    errors.OutOfMemory: StatusCode.INTERNAL,
    errors.ModelError: StatusCode.INTERNAL,
    errors.GlossaryInvalid: StatusCode.INVALID_ARGUMENT,
    errors.TermInvalid: StatusCode.INVALID_ARGUMENT,
    errors.PageInvalid: StatusCode.INVALID_ARGUMENT,
    errors.InputUnreadable: StatusCode.FAILED_PRECONDITION,
    errors.OutputForeign: StatusCode.FAILED_PRECONDITION,
    errors.OutputBusy: StatusCode.ABORTED,
    errors.OutputFailed: StatusCode.INTERNAL,
    errors.ServersLost: StatusCode.UNAVAILABLE,
    errors.JobError: StatusCode.INTERNAL,
    errors.CallerUnknown: StatusCode.UNAUTHENTICATED,
    errors.CallerForbidden: StatusCode.PERMISSION_DENIED,
    errors.OperationMissing: StatusCode.NOT_FOUND,
    errors.OperationUnfinished: StatusCode.FAILED_PRECONDITION,
    errors.ConfigurationError: StatusCode.FAILED_PRECONDITION,
    errors.PolygistError: StatusCode.INTERNAL,
}

_OUTCOMES = {
    StatusCode.OK: "ok",
    StatusCode.INVALID_ARGUMENT: "invalid",
    StatusCode.UNAUTHENTICATED: "invalid",
    StatusCode.PERMISSION_DENIED: "invalid",
    StatusCode.RESOURCE_EXHAUSTED: "refused",
    StatusCode.UNAVAILABLE: "refused",
    StatusCode.DEADLINE_EXCEEDED: "deadline",
    StatusCode.CANCELLED: "cancelled",
    # A stream whose caller has left it standing.
    StatusCode.ABORTED: "cancelled",
}


def outcome_of(code: StatusCode) -> str:
    """The outcome that a status code counts as."""
    return _OUTCOMES.get(code, "error")


def code(error: errors.PolygistError) -> StatusCode:
    """The status code of a domain error."""
    return next(CODES[c] for c in type(error).__mro__ if c in CODES)


def status(error: errors.PolygistError) -> status_pb2.Status:
    """The full status of a domain error. Its message is for developers and holds no article text."""
    number: int = code(error).value[0]
    made = status_pb2.Status(code=number, message=str(error))
    for detail in _details(error):
        packed = Any()
        packed.Pack(detail)
        made.details.append(packed)
    return made


def _details(error: errors.PolygistError) -> list[Message]:
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)
    found: list[Message] = [info]
    match error:
        case errors.InvalidRequest():
            violations = [
                error_details_pb2.BadRequest.FieldViolation(field=v.field, description=v.description, reason=v.reason)
                for v in error.violations
            ]
            found.append(error_details_pb2.BadRequest(field_violations=violations))
        case errors.Refused():
            delay = Duration()
            delay.FromNanoseconds(round(error.retry_seconds * 1e9))
            found.append(error_details_pb2.RetryInfo(retry_delay=delay))
            if isinstance(error, errors.QuotaExceeded):
                quota = error_details_pb2.QuotaFailure.Violation(subject=error.caller, description=str(error))
                found.append(error_details_pb2.QuotaFailure(violations=[quota]))
        case errors.ModelMissing():
            info.metadata["command"] = error.command
            violation = error_details_pb2.PreconditionFailure.Violation(type="MODEL", description=str(error))
            found.append(error_details_pb2.PreconditionFailure(violations=[violation]))
    return found


def trailers(error: errors.PolygistError) -> tuple[tuple[str, str | bytes], ...]:
    """Trailing metadata of a domain error: the details, and for grpc clients with a retry policy how long to wait."""
    found: tuple[tuple[str, str | bytes], ...] = (("grpc-status-details-bin", status(error).SerializeToString()),)
    if isinstance(error, errors.Refused):
        # A grpc client waits exactly as long as it is told; the herd must not come back at once.
        found += (("grpc-retry-pushback-ms", str(round(error.retry_seconds * random.uniform(1000, 1500)))),)
    if isinstance(error, errors.MessageTooLarge):
        found += (("grpc-retry-pushback-ms", "-1"),)  # never
    return found
