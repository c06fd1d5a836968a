"""Jobs that are refused, that fail, and that say why."""

import errno
import json
import os
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from google.longrunning import operations_pb2
from google.rpc import error_details_pb2
from prometheus_client import generate_latest

from polygist.batch.disk import Disk
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from tests.integration.jobs.conftest import (
    DIGEST,
    Jobs,
    State,
    deals,
    files,
    inline,
    metadata,
    positions,
    refused,
    taking_jobs,
    written,
)
from tests.integration.serving.stand import Scripted, serving

pytestmark = pytest.mark.usefixtures("embedded_model")


async def failed(jobs: Jobs, request: pb.CreateBatchDigestRequest) -> tuple[str, str]:
    """The reason and the message of a job that fails."""
    found = await jobs.wait(await jobs.create(request))
    assert metadata(found).state == State.STATE_FAILED
    info = error_details_pb2.ErrorInfo()
    assert found.error.details[0].Unpack(info)
    return info.reason, found.error.message


async def test_a_server_without_a_folder_for_jobs_takes_none(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine) as stand, stand.channel() as channel:
        jobs = Jobs(stand, channel, Path())
        assert await refused(jobs.stub.CreateBatchDigest(inline("Text."))) == ("FAILED_PRECONDITION", "CONFIGURATION")
        operation = operations_pb2.Operation(name="operations/" + "0" * 32)
        assert await refused(jobs.wait(operation)) == ("FAILED_PRECONDITION", "CONFIGURATION")


async def test_wrong_requests_name_their_fields(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path, max_inline_articles=3) as jobs:
        root, out = jobs.root, pb.BatchOutput(folder=str(jobs.root / "out"))
        (root / "link").symlink_to(tmp_path)
        place = pb.BatchFiles(place=str(root))
        many = inline(*"abcd").articles
        for field, request in {
            "input": pb.CreateBatchDigestRequest(digest=DIGEST),
            "articles.articles": pb.CreateBatchDigestRequest(articles=pb.BatchArticles()),
            "articles.articles, digest.request_id": pb.CreateBatchDigestRequest(
                articles=many, digest=pb.DigestRequest(request_id="x")
            ),
            "articles.articles[0].id": pb.CreateBatchDigestRequest(
                articles=pb.BatchArticles(articles=[pb.BatchArticle(id="x" * 129)])
            ),
            "files.place": files("", root / "out"),
            "output": pb.CreateBatchDigestRequest(files=place),
            "output.folder": files(root, root / "out"),
            "files.format": pb.CreateBatchDigestRequest(files=pb.BatchFiles(place="/x", format="xml"), output=out),
            "files.limit": pb.CreateBatchDigestRequest(files=pb.BatchFiles(place="/x", limit=-1), output=out),
            "files.columns.delimiter": pb.CreateBatchDigestRequest(
                files=pb.BatchFiles(place="/x", columns=pb.BatchColumns(delimiter="ab")), output=out
            ),
            "output.format": pb.CreateBatchDigestRequest(
                articles=inline("a").articles, output=pb.BatchOutput(format="xml")
            ),
            "output.part_size": pb.CreateBatchDigestRequest(
                articles=inline("a").articles, output=pb.BatchOutput(part_size=-1)
            ),
            "digest.article": inline("a", digest=pb.DigestRequest(article=pb.Article(text="x"))),
            "digest.priority": inline("a", digest=pb.DigestRequest(priority=pb.PRIORITY_INTERACTIVE)),
            "digest.target_languages[1]": inline("a", digest=pb.DigestRequest(target_languages=["de", "fr"])),
            "digest.source_language": inline("a", digest=pb.DigestRequest(source_language="qqq")),
            "digest.summary.key_points": inline(
                "a", digest=pb.DigestRequest(summary=pb.SummaryOptions(key_points=1000))
            ),
            "digest.translation_scope": inline("a", digest=pb.DigestRequest(translation_scope=99)),
            "request_id": inline("a", request_id="x" * 129),
        }.items():
            assert await refused(jobs.stub.CreateBatchDigest(request)) == ("INVALID_ARGUMENT", field), field
        for outside in ("/etc", f"{root}/../x", f"{root}/link/x", f"{tmp_path}/jobs", "https://example.org/x", "-"):
            request = files(outside, out.folder)
            assert await refused(jobs.stub.CreateBatchDigest(request)) == ("INVALID_ARGUMENT", "files.place")
            request = inline("a", output=pb.BatchOutput(folder=outside))
            assert await refused(jobs.stub.CreateBatchDigest(request)) == ("INVALID_ARGUMENT", "output.folder")
        assert not (root / "out").exists()
        assert jobs.stand.value("polygist_violations_total", reason="not_allowed") == 12
        page = generate_latest(jobs.stand.metrics.registry).decode()
        assert [mark for mark in (str(tmp_path), "/etc", "example.org", "127.0.0.1") if mark in page] == []


