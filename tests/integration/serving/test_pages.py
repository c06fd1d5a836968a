"""HTML pages as articles, through a server: every call, and each span in what was found."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import grpc
import pytest

from polygist.client import digest_request, html_article
from polygist.store.models import BuiltModel
from polygist.v1 import polygist_pb2 as pb
from polygist.v1.polygist_pb2_grpc import PolygistStub
from tests.conftest import ROOT
from tests.integration.serving.stand import Scripted, serving

PAGES = ROOT / "tests" / "data" / "pages"
UTF16 = pb.OFFSET_UNIT_UTF16_CODE_UNIT
MOTTO = "👩‍👩‍👧 «Ми готові до зими», — сказала Ірина Ковальчук. "


@asynccontextmanager
async def asking(model: BuiltModel, **settings: object) -> AsyncIterator[PolygistStub]:
    async with serving(lambda: Scripted(model), **settings) as stand, stand.channel() as channel:
        yield PolygistStub(channel)


def page(name: str) -> pb.Article:
    """A page with characters in front of its text that take two code units each."""
    html = (PAGES / name).read_text(encoding="utf-8")
    return html_article(html.replace("<p>", f"<p>{MOTTO}", 3))


def cited(span: pb.Span, found: pb.ExtractedArticle) -> str:
    text = {pb.Span.SOURCE_TITLE: found.title, pb.Span.SOURCE_BODY: found.body}[span.source]
    return text.encode("utf-16-le")[2 * span.offset : 2 * (span.offset + span.length)].decode("utf-16-le")


def outside(blocks: Iterable[pb.Block], found: pb.ExtractedArticle) -> str:
    """What of the body stands in none of its blocks, without space."""
    body, at, left = found.body.encode("utf-16-le"), 0, b""
    for block in blocks:
        left += body[2 * at : 2 * block.span.offset]
        at = block.span.offset + block.span.length
    return "".join((left + body[2 * at :]).decode("utf-16-le").split())


def readable(text: str) -> str:
    """As summaries have it: without what joins emoji."""
    return text.replace("\u200d", "")


def check(summary: pb.Summary, found: pb.ExtractedArticle) -> None:
    """Every statement cites what was found."""
    assert summary.key_points
    assert summary.quotes
    for point in summary.key_points:
        assert [readable(cited(s, found)) for s in point.spans] == [point.text]
    for section in summary.sections:
        assert [readable(cited(s, found)) for s in section.spans] == [section.summary]
    assert readable(" ".join(cited(s, found) for s in summary.lead_spans)) == summary.lead
    assert [cited(q.span, found) for q in summary.quotes] == [q.text for q in summary.quotes]
    assert [cited(f.span, found) for f in summary.figures] == [f.text for f in summary.figures]


NAMES = sorted(p.name for p in PAGES.glob("*.html"))


@pytest.mark.parametrize("name", NAMES)
async def test_a_digest_cites_what_was_found_on_the_page(embedded_model: BuiltModel, name: str) -> None:
    source = name.split(".")[0]
    target = "de" if source == "en" else "en"
    request = digest_request(
        page(name), [target], scope=pb.TRANSLATION_SCOPE_SUMMARY_AND_ARTICLE, offset_unit=UTF16, request_id="p"
    )
    request.translation.sentence_pairs = True
    async with asking(embedded_model) as stub:
        answer = await stub.Digest(request)
        parts = [p async for p in stub.StreamDigest(pb.StreamDigestRequest(digest=request))]
    found = answer.extracted
    assert (answer.request_id, answer.source_language) == ("p", source)
    assert found.title
    assert found.authors
    assert found.date
    check(answer.summary, found)
    made = answer.translations[0]
    assert [p.spans for p in made.summary.key_points] == [p.spans for p in answer.summary.key_points]
    assert made.article_text.count("\n") == f"{found.title}\n\n{found.body}".count("\n")
    assert cited(made.sentence_pairs[0].source, found) == found.title
    assert [p.WhichOneof("part") for p in parts] == ["parsed", "summary", "translation", "done"]
    assert parts[0].parsed.extracted == found
    assert parts[1].summary == answer.summary


@pytest.mark.parametrize("name", NAMES)
async def test_summaries_and_parses_cite_what_was_found_on_the_page(embedded_model: BuiltModel, name: str) -> None:
    async with asking(embedded_model) as stub:
        summarized = await stub.Summarize(pb.SummarizeRequest(article=page(name), offset_unit=UTF16))
        parsed = await stub.Parse(pb.ParseRequest(article=page(name), offset_unit=UTF16))
    check(summarized.summary, summarized.extracted)
    assert parsed.extracted == summarized.extracted
    title, *blocks = parsed.blocks
    assert (title.kind, cited(title.span, parsed.extracted)) == (pb.Block.KIND_TITLE, parsed.extracted.title)
    assert outside(blocks, parsed.extracted) == ""
    assert {pb.Block.KIND_HEADING, pb.Block.KIND_LIST_ITEM} < {b.kind for b in blocks}


async def test_only_the_dash_of_a_dateline_stands_in_no_block(embedded_model: BuiltModel) -> None:
    html = (PAGES / "en.bridge.html").read_text(encoding="utf-8")
    filed = html.replace("<p>The county council voted", "<p>ARLFORD, March 14 (Reuters) — The county council voted")
    async with asking(embedded_model) as stub:
        parsed = await stub.Parse(pb.ParseRequest(article=html_article(filed), offset_unit=UTF16))
    _, *blocks = parsed.blocks
    datelines = [cited(b.span, parsed.extracted) for b in blocks if b.kind == pb.Block.KIND_DATELINE]
    assert datelines == ["ARLFORD, March 14 (Reuters)"]
    assert outside(blocks, parsed.extracted) == "—"


async def test_text_has_nothing_extracted(embedded_model: BuiltModel) -> None:
    async with asking(embedded_model) as stub:
        answer = await stub.Digest(digest_request("It begins. <p>It ends.</p>", source="en"))
        parsed = await stub.Parse(pb.ParseRequest(article=pb.Article(text="It begins."), source_language="en"))
    assert not answer.HasField("extracted")
    assert not parsed.HasField("extracted")


async def test_a_page_without_a_title_is_cited_as_body(embedded_model: BuiltModel) -> None:
    html = f"<p>{'The council agreed on the plan for the new bridge. ' * 3}It costs 46 million pounds.</p>"
    async with asking(embedded_model) as stub:
        answer = await stub.Summarize(pb.SummarizeRequest(article=html_article(html), source_language="en"))
    assert answer.extracted.title == ""
    assert {s.source for s in answer.summary.lead_spans} == {pb.Span.SOURCE_BODY}
    assert {f.span.source for f in answer.summary.figures} == {pb.Span.SOURCE_BODY}


async def requests(articles: Iterable[pb.Article]) -> AsyncIterator[pb.DigestManyRequest]:
    for i, article in enumerate(articles):
        yield pb.DigestManyRequest(id=str(i), digest=digest_request(article, offset_unit=UTF16))


async def test_pages_and_texts_travel_in_one_stream_and_fail_alone(embedded_model: BuiltModel) -> None:
    articles = [page(NAMES[0]), html_article("<nav>News</nav>"), pb.Article(text="It begins. So it goes on for long.")]
    async with asking(embedded_model) as stub:
        answers = {a.id: a async for a in stub.DigestMany(requests(articles))}
    check(answers["0"].digest.summary, answers["0"].digest.extracted)
    assert answers["1"].error.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert answers["1"].error.message.startswith("digest.article.html: ")
    assert not answers["2"].digest.HasField("extracted")


BAD = {
    "": "EMPTY",
    " \n ": "EMPTY",
    "<p>" + "a" * 1_000_000: "TOO_LONG",
    "<script>It is no text.</script>": "NO_ARTICLE",
    "<div>" * 100_000 + "It is deep.": "TOO_COMPLEX",
    "<p>a." * 20_001: "TOO_COMPLEX",
    "<p>" + "It is long. " * 10_000: "TOO_LONG",
    "<h1>" + "It is long " * 100 + "</h1><p>" + "It is not. " * 10: "TOO_LONG",
}


@pytest.mark.parametrize(("html", "reason"), BAD.items(), ids=lambda text: repr(text[:20]))
async def test_a_page_that_can_not_be_used_is_refused_with_the_reason(
    embedded_model: BuiltModel, html: str, reason: str
) -> None:
    async with asking(embedded_model) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.Parse(pb.ParseRequest(article=html_article(html)))
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (error.value.details() or "").startswith("article.html: ")
    packed = dict(error.value.trailing_metadata())["grpc-status-details-bin"]
    assert reason.encode() in packed


async def test_the_loop_turns_while_a_page_is_read(embedded_model: BuiltModel) -> None:
    slow = html_article("<html><body>" + "<div>a. </div>" * 19_000)
    async with asking(embedded_model, document_threads=1) as stub:
        busy = asyncio.ensure_future(stub.Parse(pb.ParseRequest(article=slow, source_language="en")))
        turns = 0
        while not busy.done():
            await stub.GetInfo(pb.GetInfoRequest())
            turns += 1
        await asyncio.gather(busy, return_exceptions=True)
    assert turns > 3
