"""A server that asks who calls."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from polygist.client import Client
from polygist.transport import callers
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.authority import Authority
from tests.integration.serving.conftest import Held, Serve, entered
from tests.integration.serving.stand import until

TOKENS = {name: callers.new_token() for name in ("newsroom", "archive", "admin")}
TEXT = "The council met on Monday. It voted."
TRANSLATE = pb.TranslateRequest(texts=[TEXT], source_language="en", target_languages=["de"])
Metadata = list[tuple[str, str | bytes]]


class File:
    """The file of callers."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "callers.toml"
        self.entries = {name: {"tokens": [callers.hashed(token)]} for name, token in TOKENS.items()}
        self.entries["newsroom"] |= {"methods": ["digest", "translate"]}
        self.entries["archive"] |= {"methods": ["digest", "jobs"]}
        self.entries["admin"] |= {"methods": ["admin"]}
        self.write()

    def change(self, name: str, **changed: Any) -> None:
        self.entries[name] |= changed
        self.write()

    def write(self, text: str = "") -> None:
        lines = [
            line for name, entry in self.entries.items() for line in (f"[callers.{name}]", *map(_line, entry.items()))
        ]
        new = self.path.with_suffix(".new")
        new.write_text(text or "\n".join(lines))
        new.replace(self.path)


def _line(item: tuple[str, Any]) -> str:
    return f"{item[0]} = {item[1]!r}"


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path)


def bearer(name: str) -> Metadata:
    return [("authorization", f"Bearer {TOKENS[name]}")]


class Caller:
    """Calls with some metadata; says what became of it."""

    def __init__(self, channel: grpc.aio.Channel, metadata: Metadata) -> None:
        self.stub, self.metadata = polygist_pb2_grpc.PolygistStub(channel), metadata

    async def __call__(self, method: str = "Translate", request: Any = TRANSLATE) -> grpc.StatusCode:
        try:
            await getattr(self.stub, method)(request, metadata=self.metadata, timeout=30)
        except grpc.aio.AioRpcError as error:
            self.error = error
            return error.code()
        return grpc.StatusCode.OK

    def detail(self, kind: Any) -> Any:
        """Of the last error."""
        data = dict(self.error.trailing_metadata() or ())["grpc-status-details-bin"]
        made = kind()
        for detail in status_pb2.Status.FromString(data).details:
            if detail.Is(kind.DESCRIPTOR):
                detail.Unpack(made)
        return made


def count(server: Held, name: str, labels: Mapping[str, str]) -> float:
    return server.metrics.registry.get_sample_value(name, dict(labels)) or 0


async def test_who_is_not_known_gets_the_same_answer_whatever_is_wrong(held: Serve, file: File) -> None:
    wrong: dict[str, Metadata] = {
        "nothing": [],
        "another token": [("authorization", f"Bearer {callers.new_token()}")],
        "a hash for a token": [("authorization", f"Bearer {callers.hashed(TOKENS['newsroom'])}")],
        "another scheme": [("authorization", f"Basic {TOKENS['newsroom']}")],
        "no scheme": [("authorization", TOKENS["newsroom"])],
        "an empty one": [("authorization", "Bearer ")],
        "two headers": bearer("newsroom") * 2,
        "many": bearer("newsroom") * 50,
        "a long one": [("authorization", "Bearer " + "a" * 8_000)],
        "a binary one": [("authorization-bin", f"Bearer {TOKENS['newsroom']}".encode())],
        "another key": [("x-authorization", f"Bearer {TOKENS['newsroom']}")],
    }
    async with held(callers_file=file.path) as server, server.channel() as channel:
        said = set()
        for metadata in wrong.values():
            caller = Caller(channel, metadata)
            assert await caller() is grpc.StatusCode.UNAUTHENTICATED
            said.add((caller.error.details(), caller.detail(error_details_pb2.ErrorInfo).reason))
        assert said == {("a token or a certificate of a known caller is needed", "CALLER_UNKNOWN")}
        assert server.generator.computed == 0
        denied = {r: count(server, "polygist_denied_calls_total", {"reason": r}) for r in ("nothing", "token")}
        assert denied == {"nothing": 3, "token": len(wrong) - 3}
        anonymous = {"caller": "anonymous", "outcome": "invalid"}
        # A call is counted when its answer has gone out.
        await until(lambda: count(server, "polygist_caller_requests_total", anonymous) == len(wrong))
        assert await Caller(channel, [("authorization", f"bearer {TOKENS['newsroom']}")])() is grpc.StatusCode.OK


