"""What a job is asked to do."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from polygist.batch.columns import Columns
from polygist.batch.servers import Engine, models
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
    """The models and the glossary file of the servers. Raises ConfigurationError where they are not the same for all,
    grpc.RpcError where none answers; one that does not may do so later."""
    about, error = dict[str, tuple[tuple[str, ...], str]](), None
    for name, engine in engines.items():
        try:
            info = engine.info(timeout=timeout)
        except grpc.RpcError as raised:
            error = raised
        else:
            about[name] = models(info), info.glossary_sha256
    if not about and error:
        raise error
    first = next(iter(about))
    for name, other in about.items():
        if other != about[first]:
            raise ConfigurationError(f"the servers differ: {first} has {_said(about[first])}, {name} {_said(other)}")
    return {"models": list(about[first][0]), "server_glossary": about[first][1]}


def _said(about: tuple[Sequence[str], str]) -> str:
    return ", ".join(about[0]) + (f" and glossary {about[1][:12]}" if about[1] else "")
