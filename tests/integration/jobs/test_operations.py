"""A job from its creation to its end."""

import grpc
import pytest

from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from tests.integration.jobs.conftest import State, deals, files, inline, metadata, positions, taking_jobs, written
from tests.integration.serving.stand import OPENING, Scripted

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


async def test_files_become_files(embedded_model: BuiltModel, tmp_path) -> None:
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
