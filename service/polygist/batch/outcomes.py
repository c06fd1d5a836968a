"""What became of an item, as the output keeps it: a record, or a failure. Neither holds a clock or an id of the run."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.rpc import code_pb2, error_details_pb2, status_pb2

from polygist.batch.items import Fault, Item
from polygist.v1 import polygist_pb2 as pb

_MESSAGE = 500


@dataclass(frozen=True)
class Outcome:
    """A record as a line of JSON, or a fault; types of warnings, and tokens that it cost."""

    position: int
    id: str
    sha256: str
    record: str = ""
    fault: Fault | None = None
    warnings: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)


def answered(item: Item, answer: pb.DigestResponse) -> Outcome:
    """The outcome of an item that has a digest.

    Its record leaves out what differs from run to run: request id, timings, and tokens, which a cache saves.
    """
    kept = pb.DigestResponse()
    kept.CopyFrom(answer)
    for name in ("request_id", "timings", "tokens"):
        kept.ClearField(name)
    warnings = Counter(pb.Warning.Type.Name(w.type).removeprefix("TYPE_").lower() for w in answer.warnings)
    return Outcome(
        item.position,
        item.id,
        item.sha256,
        record_line(item.position, item.id, item.sha256, MessageToDict(kept, preserving_proto_field_name=True)),
        warnings=dict(warnings),
        tokens={f.name: value for f, value in answer.tokens.ListFields()},
    )


def record_line(position: int, id: str, sha256: str, digest: dict[str, Any]) -> str:
    """A record of JSONL output, without the line's end."""
    return json.dumps({"position": position, "id": id, "sha256": sha256, "digest": digest}, ensure_ascii=False)


def failed(item: Item, fault: Fault) -> Outcome:
    """The outcome of an item that has none."""
    return Outcome(item.position, item.id, item.sha256, fault=fault)


def fault_of(error: status_pb2.Status) -> Fault:
    """A status of the contract as a fault; its message names fields, where the status does."""
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in error.details:
        for found in (info, bad):
            if detail.Is(found.DESCRIPTOR):
                detail.Unpack(found)
    fields = "; ".join(f"{v.field.removeprefix('digest.')}: {v.description}" for v in bad.field_violations)
    return Fault(code_pb2.Code.Name(error.code), info.reason or "UNKNOWN", (fields or error.message)[:_MESSAGE])
