"""What a job is asked to do."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from polygist.batch.columns import Columns
from polygist.batch.servers import Engine, described, said
from polygist.batch.source import Selection
from polygist.errors import ConfigurationError
from polygist.v1 import polygist_pb2 as pb


@dataclass(frozen=True)
class Options:
    """`request` is that of each article, without the article. The last four change nothing of the output."""

    request: pb.DigestRequest
    columns: Columns = field(default_factory=Columns)
    selection: Selection = field(default_factory=Selection)
    input_format: str = ""
    output_format: str = "jsonl"
    part_size: int = 1000
    window: int = 256
    patience_seconds: float = 300.0
    attempts: int = 8
    retry_failed: bool = False

    def job(self, about: Mapping[str, Any]) -> dict[str, Any]:
        """What a job must have in common with the one that has begun its folder; `about` its servers."""
        request = MessageToDict(self.request, preserving_proto_field_name=True)
        request.pop("article", None)
        if terms := self.request.translation.glossary.SerializeToString(deterministic=True):
            request["translation"]["glossary"] = hashlib.sha256(terms).hexdigest()
        columns = asdict(self.columns)
        columns["where"] = [f"{name}={value}" for name, value in self.columns.where]
        return {
            "request": request,
            "columns": columns,
            "selection": asdict(self.selection),
            "input_format": self.input_format,
            "output_format": self.output_format,
            "part_size": self.part_size,
            **about,
        }


def common(engines: Mapping[str, Engine], timeout: float) -> dict[str, Any]:
    """What the servers have in common, see servers.described.

    Raises ConfigurationError where they differ, grpc.RpcError where none answers; one that does not may do so later.
    """
    about, error = dict[str, dict[str, Any]](), None
    for name, engine in engines.items():
        try:
            about[name] = described(engine.info(timeout=timeout))
        except grpc.RpcError as raised:
            error = raised
    if error and not about:
        raise error
    first = next(iter(about))
    for name, other in about.items():
        if other != about[first]:
            raise ConfigurationError(f"the servers differ: {first} has {said(about[first])}, {name} {said(other)}")
    return about[first]
