import pytest
from google.protobuf.duration_pb2 import Duration

from polygist.client import digest_request
from polygist.errors import InvalidRequest
from polygist.transport import incoming
from polygist.types import Priority
from polygist.v1 import polygist_pb2 as pb

BULK, INTERACTIVE = Priority.BULK, Priority.INTERACTIVE


@pytest.mark.parametrize(
    ("named", "default", "meant"),
    [
        (pb.PRIORITY_UNSPECIFIED, INTERACTIVE, INTERACTIVE),
        (pb.PRIORITY_UNSPECIFIED, BULK, BULK),
        (pb.PRIORITY_INTERACTIVE, BULK, INTERACTIVE),
        (pb.PRIORITY_BULK, INTERACTIVE, BULK),
    ],
)
def test_a_named_priority_wins_over_that_of_the_call(
    named: pb.Priority.ValueType, default: Priority, meant: Priority
) -> None:
    assert incoming.digest(digest_request("A text.", priority=named), None, default=default).priority is meant


@pytest.mark.parametrize("named", [pb.PRIORITY_UNSPECIFIED, pb.PRIORITY_BULK])
def test_translations_have_a_priority_too(named: pb.Priority.ValueType) -> None:
    asked = incoming.translate(pb.TranslateRequest(texts=["A text."], priority=named), None)
    assert asked.priority is (BULK if named else INTERACTIVE)


@pytest.mark.parametrize("number", [3, -1, 2**31 - 1])
def test_an_unknown_priority_is_refused_with_its_path(number: int) -> None:
    with pytest.raises(InvalidRequest, match=r"^digest\.priority: has no value"):
        incoming.digest(digest_request("A text.", priority=number), None, "digest.")
    with pytest.raises(InvalidRequest, match=r"^priority: has no value"):
        incoming.translate(pb.TranslateRequest(priority=number), None)


@pytest.mark.parametrize(
    ("timeout", "left", "seconds"),
    [
        (None, None, None),
        (None, 5.0, 5.0),
        (Duration(seconds=2), None, 2.0),
        (Duration(seconds=2), 5.0, 2.0),
        (Duration(seconds=9), 5.0, 5.0),
        (Duration(nanos=1), 5.0, 1e-9),
    ],
)
def test_an_article_has_the_lesser_of_its_own_time_and_that_of_the_stream(
    timeout: Duration | None, left: float | None, seconds: float | None
) -> None:
    assert incoming.seconds(pb.DigestManyRequest(timeout=timeout), left) == seconds


@pytest.mark.parametrize("timeout", [Duration(), Duration(seconds=-1), Duration(seconds=1, nanos=-(10**9))])
def test_no_time_at_all_is_refused(timeout: Duration) -> None:
    with pytest.raises(InvalidRequest, match=r"^timeout: "):
        incoming.seconds(pb.DigestManyRequest(timeout=timeout), None)
