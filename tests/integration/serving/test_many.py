"""Many articles on one stream: each with its own end, only so many at once, and nothing left behind."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from polygist.client import Client, digest_request
from polygist.pipeline.pipeline import Pipeline
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.conftest import Held, Serve, entered

TEXT = "The deal was signed on Friday. It was a long day for everybody in the room."
METHOD = "/polygist.v1.Polygist/DigestMany"
HELD = ("de",)
FREE = ()


def item(id: str, targets: tuple[str, ...] = FREE, text: str = TEXT, **fields: object) -> pb.DigestManyRequest:
    """Without targets no model is needed, so a held one holds nothing up."""
    return pb.DigestManyRequest(id=id, digest=digest_request(text, targets, "en"), **fields)


def open_stream(channel: grpc.aio.Channel, items: object = None, timeout: float | None = None) -> grpc.aio.Call:
    return polygist_pb2_grpc.PolygistStub(channel).DigestMany(items, timeout=timeout)


def outcomes(server: Held) -> dict[str, float]:
    (metric,) = [m for m in server.metrics.registry.collect() if m.name == "polygist_articles"]
    return {s.labels["outcome"]: s.value for s in metric.samples if s.name.endswith("_total") and s.value}


def refused(server: Held) -> float | None:
    of = {"model": "held", "reason": "refused", "stage": "queue"}
    return server.metrics.registry.get_sample_value("polygist_dropped_segments_total", of)


def ended_once(server: Held, name: str, labels: dict[str, str]) -> bool:
    return server.metrics.registry.get_sample_value(name, labels) == 1


def read_by(server: Held) -> float:
    labels = {"grpc_type": "bidi_stream", "grpc_service": "polygist.v1.Polygist", "grpc_method": "DigestMany"}
    return server.metrics.registry.get_sample_value("grpc_server_msg_received_total", labels) or 0


def detail(status: status_pb2.Status, kind: type[Message]) -> Message:
    found = kind()
    (packed,) = [d for d in status.details if d.Is(kind.DESCRIPTOR)]
    packed.Unpack(found)
    return found


async def settled(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # counters tell nobody when they change
            await asyncio.sleep(0.01)


async def test_what_is_ready_first_comes_first(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        server.generator.released.clear()
        call = open_stream(channel)
        await call.write(item("slow", HELD))
        await entered(server.generator)
        await call.write(item("quick"))
        first = await call.read()
        assert (first.index, first.id, first.WhichOneof("outcome")) == (1, "quick", "digest")
        server.generator.released.set()
        second = await call.read()
        assert (second.index, second.id) == (0, "slow")
        assert second.digest.translations[0].target_language == "de"
        await call.done_writing()
        assert await call.read() is grpc.aio.EOF
        assert await call.code() is grpc.StatusCode.OK
        assert outcomes(server) == {"ok": 2}


BAD = {
    "empty": (pb.DigestManyRequest(), "digest.article"),
    "blank": (item("b", text=" \n"), "digest.article.text"),
    "too long": (item("b", text="a " * 60_000), "digest.article.text"),
    "source": (pb.DigestManyRequest(digest=digest_request(TEXT, source="fr")), "digest.source_language"),
    "language": (
        pb.DigestManyRequest(digest=digest_request("Le gouvernement a présenté mardi son projet de budget annuel.")),
        "digest.source_language",
    ),
    "target": (item("b", ("xx",)), "digest.target_languages[0]"),
    "priority": (pb.DigestManyRequest(digest=digest_request(TEXT, priority=9)), "digest.priority"),
    "unit": (pb.DigestManyRequest(digest=digest_request(TEXT, offset_unit=9)), "digest.offset_unit"),
    "id": (item("x" * 129), "id"),
    "no time": (item("b", timeout=Duration()), "timeout"),
    "negative time": (item("b", timeout=Duration(seconds=-1)), "timeout"),
    "bad UTF-8": (b"\x0a\x03\xed\xa0\x80", "request"),
    "no protobuf": (b"\xff\xff\xff", "request"),
}


async def test_each_article_has_its_own_status_and_none_ends_the_stream(held: Serve) -> None:
    messages = [m for bad, _ in BAD.values() for m in (bad, item("good"))]
    raw = [m if isinstance(m, bytes) else m.SerializeToString() for m in messages]
    async with held() as server, server.channel() as channel:
        stream = channel.stream_stream(METHOD, response_deserializer=pb.DigestManyResponse.FromString)
        answers = sorted([a async for a in stream(iter(raw))], key=lambda a: a.index)
        assert [a.index for a in answers] == list(range(len(raw)))
        assert {a.WhichOneof("outcome") for a in answers[1::2]} == {"digest"}
        assert {a.id for a in answers[1::2]} == {"good"}
        for answer, (message, field) in zip(answers[::2], BAD.values(), strict=True):
            assert answer.error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
            assert detail(answer.error, error_details_pb2.ErrorInfo).reason == "INVALID_REQUEST"
            bad = detail(answer.error, error_details_pb2.BadRequest)
            assert [v.field for v in bad.field_violations] == [field]
            known = isinstance(message, pb.DigestManyRequest) and len(message.id) <= 128
            assert answer.id == (message.id if known else "")
        assert outcomes(server) == {"ok": len(BAD), "invalid": len(BAD)}
        assert read_by(server) == len(raw)


async def test_an_article_fails_as_its_single_call_would(held: Serve) -> None:
    request = digest_request("a " * 60_000, ["de"] * 11, request_id="x" * 129)
    async with held() as server, server.channel() as channel:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await polygist_pb2_grpc.PolygistStub(channel).Digest(request)
        single = status_pb2.Status.FromString(dict(error.value.trailing_metadata())["grpc-status-details-bin"])
        (answer,) = [a async for a in open_stream(channel, [pb.DigestManyRequest(digest=request)])]
        bad = [detail(s, error_details_pb2.BadRequest) for s in (single, answer.error)]
        assert len(bad[0].field_violations) == 3
        for violation in bad[0].field_violations:
            violation.field = f"digest.{violation.field}"
        assert bad[0] == bad[1]


async def test_a_broken_engine_or_an_unforeseen_error_fails_one_article_and_shows_no_text(
    held: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    digest, marker = Pipeline.digest, "Zyxwvut"

    async def breaks(self: Pipeline, request: object, path: str = "") -> object:
        if request.request_id == "break":
            raise ValueError(marker)
        return await digest(self, request, path)

    monkeypatch.setattr(Pipeline, "digest", breaks)
    async with held() as server, server.channel() as channel:
        call = open_stream(channel)
        unforeseen = item("unforeseen")
        unforeseen.digest.request_id = "break"
        server.generator.fails = marker
        for message in (unforeseen, item("engine", HELD, f"The {marker} was signed on Friday.")):
            await call.write(message)
            answer = await call.read()
            assert answer.id == message.id
            assert answer.error.code == grpc.StatusCode.INTERNAL.value[0]
            assert marker not in answer.error.message
        server.generator.fails = ""
        await call.write(item("good", HELD))
        assert (await call.read()).digest.translations
        assert outcomes(server) == {"error": 2, "ok": 1}
        call.cancel()
    assert "ValueError" in caplog.text
    assert marker not in caplog.text


async def test_an_article_has_its_own_deadline(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        server.generator.released.clear()
        call = open_stream(channel)
        await call.write(item("patient", HELD, timeout=Duration(seconds=2**63 - 1)))
        await entered(server.generator)
        await call.write(item("late", HELD, "Another deal was signed on Monday.", timeout=Duration(nanos=300_000_000)))
        late = await call.read()
        assert late.id == "late"
        assert late.error.code == grpc.StatusCode.DEADLINE_EXCEEDED.value[0]
        assert detail(late.error, error_details_pb2.ErrorInfo).reason == "DEADLINE_EXCEEDED"
        server.generator.released.set()
        assert (await call.read()).digest.translations
        assert outcomes(server) == {"deadline": 1, "ok": 1}


async def test_the_deadline_of_the_stream_holds_too(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        server.generator.released.clear()
        call = open_stream(channel, timeout=0.5)
        await call.write(item("a", HELD, timeout=Duration(seconds=100)))
        assert await call.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await settled(lambda: outcomes(server) == {"deadline": 1})
        # The stream as such has no stages.
        for what, stage in (("requests", "other"), ("articles", "inference")):
            labels = {"outcome": "deadline", "stage": stage}
            await settled(partial(ended_once, server, f"polygist_unfinished_{what}_total", labels))


def narrow(server: Held) -> grpc.aio.Channel:
    """Without growing windows, in which megabytes of answers would wait for a client that does not take them."""
    return grpc.aio.insecure_channel(server.target, [("grpc.http2.bdp_probe", 0)])


def long_articles(taken: list[int]) -> Iterator[pb.DigestManyRequest]:
    """Without end. One message and its answer are each larger than what HTTP/2 holds on its way."""
    text = "\n\n".join(f"Part number {i} of the deal was signed on Friday by Mr. Smith{i}." for i in range(1_000))
    while True:
        taken.append(1)
        yield item(str(len(taken)), text=text)


async def test_a_caller_who_takes_no_answers_is_read_from_no_further(held: Serve) -> None:
    async with held(max_articles_in_flight=3) as server, narrow(server) as channel:
        call = open_stream(channel, long_articles([]))
        await settled(lambda: sum(outcomes(server).values()) >= 3)
        await asyncio.sleep(1)
        before = read_by(server)
        assert 3 <= before <= 3 + 4
        for _ in range(6):
            assert (await call.read()).HasField("digest")
        await settled(lambda: read_by(server) >= before + 3)
        await asyncio.sleep(1)
        assert read_by(server) <= before + 6 + 4
        call.cancel()


async def test_no_more_articles_are_worked_on_than_the_bound(held: Serve) -> None:
    async with held(max_articles_in_flight=4) as server, server.channel() as channel:
        server.generator.released.clear()
        call = open_stream(channel, [item(str(i), HELD, f"Deal number {i} was signed.") for i in range(40)])
        await entered(server.generator)
        await asyncio.sleep(0.5)
        assert read_by(server) == 4
        server.generator.released.set()
        assert {a.id async for a in call} == {str(i) for i in range(40)}


async def test_a_full_queue_makes_an_article_wait_and_does_not_fail_it(held: Serve) -> None:
    async with held(max_queue_tokens=200, max_batch_items=1) as server, server.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        server.generator.released.clear()
        texts = [f"This is the sentence with the number {i}, and it is rather long." for i in range(50)]
        first = stub.Translate(pb.TranslateRequest(texts=texts, source_language="en", target_languages=["de"]))
        await entered(server.generator)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.Digest(item("", HELD).digest)
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert refused(server) == 1
        call = open_stream(channel)
        await call.write(item("short of time", HELD, timeout=Duration(seconds=1)))
        assert (await call.read()).error.code == grpc.StatusCode.DEADLINE_EXCEEDED.value[0]
        await call.write(item("patient", HELD))
        await asyncio.sleep(0.5)
        assert outcomes(server) == {"deadline": 1}
        server.generator.released.set()
        assert (await call.read()).digest.translations
        await first
        call.cancel()
        # Of an article that waited nobody was refused.
        assert refused(server) == 1


async def half_closed(call: grpc.aio.StreamStreamCall, server: Held) -> None:
    await call.done_writing()


async def reading_nothing(call: grpc.aio.StreamStreamCall, server: Held) -> None:
    """The server is stuck in writing an answer."""
    server.generator.released.set()
    await settled(lambda: outcomes(server).get("ok", 0) >= 2)
    await asyncio.sleep(0.5)


async def nothing_special(call: grpc.aio.StreamStreamCall, server: Held) -> None:
    pass


@pytest.mark.parametrize("how", [half_closed, reading_nothing, nothing_special])
async def test_a_caller_who_vanishes_leaves_nothing_behind(
    held: Serve, how: Callable[[grpc.aio.StreamStreamCall, Held], Awaitable[None]]
) -> None:
    async with held(max_articles_in_flight=3) as server:
        channel = narrow(server)
        await channel.channel_ready()
        await asyncio.sleep(0.1)
        before = asyncio.all_tasks()
        server.generator.released.clear()
        call = open_stream(channel)
        taken: list[int] = []
        articles = long_articles(taken)
        for _ in range(2):
            message = next(articles)
            message.digest.target_languages.append("de")
            await call.write(message)
        await entered(server.generator)
        await how(call, server)
        await channel.close()
        value = server.metrics.registry.get_sample_value
        await settled(lambda: value("polygist_requests_in_flight") == 0)
        await settled(lambda: not [t for t in asyncio.all_tasks() - before if "polygist" in str(t)])
        assert value("polygist_requests_total", {"method": "DigestMany", "outcome": "cancelled"}) == 1
        assert sum(outcomes(server).values()) == 2
        server.generator.released.set()
        async with server.channel() as other:
            assert [a.id async for a in open_stream(other, [item("a", HELD)])] == ["a"]


async def test_draining_answers_what_was_read_and_says_that_no_more_will_be(held: Serve) -> None:
    """The caller goes on writing: grpc.aio may call such an end INTERNAL (https://github.com/grpc/grpc/issues/36066)."""
    answers: list[pb.DigestManyResponse] = []

    def endless() -> Iterator[pb.DigestManyRequest]:
        for i in count():
            yield item(str(i), HELD, f"Deal number {i} was signed.")
            time.sleep(0.01)

    def taken(target: str) -> grpc.RpcError:
        with Client(target) as client, pytest.raises(grpc.RpcError) as error:
            answers.extend(client.digest_many(endless(), ahead=10_000, timeout=60))
        return error.value

    async with held(max_articles_in_flight=3) as server:
        server.generator.released.clear()
        taking = asyncio.create_task(asyncio.to_thread(taken, server.target))
        await entered(server.generator)
        await settled(lambda: read_by(server) == 3)
        drain = asyncio.create_task(server.service.server.drain(10))
        await asyncio.sleep(0.2)
        assert not drain.done()
        server.generator.released.set()
        error = await taking
        assert {a.id for a in answers} == {"0", "1", "2"}
        assert all(a.HasField("digest") for a in answers)
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert "shutting down" in error.details()
        status = rpc_status.from_call(error)
        assert detail(status, error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() > 0
        await asyncio.wait_for(drain, 5)


async def test_an_idle_stream_does_not_hold_up_the_shutdown(held: Serve) -> None:
    async with held() as server, server.channel() as channel:
        call = open_stream(channel)
        await call.write(item("a"))
        assert (await call.read()).id == "a"
        await asyncio.wait_for(server.service.server.drain(60), 10)
        assert await call.code() is grpc.StatusCode.UNAVAILABLE


async def test_many_streams_at_once_lose_and_mix_up_nothing(held: Serve) -> None:
    async with held(max_articles_in_flight=2) as server, server.channel() as channel:

        async def one(name: str) -> Counter[str]:
            ids = [f"{name}{i}" for i in range(30)]
            items = [item(id, HELD if i % 3 else FREE, f"The deal {id} was signed.") for i, id in enumerate(ids)]
            answers = [a async for a in open_stream(channel, items)]
            assert all(a.id in a.digest.summary.lead for a in answers)
            return Counter(a.id for a in answers)

        counted = await asyncio.gather(*(one(name) for name in "abcde"))
        assert all(len(c) == 30 and set(c.values()) == {1} for c in counted)


def same(digest: pb.DigestResponse) -> pb.DigestResponse:
    """What does not depend on when and together with what it was made, or on what is remembered."""
    made = pb.DigestResponse()
    made.CopyFrom(digest)
    for field in ("request_id", "timings", "tokens"):
        made.ClearField(field)
    return made


def test_a_digest_of_many_is_that_of_a_single_call(client: Client) -> None:
    texts = {"en": TEXT, "uk": "Уряд схвалив бюджет на наступний рік. Депутати голосували в середу."}
    answers = {a.id: a.digest for a in client.digest_many(texts.items(), ["de"])}
    assert answers.keys() == texts.keys()
    for id, text in texts.items():
        assert same(answers[id]) == same(client.digest(text, ["de"]))


def test_the_client_takes_its_items_as_it_gets_answers(client: Client) -> None:
    taken: list[int] = []
    answers = client.digest_many(long_articles(taken), ahead=2)
    for i in range(10):
        assert next(answers).HasField("digest")
        assert len(taken) <= i + 1 + 2
    answers.close()
    time.sleep(0.2)
    assert len(taken) <= 10 + 2


def test_an_error_of_the_items_is_raised_after_the_answers(client: Client) -> None:
    def items() -> Iterator[tuple[str, str]]:
        yield "a", TEXT
        yield "b", TEXT
        raise KeyError("disk")

    answers = client.digest_many(items())
    assert {next(answers).id, next(answers).id} == {"a", "b"}
    with pytest.raises(KeyError, match="disk"):
        next(answers)


@pytest.mark.parametrize("wrong", [None, ("b", TEXT, "de"), ("b",), "b", 5, pb.DigestRequest()], ids=repr)
def test_an_item_of_another_kind_is_a_type_error(client: Client, wrong: object) -> None:
    answers = client.digest_many([("a", TEXT), wrong, ("c", TEXT)], timeout=60)
    assert next(answers).id == "a"
    with pytest.raises(TypeError, match=type(wrong).__name__):
        next(answers)
    with pytest.raises(TypeError, match=type(wrong).__name__):
        list(client.digest_many([wrong] * 20, ahead=2, timeout=60))


def test_a_text_that_cannot_be_sent_is_an_error_here(client: Client) -> None:
    with pytest.raises(UnicodeEncodeError):
        list(client.digest_many([("a", "The \ud800 deal was signed.")]))