async def test_a_caller_calls_what_it_may(held: Serve, file: File) -> None:
    async with held(callers_file=file.path) as server, server.channel() as channel:
        newsroom, archive, admin = (Caller(channel, bearer(name)) for name in ("newsroom", "archive", "admin"))
        assert await newsroom() is grpc.StatusCode.OK
        assert await archive() is grpc.StatusCode.PERMISSION_DENIED
        assert archive.error.details() == "this caller may not call Translate"
        assert await newsroom("GetStatus", pb.GetStatusRequest()) is grpc.StatusCode.PERMISSION_DENIED
        assert await admin("GetStatus", pb.GetStatusRequest()) is grpc.StatusCode.OK
        for known in (newsroom, archive, admin):
            assert await known("GetInfo", pb.GetInfoRequest()) is grpc.StatusCode.OK
        assert count(server, "polygist_denied_calls_total", {"reason": "method"}) == 2
        name = "polygist_caller_requests_total"
        expected = {"newsroom": 2, "archive": 1, "admin": 2}
        await until(lambda: expected == {c: count(server, name, {"caller": c, "outcome": "ok"}) for c in TOKENS})


async def test_health_is_open_and_reflection_is_for_who_may(held: Serve, file: File) -> None:
    async def services(metadata: Metadata) -> grpc.StatusCode:
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([asked]), metadata=metadata)
        try:
            return grpc.StatusCode.OK if [a async for a in call] else grpc.StatusCode.UNKNOWN
        except grpc.aio.AioRpcError as error:
            return error.code()

    async with held(callers_file=file.path) as server, server.channel() as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        assert await services([]) is grpc.StatusCode.UNAUTHENTICATED
        assert await services(bearer("newsroom")) is grpc.StatusCode.PERMISSION_DENIED
        assert await services(bearer("admin")) is grpc.StatusCode.OK


async def test_the_file_holds_from_the_moment_that_it_changes(held: Serve, file: File) -> None:
    async with held(callers_file=file.path) as server, server.channel() as channel:
        newsroom = Caller(channel, bearer("newsroom"))
        assert await newsroom() is grpc.StatusCode.OK
        file.change("newsroom", tokens=[callers.hashed(callers.new_token())])
        assert await newsroom() is grpc.StatusCode.UNAUTHENTICATED
        file.write("[callers")
        assert await newsroom() is grpc.StatusCode.UNAUTHENTICATED
        file.change("newsroom", tokens=[callers.hashed(TOKENS["newsroom"])])
        assert await newsroom() is grpc.StatusCode.OK
        file.path.unlink()
        assert await newsroom() is grpc.StatusCode.OK
        name = "polygist_file_reloads_total"
        counted = {o: count(server, name, {"file": "callers", "outcome": o}) for o in ("ok", "failed")}
        assert counted == {"ok": 2, "failed": 2}


@asynccontextmanager
async def under_way(server: Held, caller: Caller) -> AsyncIterator[None]:
    """A call of that caller is being worked on."""
    server.generator.released.clear()
    calling = asyncio.ensure_future(caller())
    try:
        await entered(server.generator)
        yield
    finally:
        server.generator.released.set()
        assert await calling is grpc.StatusCode.OK


async def test_so_many_calls_of_a_caller_and_of_no_other(held: Serve, file: File) -> None:
    file.change("newsroom", calls_in_flight=1)
    file.change("archive", methods=["translate"])
    async with held(callers_file=file.path) as server, server.channel() as channel:
        newsroom = Caller(channel, bearer("newsroom"))
        async with under_way(server, newsroom):
            one_more = Caller(channel, bearer("newsroom"))
            assert await one_more("GetInfo", pb.GetInfoRequest()) is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert one_more.detail(error_details_pb2.RetryInfo).retry_delay.ToTimedelta().total_seconds() == 1
            violation = one_more.detail(error_details_pb2.QuotaFailure).violations[0]
            assert violation.subject == "newsroom"
            assert await Caller(channel, bearer("archive"))("GetInfo", pb.GetInfoRequest()) is grpc.StatusCode.OK
        assert await newsroom() is grpc.StatusCode.OK
        assert count(server, "polygist_refusals_total", {"reason": "caller"}) == 1
        # The caller's doing, which costs the server's availability nothing.
        refused = {"method": "GetInfo", "outcome": "invalid"}
        await until(lambda: count(server, "polygist_requests_total", refused) == 1)


