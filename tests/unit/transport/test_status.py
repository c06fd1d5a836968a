import inspect

import pytest
from google.rpc import error_details_pb2
from grpc import StatusCode

from polygist import errors
from polygist.transport import status

ALL = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.PolygistError)]


def test_every_error_has_its_own_line_in_the_table() -> None:
    assert set(status.CODES) == set(ALL)


@pytest.mark.parametrize("kind", ALL)
def test_every_error_has_a_reason_that_programs_can_read(kind: type[errors.PolygistError]) -> None:
    assert kind.reason.isupper()
    assert kind.reason.replace("_", "").isalnum()


def details(error: errors.PolygistError, kind: type) -> object:
    found = kind()
    made = status.status(error)
    assert any(d.Unpack(found) for d in made.details if d.Is(found.DESCRIPTOR))
    return found


def test_a_bad_request_names_its_fields() -> None:
    error = errors.InvalidRequest(errors.Violation("texts[3]", "is too long", "TOO_LONG"))
    assert status.code(error) is StatusCode.INVALID_ARGUMENT
    bad = details(error, error_details_pb2.BadRequest)
    assert [(v.field, v.reason) for v in bad.field_violations] == [("texts[3]", "TOO_LONG")]


@pytest.mark.parametrize(
    "field", ["texts[3]", "translation.glossary.terms[999].targets[" + "ї" * 35 + "]", "x" * 9_000]
)
def test_of_very_many_fields_those_are_named_that_a_client_takes(field: str) -> None:
    """grpc's clients refuse trailing metadata beyond 8 KiB, and say RESOURCE_EXHAUSTED, which means another try."""
    error = errors.InvalidRequest(*[errors.Violation(field, "is too long", "TOO_LONG")] * 100_000)
    shown = list(details(error, error_details_pb2.BadRequest).field_violations)
    assert len(error.violations) == 100_000
    assert shown
    assert str(error).count(field) == len(shown)
    assert str(error).endswith(f"; and {100_000 - len(shown)} more")
    if len(field) < 200:
        assert len(shown) > 5
        assert sum(len(value) for _, value in status.trailers(error)) < 6_000


def test_a_full_queue_says_when_to_come_back() -> None:
    error = errors.QueueFull("full", retry_seconds=2.5)
    assert status.code(error) is StatusCode.RESOURCE_EXHAUSTED
    assert details(error, error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() == 2500
    waits = {int(dict(status.trailers(error))["grpc-retry-pushback-ms"]) for _ in range(50)}
    assert len(waits) > 1
    assert all(2500 <= w <= 3750 for w in waits)


def test_a_missing_model_names_the_command() -> None:
    error = errors.ModelMissing("no model", "polygist models build embedded")
    assert status.code(error) is StatusCode.FAILED_PRECONDITION
    assert details(error, error_details_pb2.ErrorInfo).metadata["command"] == "polygist models build embedded"
