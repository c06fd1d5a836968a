"""What /metrics says of a server that is asked everything: bounded, true, and without a word of anybody's."""

import asyncio
import io
import logging
import re
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.request import urlopen

import grpc
import pytest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from polygist import app, logs
from polygist.errors import EngineDied
from polygist.settings import Settings
from polygist.store.models import BuiltModel
from polygist.transport.gate import State
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from polygist.web.opening import open_web
from tests.integration.serving.stand import (
    BULK,
    Clockwork,
    Scripted,
    Stand,
    outcome,
    serving,
    translate,
    until,
)
from tests.spans import Kept, kept

__all__ = ["kept"]

# Whatever is asked, a server of one model has no more series.
MOST_SERIES = 1_500
# What must not be seen: a word of a text, an address, a key, a term, names that callers make up.
MARKS = ("zyxwvut", "ada@example", "sk-live-4242", "127.0.0.1", "[::1]", "hunter2", "qqq-", "klingon")
MARKED = "Zyxwvut wrote to ada@example.org about sk-live-4242 from 127.0.0.1 and [::1]. It was a long day."
METHODS = [m.name for m in pb.DESCRIPTOR.services_by_name["Polygist"].methods]


def page(stand: Stand) -> str:
    return openmetrics(stand.metrics.registry).decode()


def series(text: str) -> int:
    return sum(1 for line in text.splitlines() if not line.startswith("#"))


def codes() -> list[str]:
    """Languages as nobody writes them."""
    return [
        "qqq-" + "x" * 10_000,
        "klingon",
        "en\n# HELP zyxwvut",
        '"}',
        "uk-hunter2",
        "\u202eed",
        "x-" + "y" * 300,
        " ",
    ]


def hostile() -> list[tuple[str, object]]:
    """(method, request) of every kind that a caller may make up."""
    article = pb.Article(text=MARKED)
    wrong: list[tuple[str, object]] = []
    for code in codes():
        wrong += [
            ("Translate", pb.TranslateRequest(texts=[MARKED], source_language=code, target_languages=["de"])),
            ("Translate", pb.TranslateRequest(texts=[MARKED], source_language="en", target_languages=[code, code])),
            ("Digest", pb.DigestRequest(article=article, source_language=code, target_languages=[code])),
            ("Summarize", pb.SummarizeRequest(article=article, source_language=code)),
            ("Parse", pb.ParseRequest(article=article, source_language=code)),
            ("Brief", pb.BriefRequest(articles=[article, article], language=code)),
            ("StreamDigest", pb.StreamDigestRequest(digest=pb.DigestRequest(article=article, source_language=code))),
        ]
    terms = [pb.GlossaryTerm(source=f"hunter2 {i}", targets={code: "zyxwvut"}) for i, code in enumerate(codes())]
    for options in (
        *(pb.TranslationOptions(glossary=pb.Glossary(terms=[term])) for term in terms),
        pb.TranslationOptions(mime_type="zyxwvut/hunter2"),
        pb.TranslationOptions(mime_type="text/html"),
    ):
        wrong.append(("Translate", pb.TranslateRequest(texts=[MARKED], target_languages=["de"], translation=options)))
    wrong += [
        ("Translate", pb.TranslateRequest(texts=["wIvan qaStaHvIS wa' ben jIH"] * 3, target_languages=["de"])),
        ("Translate", pb.TranslateRequest(texts=[MARKED], target_languages=["de"], request_id="zyxwvut" * 1000)),
        ("Translate", pb.TranslateRequest(texts=[], target_languages=[])),
        ("DetectLanguage", pb.DetectLanguageRequest(texts=[MARKED, "", "😀", *codes()])),
        ("Digest", pb.DigestRequest(article=pb.Article(html=f"<p>{MARKED}" * 3), target_languages=["de"])),
        ("GetInfo", pb.GetInfoRequest()),
    ]
    for number in (99, 2**31 - 1, -1):
        wrong += [
            ("Translate", pb.TranslateRequest(texts=[MARKED], target_languages=["de"], priority=number)),  # type: ignore[arg-type]
            ("Digest", pb.DigestRequest(article=article, offset_unit=number)),  # type: ignore[arg-type]
        ]
    return wrong


async def asked(channel: grpc.aio.Channel, method: str, message: object) -> grpc.StatusCode:
    """How a call ends, whatever its kind."""
    call = getattr(polygist_pb2_grpc.PolygistStub(channel), method)(message, timeout=60)
    if method != "StreamDigest":
        return await outcome(call)

    async def all_of_it() -> None:
        async for _ in call:
            pass

    return await outcome(all_of_it())


