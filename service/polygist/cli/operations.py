"""`polygist jobs`: the batch jobs of a server."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf.json_format import MessageToJson
from google.rpc import code_pb2
from rich.console import Console, Group, RenderableType
from rich.table import Table

from polygist.cli.exits import LATE, PARTLY, UNFORESEEN, fail
from polygist.cli.meter import Meter
from polygist.cli.sessions import connected
from polygist.v1 import polygist_pb2 as pb

_PREFIX = "operations/"
_LOOK_SECONDS, _ANSWER_SECONDS = 1.0, 10.0
_STATE = pb.BatchDigestMetadata

Server = Annotated[str, typer.Option(help="host:port; localhost and the configured port where it is not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print the operation as JSON.")]
Name = Annotated[str, typer.Argument(metavar="JOB", help="Its name, as `polygist jobs list` has it.")]

app = typer.Typer(no_args_is_help=True)


@contextmanager
def _operations(server: str) -> Iterator[operations_pb2_grpc.OperationsStub]:
    with connected(server, local=False, timeout=_ANSWER_SECONDS) as client:
        yield operations_pb2_grpc.OperationsStub(client.channel)


@app.command("list")
def list_(
    server: Server = "",
    filter: Annotated[str, typer.Option(help="Such as done=false or state=FAILED, with AND between.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="So many, the newest first.")] = 50,
) -> None:
    """Batch jobs, the newest first."""
    asked = operations_pb2.ListOperationsRequest(name="operations", filter=filter, page_size=limit)
    with _operations(server) as operations:
        found = operations.ListOperations(asked, timeout=_ANSWER_SECONDS)
    table = Table("job", "state", "created", "done", "failed", "of", "")
    for operation in found.operations:
        m = metadata(operation)
        created = m.create_time.ToDatetime().isoformat(" ", "seconds") + " UTC"
        table.add_row(
            *(_short(operation), _state(m), created, f"{m.counts.done:,}", f"{m.counts.failed:,}"),
            *(_total(m.counts), _left(m)),
        )
    Console(markup=False).print(table)
    if found.next_page_token:
        Console(markup=False).print("and older ones")


@app.command()
def show(name: Name, server: Server = "", json: Json = False) -> None:
    """A batch job."""
    with _operations(server) as operations:
        asked = operations_pb2.GetOperationRequest(name=_full(name))
        found = operations.GetOperation(asked, timeout=_ANSWER_SECONDS)
    _show(found, json=json)


@app.command()
def wait(
    name: Name,
    server: Server = "",
    timeout: Annotated[float, typer.Option(min=0, help="Seconds; 0: as long as it takes.")] = 0,
    json: Json = False,
) -> None:
    """Wait until a batch job has ended, with a bar meanwhile."""
    until = time.monotonic() + timeout if timeout else None
    with _operations(server) as operations, Meter() as meter:
        while True:
            asked = operations_pb2.WaitOperationRequest(name=_full(name))
            asked.timeout.FromNanoseconds(round(_LOOK_SECONDS * 1e9))
            found = operations.WaitOperation(asked, timeout=_LOOK_SECONDS + _ANSWER_SECONDS)
            _show_progress(meter, found)
            if found.done or (until and time.monotonic() >= until):
                break
    if not found.done:
        raise fail("the job goes on", LATE)
    _show(found, json=json)
    if found.HasField("error"):
        raise fail(f"{code_pb2.Code.Name(found.error.code)}: {found.error.message}", UNFORESEEN)
    if failed := metadata(found).counts.failed:
        raise fail(f"{failed:,} articles failed", PARTLY)


@app.command()
def cancel(name: Name, server: Server = "") -> None:
    """End a batch job; its output keeps what was done."""
    with _operations(server) as operations:
        operations.CancelOperation(operations_pb2.CancelOperationRequest(name=_full(name)), timeout=_ANSWER_SECONDS)


@app.command()
def delete(name: Name, server: Server = "") -> None:
    """Forget a batch job that has ended, with results that are in no output."""
    with _operations(server) as operations:
        operations.DeleteOperation(operations_pb2.DeleteOperationRequest(name=_full(name)), timeout=_ANSWER_SECONDS)


def _show_progress(meter: Meter, operation: operations_pb2.Operation) -> None:
    m = metadata(operation)
    counts = m.counts
    said = f"{_state(m)}: {counts.done:,} done, {counts.failed:,} failed, {counts.with_warnings:,} with warnings"
    said += f", {m.articles_per_second:,.1f}/s" if m.articles_per_second else ""
    said += f", {_left(m)} left" if _left(m) else ""
    if meter.is_due:
        meter.show(said, counts.done + counts.failed, counts.total or None)


def metadata(operation: operations_pb2.Operation) -> pb.BatchDigestMetadata:
    """How far a job is."""
    found = pb.BatchDigestMetadata()
    operation.metadata.Unpack(found)
    return found


def _show(operation: operations_pb2.Operation, *, json: bool) -> None:
    if json:
        typer.echo(MessageToJson(operation, preserving_proto_field_name=True, ensure_ascii=False))
    else:
        Console(markup=False, emoji=False).print(_told(operation))


def _told(operation: operations_pb2.Operation) -> RenderableType:
    m, response = metadata(operation), pb.BatchDigestResponse()
    operation.response.Unpack(response)
    table = Table(_short(operation), _state(m))
    for title, number in (
        *(("articles", _total(m.counts)), ("with a digest", f"{m.counts.done:,}"), ("failed", f"{m.counts.failed:,}")),
        *(("of those done, with warnings", f"{m.counts.with_warnings:,}"), ("code points", f"{m.counts.characters:,}")),
        *(("output", m.output or "in the response"), ("left", _left(m)), ("error", operation.error.message)),
    ):
        if number:
            table.add_row(title, number)
    for title, found in (("warning", response.warnings), ("failed with", response.reasons)):
        for reason, n in sorted(found.items()):
            table.add_row(f"{title}: {reason}", f"{n:,}")
    return Group(table)


def _full(name: str) -> str:
    return name if name.startswith(_PREFIX) else f"{_PREFIX}{name}"


def _short(operation: operations_pb2.Operation) -> str:
    name: str = operation.name.removeprefix(_PREFIX)
    return name


def _state(found: pb.BatchDigestMetadata) -> str:
    return _STATE.State.Name(found.state).removeprefix("STATE_").lower().replace("_", " ")


def _total(counts: pb.BatchCounts) -> str:
    return f"{'about ' if counts.total_estimated and counts.total else ''}{counts.total:,}"


def _left(found: pb.BatchDigestMetadata) -> str:
    return str(timedelta(seconds=round(found.eta.ToTimedelta().total_seconds()))) if found.HasField("eta") else ""
