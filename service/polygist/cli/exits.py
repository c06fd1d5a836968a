"""Errors as one line on standard error and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import typer

from polygist import errors
from polygist.client import violations

UNFORESEEN, USAGE, REFUSED, LATE, SETUP = 1, 2, 3, 4, 5
# Of batch jobs: some articles failed; the output can't be written. Then, stopped by a signal.
PARTLY, OUTPUT, INTERRUPTED = 6, 7, 130

_BY_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: USAGE,
    grpc.StatusCode.UNAVAILABLE: REFUSED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: REFUSED,
    grpc.StatusCode.DEADLINE_EXCEEDED: LATE,
    grpc.StatusCode.FAILED_PRECONDITION: SETUP,
    grpc.StatusCode.UNAUTHENTICATED: SETUP,
    grpc.StatusCode.PERMISSION_DENIED: SETUP,
}


def fail(message: str, code: int) -> typer.Exit:
    """Prints the message; raise what this returns."""
    typer.secho(f"polygist: {message}", fg="red", err=True)
    return typer.Exit(code)


@contextmanager
def exits() -> Iterator[None]:
    """Turns the errors of the body into exits."""
    try:
        yield
    except grpc.RpcError as error:
        raise _rpc(error) from error
    except errors.InvalidRequest as error:
        raise fail(str(error), USAGE) from error
    except (errors.InputUnreadable, errors.OutputForeign, errors.OutputBusy) as error:
        raise fail(str(error), USAGE) from error
    except errors.OutputFailed as error:
        raise fail(f"{error}; what was done is kept, the same command goes on from there", OUTPUT) from error
    except errors.ServersLost as error:
        raise fail(f"{error}; what was done is kept, the same command goes on from there", REFUSED) from error
    except (errors.ModelError, errors.GlossaryInvalid, errors.ConfigurationError) as error:
        raise fail(str(error), SETUP) from error
    except errors.PolygistError as error:
        raise fail(str(error), UNFORESEEN) from error


def _rpc(error: grpc.RpcError) -> typer.Exit:
    if not isinstance(error, grpc.Call):
        return fail(str(error), UNFORESEEN)
    code, details = error.code(), error.details()
    found = violations(error)
    message = "; ".join(f"{v.field} {v.description}" for v in found) if found else f"{code.name}: {details}"
    return fail(message, _BY_STATUS.get(code, UNFORESEEN))