async def test_so_many_characters_a_minute(held: Serve, file: File) -> None:
    file.change("newsroom", characters_a_minute=len(TEXT) * 3)
    file.change("archive", methods=["translate"])
    twice = pb.TranslateRequest(texts=[TEXT], source_language="en", target_languages=["de", "uk"])
    async with held(callers_file=file.path) as server, server.channel() as channel:
        newsroom, archive = (Caller(channel, bearer(name)) for name in ("newsroom", "archive"))
        assert await newsroom("Translate", twice) is grpc.StatusCode.OK
        assert await newsroom() is grpc.StatusCode.OK
        assert await newsroom() is grpc.StatusCode.RESOURCE_EXHAUSTED
        delay = newsroom.detail(error_details_pb2.RetryInfo).retry_delay.ToTimedelta().total_seconds()
        assert 10 < delay <= 20  # a third of a minute's worth
        assert await newsroom("GetInfo", pb.GetInfoRequest()) is grpc.StatusCode.OK
        assert await archive() is grpc.StatusCode.OK
        sent = {n: count(server, "polygist_caller_characters_total", {"caller": n}) for n in ("newsroom", "archive")}
        assert sent == {"newsroom": 3 * len(TEXT), "archive": len(TEXT)}


def articles(n: int, text: str = TEXT) -> list[pb.DigestManyRequest]:
    digest = pb.DigestRequest(article=pb.Article(text=text), source_language="en")
    return [pb.DigestManyRequest(id=str(i), digest=digest) for i in range(n)]


async def test_a_stream_waits_for_its_characters_and_loses_none(held: Serve, file: File) -> None:
    # Sixty times its articles in a minute: two more a second.
    file.change("archive", characters_a_minute=len(TEXT) * 120)
    async with held(callers_file=file.path) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        call = stub.DigestMany(iter(articles(123)), metadata=bearer("archive"), timeout=120)
        answers = [a async for a in call]
        assert sorted(int(a.id) for a in answers if a.HasField("digest")) == list(range(123))


async def test_an_article_that_is_longer_than_the_caller_s_may_be(held: Serve, file: File) -> None:
    file.change("newsroom", article_characters=len(TEXT))
    long = TEXT + "!"
    async with held(callers_file=file.path) as server, server.channel() as channel:
        newsroom = Caller(channel, bearer("newsroom"))
        assert await newsroom() is grpc.StatusCode.OK
        request = pb.TranslateRequest(texts=[TEXT, long], source_language="en", target_languages=["de"])
        assert await newsroom("Translate", request) is grpc.StatusCode.INVALID_ARGUMENT
        violation = newsroom.detail(error_details_pb2.BadRequest).field_violations[0]
        assert (violation.field, violation.reason) == ("texts[1]", "TOO_LONG")
        assert str(len(TEXT)) in violation.description
        mixed = [*articles(1), *articles(1, long), *articles(1)]
        call = newsroom.stub.DigestMany(iter(mixed), metadata=newsroom.metadata)
        found = {a.index: a.error.code async for a in call}
        assert found == {0: 0, 1: grpc.StatusCode.INVALID_ARGUMENT.value[0], 2: 0}


async def test_a_job_is_its_caller_s_alone(held: Serve, file: File, tmp_path: Path) -> None:
    file.change("newsroom", methods=["jobs"])
    given = {"callers_file": file.path, "jobs_dir": tmp_path / "jobs"}
    order = pb.CreateBatchDigestRequest(
        articles=pb.BatchArticles(articles=[pb.BatchArticle(id="a", article=pb.Article(text=TEXT))]),
        request_id="the same",
    )
    async with held(**given) as server, server.channel() as channel:
        operations: Any = operations_pb2_grpc.OperationsStub(channel)

        async def said(method: str, request: Any, name: str) -> Any:
            try:
                return await getattr(operations, method)(request, metadata=bearer(name), timeout=60)
            except grpc.aio.AioRpcError as error:
                return error.code(), error.details()

        stub = polygist_pb2_grpc.PolygistStub(channel)
        made = await stub.CreateBatchDigest(order, metadata=bearer("archive"))
        others = await stub.CreateBatchDigest(order, metadata=bearer("newsroom"))
        assert made.name != others.name
        await said("WaitOperation", operations_pb2.WaitOperationRequest(name=made.name), "archive")
        never = operations_pb2.GetOperationRequest(name=f"operations/{'0' * 32}")
        nothing = await said("GetOperation", never, "newsroom")
        assert nothing[0] is grpc.StatusCode.NOT_FOUND
        for kind in ("Get", "Wait", "Cancel", "Delete"):
            request = getattr(operations_pb2, f"{kind}OperationRequest")(name=made.name)
            assert await said(f"{kind}Operation", request, "newsroom") == nothing
        for name, own in (("archive", made), ("newsroom", others)):
            listed = await said("ListOperations", operations_pb2.ListOperationsRequest(), name)
            assert [o.name for o in listed.operations] == [own.name]
        assert (await said("GetOperation", operations_pb2.GetOperationRequest(name=made.name), "archive")).done
        await said("DeleteOperation", operations_pb2.DeleteOperationRequest(name=made.name), "archive")
        listed = await said("ListOperations", operations_pb2.ListOperationsRequest(), "archive")
        assert not listed.operations