async def test_callers_have_so_many_jobs(embedded_model: BuiltModel, tmp_path: Path) -> None:
    engine = Scripted(embedded_model)
    async with taking_jobs(engine, tmp_path, max_queued_jobs=2, max_running_jobs=1, jobs_at_once=3) as jobs:
        engine.released.clear()
        first = await jobs.create(inline("The first deal was signed.", request_id="first"))
        while metadata(await jobs.client.get_operation(first.name)).state == State.STATE_QUEUED:
            pass
        waiting = [await jobs.create(inline(f"Deal {i} was signed.")) for i in range(2)]
        assert await refused(jobs.stub.CreateBatchDigest(inline("One too many."))) == (
            "RESOURCE_EXHAUSTED",
            "QUOTA_EXCEEDED",
        )
        assert (await jobs.create(inline("The first deal was signed.", request_id="first"))).name == first.name
        other = inline("Another deal was signed.", request_id="first")
        assert await refused(jobs.stub.CreateBatchDigest(other)) == ("INVALID_ARGUMENT", "request_id")
        states = [metadata(await jobs.client.get_operation(o.name)).state for o in waiting]
        assert states == [State.STATE_QUEUED] * 2, "one of a caller runs at a time"
        assert jobs.stand.value("polygist_refusals_total", reason="jobs") == 1
        engine.released.set()
        for one in (first, *waiting):
            assert metadata(await jobs.wait(one)).state == State.STATE_SUCCEEDED


