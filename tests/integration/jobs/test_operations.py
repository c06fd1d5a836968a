"""A job from its creation to its end."""

import asyncio
from pathlib import Path

import grpc
import pytest
from google.api_core import exceptions, operation
from google.api_core.operations_v1 import OperationsClient
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.jobs.conftest import (
    State,
    deals,
    files,
    inline,
    metadata,
    positions,
    refused,
    response,
    taking_jobs,
    written,
)
from tests.integration.serving.stand import OPENING, Clockwork, Scripted, until

pytestmark = pytest.mark.usefixtures("embedded_model")


async def test_articles_that_come_along_have_their_results_in_the_response(
    embedded_model: BuiltModel, tmp_path
) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        texts = [*deals(5), "", "123"]
        answer = await jobs.done(inline(*texts))
        assert answer.state == State.STATE_PARTIALLY_COMPLETED
        assert (answer.counts.total, answer.counts.done, answer.counts.failed) == (7, 5, 2)
        assert answer.counts.characters == sum(map(len, texts))
        assert [r.position for r in answer.results] == list(range(7))
        assert [r.id for r in answer.results] == [f"a{i}" for i in range(7)]
        for i in range(5):
            assert (
                answer.results[i].digest.translations[0].summary.headline == f"{OPENING}Deal {i} was signed on Friday."
            )
        assert answer.results[5].error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
        assert answer.reasons == {"NO_TEXT": 1, "INVALID_REQUEST": 1}


