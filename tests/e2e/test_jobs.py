"""Batch jobs of a server process that is killed again and again."""

import json
import random
import time
from pathlib import Path

import grpc
from google.api_core import operation
from google.api_core.operations_v1 import OperationsClient
from google.longrunning import operations_pb2

from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.e2e.jobs import articles, echoing, output

KILLS, ROWS = 5, 120


def request(rows: Path, folder: Path) -> pb.CreateBatchDigestRequest:
    return pb.CreateBatchDigestRequest(
        files=pb.BatchFiles(place=str(rows)),
        digest=pb.DigestRequest(source_language="en", target_languages=["de"]),
        output=pb.BatchOutput(folder=str(folder), part_size=7),
    )


def created(server: str, asked: pb.CreateBatchDigestRequest) -> operations_pb2.Operation:
    with grpc.insecure_channel(server) as channel:
        return polygist_pb2_grpc.PolygistStub(channel).CreateBatchDigest(asked, timeout=10)


def result(server: str, made: operations_pb2.Operation) -> pb.BatchDigestResponse:
    with grpc.insecure_channel(server) as channel:
        client = OperationsClient(channel)
        future = operation.from_gapic(made, client, pb.BatchDigestResponse, metadata_type=pb.BatchDigestMetadata)
        return future.result(timeout=120)


def test_a_job_of_a_server_that_is_killed_ends_with_each_article_once(tmp_path: Path) -> None:
    root, chances = tmp_path / "data", random.Random(3)
    root.mkdir()
    rows = articles(root / "in.jsonl", ROWS)
    settings = {"JOBS_DIR": str(tmp_path / "jobs"), "JOBS_ROOTS": str(root)}
    with echoing(**settings) as server:
        begun = time.monotonic()
        result(server.server, created(server.server, request(rows, root / "whole")))
        seconds = time.monotonic() - begun
        made = created(server.server, request(rows, root / "out"))
        inline = created(
            server.server,
            pb.CreateBatchDigestRequest(
                articles=pb.BatchArticles(articles=[pb.BatchArticle(article=pb.Article(text="It was signed."))]),
            ),
        )
        while not list((root / "out").glob("*")):
            time.sleep(0.01)
        server.process.kill()
    kills = 1
    while kills < KILLS:
        with echoing(**settings) as server:
            time.sleep(chances.uniform(0, seconds / KILLS))
            server.process.kill()
            kills += 1
    with echoing(**settings) as server:
        answer = result(server.server, made)
        assert result(server.server, inline).results[0].digest.summary.headline == "It was signed."
    assert (answer.counts.total, answer.counts.done, answer.counts.failed) == (ROWS + 1, ROWS - 2, 3)
    assert answer.state == pb.BatchDigestMetadata.STATE_PARTIALLY_COMPLETED
    assert output(root / "out") == output(root / "whole")
    found = [
        json.loads(x)["position"]
        for part in sorted((root / "out").glob("part-*"))
        for x in part.read_text().splitlines()
    ]
    failed = [json.loads(x)["position"] for x in (root / "out" / "errors.jsonl").read_text().splitlines()]
    assert sorted(found + failed) == list(range(ROWS + 1))
    assert found == sorted(found)
