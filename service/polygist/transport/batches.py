"""Batch jobs onto the wire, as operations."""

from google.longrunning import operations_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import code_pb2, status_pb2

from polygist.jobs.keeper import Keeper, Look
from polygist.jobs.records import Counts, State
from polygist.v1 import polygist_pb2 as pb

_STATES = {state: pb.BatchDigestMetadata.State.Value(f"STATE_{state.name}") for state in State}
_ANSWERED = {State.SUCCEEDED, State.PARTIALLY_COMPLETED}


async def whole(look: Look, keeper: Keeper) -> operations_pb2.Operation:
    """An operation with its results, if it has any."""
    record = look.record
    return operation(look, await keeper.results(record) if record.state in _ANSWERED and not record.output else b"")


def operation(look: Look, results: bytes = b"") -> operations_pb2.Operation:
    """An operation. `results` is a serialized response with nothing else in it."""
    record = look.record
    made = operations_pb2.Operation(name=f"operations/{record.name}", done=record.over)
    made.metadata.Pack(_metadata(look))
    if record.state in _ANSWERED:
        made.response.Pack(_response(look, results))
    elif record.state is State.CANCELLED:
        made.error.CopyFrom(status_pb2.Status(code=code_pb2.CANCELLED, message="the batch job was cancelled"))
    elif record.state is State.FAILED:
        made.error.ParseFromString(record.error)
    return made


def _response(look: Look, results: bytes) -> pb.BatchDigestResponse:
    record = look.record
    made = pb.BatchDigestResponse.FromString(results)
    made.MergeFrom(
        pb.BatchDigestResponse(
            state=_STATES[record.state],
            counts=_counts(record.counts),
            output=record.output,
            warnings=record.warnings,
            reasons=record.reasons,
        )
    )
    return made


def _metadata(look: Look) -> pb.BatchDigestMetadata:
    record, pace = look.record, look.pace
    return pb.BatchDigestMetadata(
        state=_STATES[record.state],
        counts=_counts(pace.counts),
        articles_per_second=pace.per_second,
        eta=None if pace.seconds_left is None else _duration(pace.seconds_left),
        create_time=_time(record.created),
        start_time=_time(record.started),
        end_time=_time(record.ended),
        expire_time=_time(record.expires),
        output=record.output,
    )


def _counts(counts: Counts) -> pb.BatchCounts:
    return pb.BatchCounts(**vars(counts))


def _time(seconds: float | None) -> Timestamp | None:
    if seconds is None:
        return None
    made = Timestamp()
    made.FromNanoseconds(round(seconds * 1e9))
    return made


def _duration(seconds: float) -> Duration:
    made = Duration()
    made.FromNanoseconds(round(seconds * 1e9))
    return made
