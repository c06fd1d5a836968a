"""How a job ended, made of what its batch job has written."""

import json
from collections.abc import Iterator
from heapq import merge
from pathlib import Path

from google.protobuf.any_pb2 import Any
from google.protobuf.json_format import ParseDict
from google.rpc import code_pb2, error_details_pb2, status_pb2

from polygist.batch.formats import FORMATS
from polygist.batch.index import ERRORS, Totals
from polygist.errors import PolygistError
from polygist.jobs.records import Counts, Ending, State
from polygist.v1 import polygist_pb2 as pb

DOMAIN = "polygist.v1"
_TOO_LARGE = "RESULTS_TOO_LARGE"
_REASONS = 5


class AllFailed(PolygistError):
    """No article of a job has a digest."""

    reason = "ALL_FAILED"


def ending(totals: Totals, characters: int, folder: Path | None, most_bytes: int) -> tuple[Ending, str]:
    """How a job that came to its end has ended, and where that is a failure, why.

    A `folder` of its own is read for its results; a digest that is too much for them is none.
    """
    reasons, results, lost, doubtful = dict(totals.reasons), b"", 0, totals.with_warnings
    if folder:
        made = _results(folder, most_bytes)
        lost = sum(_reason(r) == _TOO_LARGE for r in made.results)
        doubtful = sum(bool(r.digest.warnings) for r in made.results)
        results = made.SerializeToString()
        reasons |= {_TOO_LARGE: lost} if lost else {}
    done, failed = totals.records - lost, totals.failed + lost
    counts = Counts(done + failed, False, done, failed, doubtful, characters)
    state = State.FAILED if failed and not done else State.PARTIALLY_COMPLETED if failed else State.SUCCEEDED
    said = ", ".join(f"{reason} {n}" for reason, n in sorted(reasons.items(), key=lambda r: -r[1])[:_REASONS])
    why = f"none of {failed:,} articles has a digest: {said}" if state is State.FAILED else ""
    return Ending(state, counts, b"", results, dict(totals.warnings), reasons), why


def _results(folder: Path, most_bytes: int) -> pb.BatchDigestResponse:
    """All outcomes in order; digests as long as there is room."""
    made, left = pb.BatchDigestResponse(), most_bytes
    for result in merge(_digests(folder), _errors(folder), key=lambda r: r.position):
        size = result.digest.ByteSize()
        if size > left:
            message = f"the results before have taken all of {most_bytes:,} bytes; name an output"
            result.error.CopyFrom(status("RESOURCE_EXHAUSTED", _TOO_LARGE, message))
        else:
            left -= size
        made.results.append(result)
    return made


def _digests(folder: Path) -> Iterator[pb.BatchResult]:
    for part in sorted(folder.glob("part-*.jsonl")):
        for line in FORMATS["jsonl"].read(part):
            found = json.loads(line)
            digest = ParseDict(found["digest"], pb.DigestResponse())
            yield pb.BatchResult(position=found["position"], id=found["id"], digest=digest)


def _errors(folder: Path) -> Iterator[pb.BatchResult]:
    with (folder / ERRORS).open(encoding="utf-8") as lines:
        for line in lines:
            found = json.loads(line)
            error = status(found["status"], found["reason"], found["message"])
            yield pb.BatchResult(position=found["position"], id=found["id"], error=error)


def status(code: str, reason: str, message: str) -> status_pb2.Status:
    """A status with an ErrorInfo."""
    packed = Any()
    packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN))
    return status_pb2.Status(code=code_pb2.Code.Value(code), message=message, details=[packed])


def _reason(result: pb.BatchResult) -> str:
    info = error_details_pb2.ErrorInfo()
    return info.reason if result.error.details and result.error.details[0].Unpack(info) else ""