async def test_a_certificate_is_a_name_and_a_token_comes_before_it(
    held: Serve, file: File, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority()
    chain, key = authority.server().write(tmp_path)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    file.change("newsroom", certificates=["dns:newsroom.internal"])
    given = {"tls_certificate": chain, "tls_key": key, "tls_client_ca": tmp_path / "ca.pem"}
    caplog.set_level(logging.INFO)
    async with held(callers_file=file.path, **given) as server:

        async def becomes(dns: str, metadata: Metadata, method: str, request: Any) -> grpc.StatusCode:
            credentials = authority.credentials(authority.client(dns=dns))
            async with grpc.aio.secure_channel(server.target, credentials) as channel:
                return await Caller(channel, metadata)(method, request)

        status = pb.GetStatusRequest()
        assert await becomes("newsroom.internal", [], "Translate", TRANSLATE) is grpc.StatusCode.OK
        assert await becomes("nobody.internal", [], "Translate", TRANSLATE) is grpc.StatusCode.UNAUTHENTICATED
        assert await becomes("nobody.internal", bearer("admin"), "GetStatus", status) is grpc.StatusCode.OK
        assert await becomes("newsroom.internal", bearer("admin"), "GetStatus", status) is grpc.StatusCode.OK
        wrong: Metadata = [("authorization", "Bearer wrong")]
        assert await becomes("newsroom.internal", wrong, "Translate", TRANSLATE) is grpc.StatusCode.UNAUTHENTICATED
        assert count(server, "polygist_denied_calls_total", {"reason": "certificate"}) == 1
    told = [r.__dict__ for r in caplog.records if r.msg == "call"]
    assert [t.get("caller") for t in told if t["method"] == "Translate"] == ["newsroom", None, None]
    assert not any(token in str(r.__dict__) for r in caplog.records for token in TOKENS.values())


async def test_the_python_client_shows_its_token(held: Serve, file: File, tmp_path: Path) -> None:
    authority = Authority()
    chain, key = authority.server().write(tmp_path)

    def call(target: str) -> int:
        credentials = authority.credentials()
        with Client(target, 30, credentials=credentials, token=TOKENS["newsroom"], retries=False) as client:
            many = list(client.digest_many([("a", TEXT)], source="en"))
            return len(many) + len(client.detect([TEXT]))

    async with held(callers_file=file.path, tls_certificate=chain, tls_key=key) as server:
        assert await asyncio.to_thread(call, server.target) == 2


async def test_a_stream_that_asks_nothing_ends(held: Serve, file: File) -> None:
    async with held(stream_idle_seconds=0.5) as server, server.channel() as channel:
        call = polygist_pb2_grpc.PolygistStub(channel).DigestMany(timeout=60)
        for article in articles(2):
            await call.write(article)
            assert (await call.read()).HasField("digest")
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call.read()
        assert error.value.code() is grpc.StatusCode.ABORTED
        assert "0.5 seconds" in error.value.details()
        name, labels = "polygist_requests_total", {"method": "DigestMany", "outcome": "cancelled"}
        assert count(server, name, labels) == 1


async def test_a_stream_with_something_under_way_does_not(held: Serve) -> None:
    async with held(stream_idle_seconds=0.2) as server, server.channel() as channel:
        call = polygist_pb2_grpc.PolygistStub(channel).DigestMany(timeout=60)
        server.generator.released.clear()
        request = articles(1)[0]
        request.digest.target_languages.append("de")
        await call.write(request)
        await entered(server.generator)
        await asyncio.sleep(1)
        server.generator.released.set()
        assert (await call.read()).HasField("digest")
        await call.done_writing()
        assert await call.code() is grpc.StatusCode.OK
