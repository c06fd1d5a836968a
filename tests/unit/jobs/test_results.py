"""How jobs end, told from what was written."""

import json
from collections import Counter
from pathlib import Path

import pytest
from google.rpc import error_details_pb2

from polygist.batch.index import Totals
from polygist.jobs import results
from polygist.jobs.records import Counts, State
from polygist.v1 import polygist_pb2 as pb


def totals(done: int, failed: int) -> Totals:
    return Totals(
        1, done, failed, min(done, 1), Counter(output_cut=done), Counter(NO_TEXT=failed) if failed else Counter()
    )


@pytest.mark.parametrize(
    ("done", "failed", "state"),
    [
        (3, 0, State.SUCCEEDED),
        (3, 1, State.PARTIALLY_COMPLETED),
        (0, 2, State.FAILED),
        (0, 0, State.SUCCEEDED),
    ],
)
def test_a_state_says_the_truth(done: int, failed: int, state: State) -> None:
    ending, why = results.ending(totals(done, failed), 77, None, 0)
    assert ending.state is state
    assert ending.counts == Counts(done + failed, False, done, failed, min(done, 1), 77)
    assert ending.results == b""
    assert why == ("none of 2 articles has a digest: NO_TEXT 2" if state is State.FAILED else "")


def test_results_are_in_order_as_long_as_there_is_room(tmp_path: Path) -> None:
    digests = {i: {"summary": {"headline": "x" * 50}} for i in (0, 2, 3)}
    lines = [json.dumps({"position": i, "id": f"n{i}", "sha256": "", "digest": d}) for i, d in digests.items()]
    (tmp_path / "part-00000.jsonl").write_text("\n".join(lines[:2]) + "\n")
    (tmp_path / "part-00001.jsonl").write_text(lines[2] + "\n")
    failure = {"position": 1, "id": "n1", "status": "INVALID_ARGUMENT", "reason": "NO_TEXT", "message": "nothing"}
    (tmp_path / "errors.jsonl").write_text(json.dumps(failure) + "\n")
    size = pb.DigestResponse(summary=pb.Summary(headline="x" * 50)).ByteSize()
    ending, _ = results.ending(totals(3, 1), 9, tmp_path, 2 * size)
    made = pb.BatchDigestResponse.FromString(ending.results).results
    assert [(r.position, r.id, r.WhichOneof("outcome")) for r in made] == [
        *((0, "n0", "digest"), (1, "n1", "error"), (2, "n2", "digest"), (3, "n3", "error")),
    ]
    infos = [error_details_pb2.ErrorInfo() for _ in made]
    assert [
        info.reason for info, r in zip(infos, made, strict=True) if r.error.details and r.error.details[0].Unpack(info)
    ] == [
        "NO_TEXT",
        "RESULTS_TOO_LARGE",
    ]
    assert ending.state is State.PARTIALLY_COMPLETED
    assert (ending.counts.done, ending.counts.failed) == (2, 2)
    assert ending.reasons == {"NO_TEXT": 1, "RESULTS_TOO_LARGE": 1}
    assert results.ending(totals(3, 1), 9, tmp_path, 0)[0].state is State.FAILED