async def unknown(channel: grpc.aio.Channel) -> None:
    """Methods and services that do not exist, messages that are none, and metadata with keys."""
    keys = (("authorization", "Bearer sk-live-4242"), ("x-forwarded-for", "127.0.0.1"), ("user", "ada@example.org"))
    for i in range(50):
        for path in (f"/polygist.v1.Polygist/Zyxwvut{i}", f"/zyxwvut{i}.Service/Translate", f"/{'hunter2' * 100}{i}/x"):
            assert await outcome(channel.unary_unary(path)(b"", metadata=keys)) is grpc.StatusCode.UNIMPLEMENTED
    for method in METHODS:
        await outcome(channel.unary_unary(f"/polygist.v1.Polygist/{method}")(b"\xff" * 100 + b"zyxwvut", metadata=keys))


async def many(channel: grpc.aio.Channel) -> None:
    """A stream of articles that are wrong in every way."""

    async def articles() -> AsyncIterator[pb.DigestManyRequest]:
        for i, code in enumerate(codes()):
            article = pb.Article(text=MARKED)
            yield pb.DigestManyRequest(
                id=f"hunter2-{i}", digest=pb.DigestRequest(article=article, source_language=code)
            )

    async for _ in polygist_pb2_grpc.PolygistStub(channel).DigestMany(articles()):
        pass


def calls(stand: Stand, event: str) -> float:
    return sum(stand.samples(f"grpc_server_{event}_total").values())


async def too_large(channel: grpc.aio.Channel) -> None:
    """Messages over the limit, alone and in a stream, which goes on."""
    article = pb.Article(text=MARKED * 20_000)
    assert await asked(channel, "Parse", pb.ParseRequest(article=article)) is grpc.StatusCode.RESOURCE_EXHAUSTED
    items = [
        pb.DigestManyRequest(id="large", digest=pb.DigestRequest(article=article)),
        pb.DigestManyRequest(id="small", digest=pb.DigestRequest(article=pb.Article(text=MARKED))),
    ]
    answers = [a async for a in polygist_pb2_grpc.PolygistStub(channel).DigestMany(items)]
    assert sorted((a.index, a.error.code) for a in answers) == [
        (0, grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]),
        (1, 0),
    ]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log as `serve` writes it, with all that there is."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("DEBUG", {"grpc": "INFO"}, "json", 0, stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("grpc").setLevel(logging.NOTSET)


async def test_no_caller_makes_series_or_is_seen(
    embedded_model: BuiltModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: io.StringIO, kept: Kept
) -> None:
    engine = Scripted(embedded_model)
    monkeypatch.setattr(app, "tracer_of", lambda settings: kept.tracer)
    monkeypatch.setattr(app, "_cache_folder", lambda settings: tmp_path)
    held = {"cache_memory_bytes": 1_000_000, "cache_disk_bytes": 10_000_000, "max_message_bytes": 1_500_000}
    async with serving(lambda: engine, guarded=True, **held) as stand, stand.channel() as channel:
        at_first = series(page(stand))
        sizes = []
        for _ in range(2):
            for method, message in hostile():
                await asked(channel, method, message)
            await many(channel)
            await unknown(channel)
            await too_large(channel)
            await until(lambda: calls(stand, "started") == calls(stand, "handled"))  # an answer comes before its end
            sizes.append(series(page(stand)))
        # A page as Prometheus gets it, over the port.
        web = open_web(Settings(metrics_port=0), stand.metrics.registry, asyncio.get_running_loop(), lambda: True)
        try:
            with await asyncio.to_thread(urlopen, f"http://127.0.0.1:{web.port}/metrics", timeout=30) as answer:
                text = answer.read().decode()
        finally:
            await asyncio.to_thread(web.close)
        assert list(text_string_to_metric_families(page(stand)))
    # Series that appear with the first event of their kind do so once.
    assert at_first < sizes[0] == sizes[1] <= MOST_SERIES, sizes
    assert [mark for mark in MARKS if mark in text.casefold() or mark in page(stand).casefold()] == []
    spans = "".join(span.to_json() for span in kept.spans).casefold()
    assert "polygist.v1.polygist/translate" in spans
    said = written.getvalue().casefold()
    assert "resource_exhausted" in said
    # Where it listens itself is no secret.
    seen = [mark for mark in MARKS if mark in said or mark in spans]
    assert [mark for mark in seen if mark != "127.0.0.1"] == []
    assert {line for line in said.splitlines() if "127.0.0.1" in line} <= {
        line for line in said.splitlines() if '"event": "loading models, listening on' in line
    }
    assert max(len(value) for value in re.findall(r'="([^"]*)"', text)) <= 64  # a checksum
    assert stand.value("polygist_violations_total", reason="no_language") > 0
    assert stand.value("polygist_violations_total", reason="malformed") > 0
    assert stand.value("polygist_violations_total", reason="other") == 0