async def test_an_input_that_cannot_be_read_is_said(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        root = jobs.root
        reason, message = await failed(jobs, files(root / "nothing.jsonl", root / "out"))
        assert (reason, "nothing.jsonl" in message) == ("INPUT_UNREADABLE", True)
        (root / "in.csv").write_text("a,b\n1,2\n")
        reason, message = await failed(jobs, files(root / "in.csv", root / "out"))
        assert (reason, "'text'" in message) == ("INPUT_UNREADABLE", True)
        (root / "in.jsonl").write_text('no JSON\n{"text": ""}\n')
        reason, message = await failed(jobs, files(root / "in.jsonl", root / "out"))
        assert (reason, message) == ("ALL_FAILED", "none of 2 articles has a digest: MALFORMED 1, NO_TEXT 1")
        (root / "in.jsonl").write_text('no JSON\n{"text": "The deal was signed."}\n')
        answer = await jobs.done(files(root / "in.jsonl", root / "out-2"))
        assert answer.state == State.STATE_PARTIALLY_COMPLETED
        assert answer.reasons == {"MALFORMED": 1}
        assert json.loads((root / "out-2" / "errors.jsonl").read_text())["reason"] == "MALFORMED"


async def test_an_output_that_cannot_be_written_is_said(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        root, rows = jobs.root, written(jobs.root / "in.jsonl", deals(3))
        (root / "file").touch()
        reason, message = await failed(jobs, files(rows, root / "file" / "out"))
        assert (reason, "Not a directory" in message) == ("OUTPUT_FAILED", True)
        (root / "full").mkdir()
        (root / "full" / "own.txt").write_text("mine")
        assert (await failed(jobs, files(rows, root / "full")))[0] == "OUTPUT_FOREIGN"
        assert [p.name for p in (root / "full").iterdir()] == ["own.txt"]


async def test_a_job_whose_disk_was_full_is_gone_on_with(
    embedded_model: BuiltModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle(self: Disk, number: int) -> None:
        if len(list(out.glob("part-*.jsonl"))) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with taking_jobs(Scripted(embedded_model), tmp_path) as jobs:
        rows, out = written(jobs.root / "in.jsonl", deals(40)), jobs.root / "out"
        with monkeypatch.context() as patch:
            patch.setattr(Disk, "settle", settle)
            found = await jobs.wait(await jobs.create(files(rows, out)))
        assert metadata(found).state == State.STATE_FAILED
        assert "No space left" in found.error.message
        assert metadata(found).counts.done >= 14
        assert (await jobs.done(files(rows, out))).counts.done == 40
        assert positions(out) == list(range(40))


async def test_an_engine_that_breaks_fails_articles_and_they_are_tried_again(
    embedded_model: BuiltModel, tmp_path: Path
) -> None:
    engine = Scripted(embedded_model)

    def breaks(texts: list[str]) -> None:
        if any("Deal 3 " in text for text in texts):
            raise RuntimeError("broken")

    async with taking_jobs(engine, tmp_path, max_articles_in_flight=1) as jobs:
        rows, out = written(jobs.root / "in.jsonl", deals(10)), jobs.root / "out"
        engine.script = breaks
        answer = await jobs.done(files(rows, out))
        assert (answer.state, answer.reasons) == (State.STATE_PARTIALLY_COMPLETED, {"ENGINE_FAILED": 1})
        engine.script = lambda _: None
        again = files(rows, out)
        again.output.retry_failed = True
        answer = await jobs.done(again)
        assert (answer.state, answer.counts.done) == (State.STATE_SUCCEEDED, 10)
        assert positions(out) == list(range(10))


async def test_results_that_are_too_large_are_said_to_be(embedded_model: BuiltModel, tmp_path: Path) -> None:
    async with taking_jobs(Scripted(embedded_model), tmp_path, max_inline_result_bytes=2_000) as jobs:
        answer = await jobs.done(inline(*deals(12)))
        kept = [r for r in answer.results if r.HasField("digest")]
        assert answer.state == State.STATE_PARTIALLY_COMPLETED
        assert (answer.counts.done, answer.counts.failed) == (len(kept), 12 - len(kept))
        assert 0 < len(kept) < 12
        assert sum(r.digest.ByteSize() for r in kept) <= 2_000
        assert answer.reasons == {"RESULTS_TOO_LARGE": 12 - len(kept)}


async def test_files_in_a_store_become_files_in_a_store(
    embedded_model: BuiltModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = ("memory://tests/jobs",)
    with fsspec.open("memory://tests/jobs/in.jsonl", "wb") as file:
        file.write(written(tmp_path / "in.jsonl", deals(20)).read_bytes())
    failures = iter([OSError("out of reach")])

    def put_file(self: MemoryFileSystem, *given: object, **named: object) -> None:
        if error := next(failures, None):
            raise error
        put(self, *given, **named)

    put = MemoryFileSystem.put_file
    monkeypatch.setattr(MemoryFileSystem, "put_file", put_file)
    async with taking_jobs(Scripted(embedded_model), tmp_path, jobs_roots=roots) as jobs:
        request = files("memory://tests/jobs/*.jsonl", "memory://tests/jobs/out")
        assert (await jobs.done(request)).counts.done == 20
        store = fsspec.filesystem("memory")
        names = sorted(path.rpartition("/")[2] for path in store.find("/tests/jobs/out"))
        assert names == ["errors.jsonl", "index.json", "part-00000.jsonl", "part-00001.jsonl", "part-00002.jsonl"]
        assert not list((tmp_path / "jobs" / "work").iterdir())
        assert (await failed(jobs, request))[0] == "OUTPUT_FOREIGN"
