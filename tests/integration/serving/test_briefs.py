"""Briefs through a server: citations in the caller's unit, other languages, translations, and what is refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from polygist.client import Client, html_article
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1.polygist_pb2_grpc import PolygistStub
from tests.conftest import ROOT
from tests.integration.serving import stand
from tests.integration.serving.stand import OPENING, Scripted, Stand, serving, until

STORIES = ROOT / "tests" / "data" / "stories"
UTF8, UTF16 = pb.OFFSET_UNIT_UTF8_BYTE, pb.OFFSET_UNIT_UTF16_CODE_UNIT
NUMBERS = pb.Article(text="12 …")
TWO_LINES = pb.Article(titled=pb.TitledText(title="A\nB", body="It is."))
FRENCH = pb.Article(text="Ceci est un article écrit entièrement en français sur la vie à Paris.")
CODES = {UTF8: ("utf-8", 1), UTF16: ("utf-16-le", 2)}


def story(name: str) -> list[pb.Article]:
    """The articles of a story, titles apart, each with a character in front that no two units count alike."""
    articles = json.loads((STORIES / f"{name}.json").read_text(encoding="utf-8"))["articles"]
    return [pb.Article(titled=pb.TitledText(title=a["title"], body=f"🧭 {a['body']}")) for a in articles]


@asynccontextmanager
async def asking(model: BuiltModel, **settings: object) -> AsyncIterator[tuple[Stand, PolygistStub]]:
    async with serving(lambda: Scripted(model), **settings) as served, served.channel() as channel:
        yield served, PolygistStub(channel)


def cited(articles: Sequence[pb.Article], where: pb.Citation, unit: pb.OffsetUnit.ValueType) -> str:
    titled, (codec, width) = articles[where.document].titled, CODES[unit]
    text = {pb.Span.SOURCE_TITLE: titled.title, pb.Span.SOURCE_BODY: titled.body}[where.span.source]
    start = width * where.span.offset
    return text.encode(codec)[start : start + width * where.span.length].decode(codec)


def refusals(error: grpc.aio.AioRpcError) -> list[tuple[str, str]]:
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    bad = error_details_pb2.BadRequest()
    packed = dict(error.trailing_metadata())["grpc-status-details-bin"]
    status = rpc_status.status_pb2.Status.FromString(packed)
    next(d for d in status.details if d.Is(bad.DESCRIPTOR)).Unpack(bad)
    return [(v.field, v.reason) for v in bad.field_violations]


@pytest.mark.parametrize("name", ["en.ferry", "de.bruecke", "uk.likarnia"])
@pytest.mark.parametrize("unit", CODES)
async def test_every_citation_holds_what_is_cited(
    embedded_model: BuiltModel, name: str, unit: pb.OffsetUnit.ValueType
) -> None:
    articles = story(name)
    async with asking(embedded_model) as (_, stub):
        answer = await stub.Brief(pb.BriefRequest(articles=articles, offset_unit=unit, request_id="7"))
    found = answer.brief
    assert (answer.request_id, found.language) == ("7", name[:2])
    assert cited(articles, found.headline_citation, unit) == found.headline
    assert " ".join(cited(articles, c, unit) for c in found.lead_citations) == found.lead
    assert found.agreements
    assert found.contradictions
    for point in (*found.key_points, *found.agreements, *found.unique_points):
        assert cited(articles, point.citations[0], unit) == point.text
    for claim in (claim for c in found.contradictions for claim in c.claims):
        assert cited(articles, claim.citations[0], unit) == claim.text
        assert cited(articles, claim.figure_citations[0], unit) == claim.figure.text
        assert claim.figure.span == claim.figure_citations[0].span
    for mention in found.mentions:
        assert mention.documents == len({c.document for c in mention.citations})
        assert all(cited(articles, c, unit).strip() for c in mention.citations)


async def test_copies_are_named(embedded_model: BuiltModel) -> None:
    async with asking(embedded_model) as (_, stub):
        answer = await stub.Brief(pb.BriefRequest(articles=story("en.ferry")))
    assert [d.copy_of if d.HasField("copy_of") else None for d in answer.documents] == [None, None, None, 0, None]
    assert {d.language for d in answer.documents} == {"en"}


async def test_the_texts_of_a_brief_are_translated_and_the_citations_stay(embedded_model: BuiltModel) -> None:
    articles = story("en.ferry")[:3]
    async with asking(embedded_model) as (served, stub):
        asked = pb.BriefRequest(articles=articles, target_languages=["de"], priority=pb.PRIORITY_BULK)
        answer = await stub.Brief(asked)
        assert served.value("polygist_requests_total", method="Brief", outcome="ok") == 1
    (translation,) = answer.translations
    assert translation.target_language == translation.brief.language == "de"
    for name in ("key_points", "agreements", "unique_points"):
        for own, other in zip(getattr(answer.brief, name), getattr(translation.brief, name), strict=True):
            assert other.text == OPENING + own.text
            assert list(other.citations) == list(own.citations)
    for own, other in zip(answer.brief.contradictions, translation.brief.contradictions, strict=True):
        assert [c.text for c in other.claims] == [OPENING + c.text for c in own.claims]
        assert [c.figure for c in other.claims] == [c.figure for c in own.claims]
    assert answer.tokens.segments > 0
    assert [m.part for m in answer.models] == ["brief", "translations"]


async def test_what_is_central_in_an_article_of_another_language_takes_part_in_translation(
    embedded_model: BuiltModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand, "OPENING", "Now ")  # a sentence with "So" can't be read alone
    articles = [*story("en.ferry")[:2], story("uk.zlyva")[0]]
    async with asking(embedded_model) as (_, stub):
        answer = await stub.Brief(pb.BriefRequest(articles=articles, offset_unit=UTF16))
    assert [d.language for d in answer.documents] == ["en", "en", "uk"]
    assert answer.brief.language == "en"
    (warning,) = [w for w in answer.warnings if w.type == pb.Warning.TYPE_PARTLY_COMPARED]
    assert warning.where == "documents[2]"
    foreign = [p for p in answer.brief.unique_points if p.citations[0].document == 2]
    assert foreign
    for point in foreign:
        assert point.translated
        assert point.text == "Now " + cited(articles, point.citations[0], UTF16)
    assert all(c.document != 2 for c in answer.brief.lead_citations)


async def test_the_language_of_the_brief_can_be_chosen_among_those_of_the_articles(embedded_model: BuiltModel) -> None:
    articles = [*story("en.ferry")[:2], story("uk.zlyva")[0]]
    async with asking(embedded_model) as (_, stub):
        answer = await stub.Brief(pb.BriefRequest(articles=articles, language="uk-UA"))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Brief(pb.BriefRequest(articles=articles, language="de"))
        with pytest.raises(grpc.aio.AioRpcError) as same:
            await stub.Brief(pb.BriefRequest(articles=articles, language="uk", target_languages=["uk"]))
    assert answer.brief.language == "uk"
    assert answer.brief.lead_citations[0].document == 2
    assert refusals(refused.value) == [("language", "CONFLICT")]
    assert refusals(same.value) == [("target_languages[0]", "SAME_AS_SOURCE")]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({1: pb.Article(text=" \n")}, [("articles[1].text", "EMPTY")]),
        ({1: pb.Article(), 2: pb.Article()}, [("articles[1]", "MISSING"), ("articles[2]", "MISSING")]),
        ({0: NUMBERS, 2: html_article(" ")}, [("articles[0].text", "NO_LETTERS"), ("articles[2].html", "EMPTY")]),
        ({1: html_article("<p>!</p>")}, [("articles[1].html", "NO_ARTICLE")]),
        ({2: TWO_LINES}, [("articles[2].titled.title", "LINE_BREAK")]),
        ({0: FRENCH}, [("articles[0]", "MISSING")]),
    ],
)
async def test_one_bad_article_is_named(
    embedded_model: BuiltModel, changed: dict[int, pb.Article], wrong: list[tuple[str, str]]
) -> None:
    articles = [changed.get(i, article) for i, article in enumerate(story("en.ferry")[:3])]
    async with asking(embedded_model) as (_, stub):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Brief(pb.BriefRequest(articles=articles))
    assert refusals(refused.value) == wrong


async def test_the_limits_hold_and_are_published(embedded_model: BuiltModel) -> None:
    articles = story("en.ferry")
    async with asking(embedded_model, max_brief_articles=3, max_brief_code_points=1_500) as (_, stub):
        limits = (await stub.GetInfo(pb.GetInfoRequest())).limits
        for asked, wrong in ((articles[:1], "TOO_FEW"), (articles[:4], "TOO_MANY"), (articles[:3], "TOO_LONG")):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.Brief(pb.BriefRequest(articles=asked))
            assert refusals(refused.value) == [("articles", wrong)]
    assert (limits.max_brief_articles, limits.max_brief_code_points) == (3, 1_500)


async def test_a_deadline_and_a_cancelled_call_end_the_work(embedded_model: BuiltModel) -> None:
    asked = pb.BriefRequest(articles=story("en.ferry"), target_languages=["de"])
    engine = Scripted(embedded_model)
    async with serving(lambda: engine) as served, served.channel() as channel:
        stub = PolygistStub(channel)
        engine.released.clear()
        with pytest.raises(grpc.aio.AioRpcError) as late:
            await stub.Brief(asked, timeout=2)
        await until(lambda: not served.samples("polygist_queue_items"))
        call = stub.Brief(asked)  # its segments wait behind those that the engine holds
        working = asyncio.ensure_future(call)
        await until(lambda: served.samples("polygist_queue_items"))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        await until(lambda: not served.samples("polygist_queue_items"))
        engine.released.set()
    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_the_client_asks_for_a_brief(client: Client) -> None:
    answer = client.brief([a.titled.body for a in story("en.ferry")[:2]], source="en")
    assert answer.brief.contradictions[0].claims[0].figure.value in (12, 15)