def unfinished(stand: Stand) -> dict[tuple[str, str], float]:
    found = stand.samples("polygist_unfinished_requests_total")
    return {(dict(labels)["outcome"], dict(labels)["stage"]): n for labels, n in found.items()}


async def test_where_calls_end_that_are_given_up(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine, max_batch_items=1) as stand, stand.channel() as channel:
        engine.entered.clear()
        engine.released.clear()
        runs = translate(channel, "This one is with the engine.")
        await until(engine.entered.is_set)
        waits = translate(channel, "This one waits for it.")
        await until(lambda: stand.waiting("interactive") == 1)
        assert stand.value("polygist_queue_age_seconds", model=stand.model, priority="interactive") > 0
        assert stand.value("polygist_queue_age_seconds", model=stand.model, priority="bulk") == 0
        waits.cancel()
        await until(lambda: unfinished(stand) == {("cancelled", "queue"): 1})
        runs.cancel()
        await until(lambda: unfinished(stand).get(("cancelled", "inference")) == 1)
        late = translate(channel, "This one has a deadline.", timeout=0.5)
        assert await outcome(late) is grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: ("deadline", "queue") in unfinished(stand))
        engine.released.set()
    deadlines = {key: n for key, n in unfinished(stand).items() if key[0] == "deadline"}
    assert deadlines == {("deadline", "queue"): 1}
    labels = {"grpc_type": "unary", "grpc_service": "polygist.v1.Polygist", "grpc_method": "Translate"}
    assert stand.value("grpc_server_handled_total", **labels, grpc_code="DeadlineExceeded") == 1
    assert stand.value("grpc_server_handled_total", **labels, grpc_code="Canceled") == 2
    found = stand.samples("polygist_dropped_segments_total").items()
    dropped = {tuple(dict(key)[n] for n in ("reason", "stage")): n for key, n in found}
    assert dropped == {("cancelled", "queue"): 1, ("cancelled", "inference"): 1, ("deadline", "queue"): 1}


async def test_an_answer_is_counted_by_its_pair_and_stages(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine) as stand, stand.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        article = pb.Article(text="The president spoke about the war. It went on for two more years in the east.")
        answer = await stub.Digest(pb.DigestRequest(article=article, target_languages=["de", "uk-UA"]))
        await stub.Translate(pb.TranslateRequest(texts=["Good morning, all.", "Good night."], target_languages=["de"]))
        of = {"source_language": "en", "target_language": "de"}
        assert stand.value("polygist_translated_texts_total", **of) == 3
        assert stand.value("polygist_translated_texts_total", **{**of, "target_language": "uk"}) == 1
        for stage in ("parse", "detect", "translate", "queue", "inference", "guard", "total"):
            assert stand.value("polygist_stage_duration_seconds_count", stage=stage) == 2, stage
        assert stand.value("polygist_stage_duration_seconds_count", stage="summarize") == 1
        await stub.DetectLanguage(pb.DetectLanguageRequest(texts=["Good morning, all."]))
        await stub.Parse(pb.ParseRequest(article=article))
        assert stand.value("polygist_stage_duration_seconds_count", stage="detect") == 4
        assert stand.value("polygist_stage_duration_seconds_count", stage="parse") == 3
        assert stand.value("polygist_stage_duration_seconds_count", stage="total") == 4
        assert answer.timings.detect.ToNanoseconds() <= answer.timings.parse.ToNanoseconds()
        assert answer.timings.guard.ToNanoseconds() > 0
        assert stand.value("polygist_padding_tokens_total", model=stand.model) < stand.value(
            "polygist_batch_tokens_sum", model=stand.model
        )


