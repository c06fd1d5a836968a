"""Batch jobs on a real server whose engine a test scripts, asked by google.api_core's client as it is."""

import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.api_core import operation_async
from google.api_core.operations_v1 import OperationsAsyncClient
from google.longrunning import operations_pb2
from google.rpc import error_details_pb2, status_pb2

from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import Clockwork, Scripted, Stand, serving

State = pb.BatchDigestMetadata
DIGEST = pb.DigestRequest(source_language="en", target_languages=["de"])


@dataclass
class Jobs:
    """A server that takes batch jobs, its clients, and the folder that callers may use."""

    stand: Stand
    channel: grpc.aio.Channel
    root: Path

    @property
    def stub(self) -> polygist_pb2_grpc.PolygistStub:
        return polygist_pb2_grpc.PolygistStub(self.channel)

    @property
    def client(self) -> OperationsAsyncClient:
        return OperationsAsyncClient(self.channel)

    async def create(self, request: pb.CreateBatchDigestRequest) -> operations_pb2.Operation:
        return await self.stub.CreateBatchDigest(request)

    def future(self, operation: operations_pb2.Operation) -> operation_async.AsyncOperation:
        return operation_async.from_gapic(
            operation, self.client, pb.BatchDigestResponse, metadata_type=pb.BatchDigestMetadata
        )

    async def done(self, request: pb.CreateBatchDigestRequest) -> pb.BatchDigestResponse:
        """The response of a job."""
        return await self.future(await self.create(request)).result(timeout=60)

    async def wait(self, operation: operations_pb2.Operation, seconds: float = 60) -> operations_pb2.Operation:
        asked = operations_pb2.WaitOperationRequest(name=operation.name)
        asked.timeout.FromNanoseconds(round(seconds * 1e9))
        call = self.channel.unary_unary(
            "/google.longrunning.Operations/WaitOperation",
            operations_pb2.WaitOperationRequest.SerializeToString,
            operations_pb2.Operation.FromString,
        )
        return await call(asked, timeout=90)

    async def some_done(self, operation: operations_pb2.Operation, going: Clockwork) -> None:
        """Lets an engine go step by step until some articles of a job are done. There must be many more."""
        while metadata(await self.client.get_operation(operation.name)).counts.done < 3:
            await going.step()


@asynccontextmanager
async def taking_jobs(engine: Scripted, folder: Path, **changed: object) -> AsyncIterator[Jobs]:
    """A server whose jobs lie in a folder, and whose callers may use another one."""
    root = folder / "data"
    root.mkdir(exist_ok=True)
    given = {"jobs_dir": folder / "jobs", "jobs_roots": (str(root),), **changed}
    async with serving(lambda: engine, **given) as stand, stand.channel() as channel:
        yield Jobs(stand, channel, root)


def metadata(operation: operations_pb2.Operation) -> pb.BatchDigestMetadata:
    found = pb.BatchDigestMetadata()
    assert operation.metadata.Unpack(found)
    return found


def response(operation: operations_pb2.Operation) -> pb.BatchDigestResponse:
    found = pb.BatchDigestResponse()
    assert operation.response.Unpack(found), operation.error
    return found


def inline(*texts: str, **fields: object) -> pb.CreateBatchDigestRequest:
    articles = [pb.BatchArticle(id=f"a{i}", article=pb.Article(text=text)) for i, text in enumerate(texts)]
    return pb.CreateBatchDigestRequest(articles=pb.BatchArticles(articles=articles), **{"digest": DIGEST, **fields})


def deals(number: int) -> list[str]:
    guests = ["".join(f" Guest {k} of deal {i} came late." for k in range(i % 4)) for i in range(number)]
    return [f"Deal {i} was signed on Friday.{guests[i]}" for i in range(number)]


def written(path: Path, texts: Sequence[str]) -> Path:
    rows = [{"id": f"a{i}", "text": text} for i, text in enumerate(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def files(place: object, output: object, **fields: object) -> pb.CreateBatchDigestRequest:
    return pb.CreateBatchDigestRequest(
        files=pb.BatchFiles(place=str(place)),
        digest=DIGEST,
        output=pb.BatchOutput(folder=str(output), part_size=7),
        **fields,
    )


def positions(folder: Path) -> list[int]:
    """Of the records, as they lie there."""
    parts = sorted(folder.glob("part-*.jsonl"))
    return [json.loads(line)["position"] for part in parts for line in part.read_text(encoding="utf-8").splitlines()]


async def refused(call: Awaitable[object]) -> tuple[str, str]:
    """The code of a call that fails, and what it says besides: the fields that are wrong, or else the reason."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    packed = dict(error.value.trailing_metadata())["grpc-status-details-bin"]
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status_pb2.Status.FromString(packed).details:
        for found in (info, bad):
            if detail.Is(found.DESCRIPTOR):
                detail.Unpack(found)
    return error.value.code().name, ", ".join(v.field for v in bad.field_violations) or info.reason