async def test_files_become_files(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        rows = written(jobs.root / "in.jsonl", deals(30))
        future = jobs.future(await jobs.create(files(rows, jobs.root / "out")))
        answer = await future.result(timeout=60)
        assert answer.state == State.STATE_SUCCEEDED
        assert answer.output == str(jobs.root / "out")
        assert positions(jobs.root / "out") == list(range(30))
        found = await jobs.client.get_operation(future.operation.name)
        assert metadata(found).counts == answer.counts
        assert metadata(found).counts == pb.BatchCounts(
            total=30, done=30, characters=sum(map(len, deals(30))), with_warnings=answer.counts.with_warnings
        )


async def test_a_job_is_seen_on_its_way(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path) as jobs:
        engine.released.clear()
        engine.entered.clear()
        future = jobs.future(await jobs.create(inline(*deals(3))))
        assert metadata(future.operation).state == State.STATE_QUEUED
        assert await asyncio.to_thread(engine.entered.wait, 60)
        found = await jobs.client.get_operation(future.operation.name)
        assert (found.done, metadata(found).state) == (False, State.STATE_RUNNING)
        assert metadata(found).start_time.ToNanoseconds() >= metadata(found).create_time.ToNanoseconds() > 0
        assert metadata(found).counts.total == 3
        assert not metadata(found).counts.total_estimated
        assert not await future.done()
        waited = await jobs.wait(found, 0.05)
        assert not waited.done
        engine.released.set()
        answer = await future.result(timeout=60)
        assert answer.counts.done == 3
        ended = metadata(await jobs.client.get_operation(future.operation.name))
        assert ended.expire_time.seconds - ended.end_time.seconds == 7 * 86_400
        assert jobs.stand.value("polygist_jobs_ended_total", state="succeeded") == 1
        assert jobs.stand.value("polygist_job_articles_total", outcome="ok") == 3
        await until(lambda: jobs.stand.value("polygist_jobs", state="running") == 0)


async def test_who_waits_hears_of_the_end_at_once(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path) as jobs:
        engine.released.clear()
        operation = await jobs.create(inline("The deal was signed."))
        waiting = [asyncio.create_task(jobs.wait(operation, 600)) for _ in range(20)]
        await asyncio.to_thread(engine.entered.wait, 60)
        engine.released.set()
        assert {metadata(found).state for found in await asyncio.gather(*waiting)} == {State.STATE_SUCCEEDED}
        assert (await jobs.wait(operation, 0)).done


async def test_a_wait_is_over_before_the_caller_loses_patience(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path) as jobs:
        engine.released.clear()
        operation = await jobs.create(inline("The deal was signed."))
        stub = operations_pb2_grpc.OperationsStub(jobs.channel)
        asked = operations_pb2.WaitOperationRequest(name=operation.name)
        assert not (await stub.WaitOperation(asked, timeout=1)).done
        asked.timeout.seconds = -1
        assert await refused(stub.WaitOperation(asked, timeout=1)) == ("INVALID_ARGUMENT", "timeout")
        engine.released.set()


async def test_lists_have_pages_and_filters(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path) as jobs:
        for _ in range(3):
            await jobs.done(inline("The deal was signed."))
        await jobs.future(await jobs.create(inline(""))).exception(timeout=60)
        engine.released.clear()
        waiting = [(await jobs.create(inline("It rained all day."))).name for _ in range(2)]

        async def listed(filter: str, size: int = 0) -> list[operations_pb2.Operation]:
            return [o async for o in await jobs.client.list_operations("operations", filter)]

        everything = await listed("")
        assert len(everything) == 6
        assert [o.name for o in everything[:2]] == waiting[::-1]
        assert [o.name for o in await listed("done=false")] == waiting[::-1]
        assert len(await listed("done = true AND state != FAILED")) == 3
        assert [metadata(o).state for o in await listed('metadata.state="STATE_FAILED"')] == [State.STATE_FAILED]
        assert all(not response(o).results for o in await listed("state=SUCCEEDED"))

        stub = operations_pb2_grpc.OperationsStub(jobs.channel)
        names, token = list[str](), ""
        while True:
            page = await stub.ListOperations(operations_pb2.ListOperationsRequest(page_size=4, page_token=token))
            names += [o.name for o in page.operations]
            token = page.next_page_token
            if not token:
                break
        assert names == [o.name for o in everything]
        first = await stub.ListOperations(operations_pb2.ListOperationsRequest(page_size=1))
        for field, request in {
            "filter": operations_pb2.ListOperationsRequest(filter="name:x"),
            "page_size": operations_pb2.ListOperationsRequest(page_size=-1),
            "page_token": operations_pb2.ListOperationsRequest(page_token="x"),  # noqa: S106  # no password
            "name": operations_pb2.ListOperationsRequest(name="projects/x"),
        }.items():
            assert await refused(stub.ListOperations(request)) == ("INVALID_ARGUMENT", field)
        other = operations_pb2.ListOperationsRequest(page_token=first.next_page_token, filter="done=true")
        assert await refused(stub.ListOperations(other)) == ("INVALID_ARGUMENT", "page_token")
        engine.released.set()


async def test_cancelled_jobs_end_and_keep_what_was_done(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path, max_batch_items=1) as jobs:
        rows = written(jobs.root / "in.jsonl", deals(150))
        going = Clockwork()
        engine.script = going
        running = jobs.future(await jobs.create(files(rows, jobs.root / "out")))
        queued = jobs.future(await jobs.create(inline("The deal was signed.")))
        await jobs.some_done(running.operation, going)
        for future in (queued, running):
            await future.cancel()
        going.free()
        for future in (queued, running):
            with pytest.raises(exceptions.GoogleAPICallError, match="was cancelled"):
                await future.result(timeout=60)
            assert await future.cancelled()
            assert metadata(await jobs.client.get_operation(future.operation.name)).state == State.STATE_CANCELLED
        found = metadata(await jobs.client.get_operation(running.operation.name))
        assert 3 <= found.counts.done < 150
        assert not list((tmp_path / "jobs" / "work").iterdir())
        # No error, though it is too late.
        await jobs.client.cancel_operation(running.operation.name)
        # The same once more goes on.
        answer = await jobs.done(files(rows, jobs.root / "out"))
        assert answer.counts.done == 150
        assert positions(jobs.root / "out") == list(range(150))


async def test_only_what_has_ended_is_deleted(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path) as jobs:
        engine.released.clear()
        future = jobs.future(await jobs.create(inline("The deal was signed.")))
        name = future.operation.name
        with pytest.raises(exceptions.FailedPrecondition, match="cancel it first"):
            await jobs.client.delete_operation(name)
        engine.released.set()
        await future.result(timeout=60)
        await jobs.client.delete_operation(name)
        for asked in (jobs.client.get_operation, jobs.client.cancel_operation, jobs.client.delete_operation):
            with pytest.raises(exceptions.NotFound):
                await asked(name)
        with pytest.raises(exceptions.InvalidArgument):
            await jobs.client.get_operation("operations/../x")


async def test_jobs_expire(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path, jobs_expire_seconds=0.3) as jobs:
        operation = await jobs.create(inline("The deal was signed."))
        await jobs.wait(operation)
        async with asyncio.timeout(60):
            while [o async for o in await jobs.client.list_operations("operations", "")]:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.05)
        with pytest.raises(exceptions.NotFound):
            await jobs.client.get_operation(operation.name)


async def test_googles_blocking_client_works_too(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        target = jobs.stand.target

        def ask() -> pb.BatchDigestResponse:
            with grpc.insecure_channel(target) as channel:
                created = polygist_pb2_grpc.PolygistStub(channel).CreateBatchDigest(inline(*deals(3)))
                client = OperationsClient(channel)
                made = operation.from_gapic(
                    created, client, pb.BatchDigestResponse, metadata_type=pb.BatchDigestMetadata
                )
                assert [o.name for o in client.list_operations("operations", "")] == [created.name]
                return made.result(timeout=60)

        assert (await asyncio.to_thread(ask)).counts.done == 3


async def test_the_service_of_operations_is_found_by_reflection(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        target = jobs.stand.target

        def look() -> set[str]:
            with grpc.insecure_channel(target) as channel:
                database = ProtoReflectionDescriptorDatabase(channel)
                assert "google.longrunning.Operations" in database.get_services()
                service = DescriptorPool(database).FindServiceByName("google.longrunning.Operations")
                return {method.name for method in service.methods}

        expected = {"GetOperation", "ListOperations", "CancelOperation", "DeleteOperation", "WaitOperation"}
        assert await asyncio.to_thread(look) == expected