async def test_a_server_that_nobody_asked_has_done_nothing(embedded_model: BuiltModel) -> None:
    async with serving(lambda: Scripted(embedded_model), guarded=True) as stand:
        busy = [
            *("polygist_batch_items_count", "polygist_batch_duration_seconds_count", "polygist_input_tokens_total"),
            *("polygist_guard_hits_total", "polygist_guard_left_total", "polygist_estimated_quality_count"),
            *("polygist_coalesced_segments_total", "polygist_output_tokens_total", "polygist_padding_tokens_total"),
        ]
        assert {name: stand.samples(name) for name in busy if stand.samples(name)} == {}
        async with stand.channel() as channel:
            await translate(channel, "The first one.")
        assert stand.value("polygist_batch_items_count", model=stand.model) >= 1
        assert stand.value("polygist_estimated_quality_count", target_language="de") == 1


async def test_refusals_by_what_is_full(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)

    def refused() -> dict[str, float]:
        return {dict(labels)["reason"]: n for labels, n in stand.samples("polygist_refusals_total").items()}

    async with (
        serving(lambda: engine, max_batch_items=1, max_queue_items=1, max_concurrent_calls=3) as stand,
        stand.channel() as channel,
    ):
        gate = stand.service.server._gate
        gate.state = State.LOADING
        assert await outcome(translate(channel, "Too early.")) is grpc.StatusCode.UNAVAILABLE
        gate.state = State.SERVING
        engine.entered.clear()
        engine.released.clear()
        first = translate(channel, "This one is with the engine.")
        await until(engine.entered.is_set)
        second = translate(channel, "This one waits.", priority=BULK)
        await until(lambda: stand.waiting("bulk") == 1)
        assert await outcome(translate(channel, "No room.")) is grpc.StatusCode.RESOURCE_EXHAUSTED
        third = asyncio.ensure_future(translate(channel, "This one waits.", priority=BULK))  # the same costs nothing
        await until(lambda: stand.value("polygist_requests_in_flight") == 3)
        assert await outcome(translate(channel, "No place.")) is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert refused() == {"loading": 1, "queue": 1, "calls": 1}
        drained = asyncio.create_task(stand.service.server.drain(30))
        await until(lambda: gate.state is State.DRAINING)
        assert await outcome(translate(channel, "Too late.")) is grpc.StatusCode.UNAVAILABLE
        engine.released.set()
        await asyncio.gather(first, second, third)
        await drained
    assert refused() == {"loading": 1, "queue": 1, "calls": 1, "draining": 1}


async def test_refusals_without_an_engine(embedded_model: BuiltModel) -> None:
    engine, loads = Scripted(embedded_model), threading.Event()

    def make() -> Scripted:
        if engine.closed.is_set():
            assert loads.wait(60)
        return engine

    def die(texts: list[str]) -> None:
        raise EngineDied("gone")

    async with serving(make) as stand, stand.channel() as channel:
        engine.script = die
        call = asyncio.ensure_future(translate(channel, "This one sees an engine die."))
        await until(lambda: not stand.value("polygist_engine_up", model=stand.model))
        assert await outcome(translate(channel, "No engine.")) is grpc.StatusCode.UNAVAILABLE
        assert stand.value("polygist_refusals_total", reason="engine") >= 1
        assert stand.value("polygist_engine_failures_total", model=stand.model, kind="died") == 1
        engine.script = lambda texts: None
        loads.set()
        await call


async def test_what_the_servers_own_end_cuts_off(embedded_model: BuiltModel) -> None:
    engine = Scripted(embedded_model)
    async with serving(lambda: engine, shutdown_grace_seconds=0.2) as stand:
        channel = stand.channel()
        engine.entered.clear()
        engine.released.clear()
        call = asyncio.ensure_future(translate(channel, "This one takes too long.", timeout=60))
        call.add_done_callback(lambda _: engine.released.set())
        await until(engine.entered.is_set)
    assert await outcome(call) is grpc.StatusCode.UNAVAILABLE
    await channel.close()
    assert stand.samples("polygist_requests_total") == {(("method", "Translate"), ("outcome", "refused")): 1}
    assert unfinished(stand) == {}


@pytest.mark.parametrize("seconds", [0.3, 1.5])
async def test_a_deadline_is_one_whoever_sees_it_first(embedded_model: BuiltModel, seconds: float) -> None:
    clockwork, engine = Clockwork(), Scripted(embedded_model, joins=True)
    async with serving(lambda: engine) as stand, stand.channel() as channel:
        engine.script = clockwork
        calls = [translate(channel, f"This is number {i}.", timeout=seconds) for i in range(8)]
        for call in calls:
            assert await outcome(call) is grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: sum(unfinished(stand).values()) == len(calls))
        clockwork.free()
    assert {key[0] for key in unfinished(stand)} == {"deadline"}
