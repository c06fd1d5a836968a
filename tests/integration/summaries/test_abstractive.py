"""Digests that a summary model writes, through a real server; the models are tiny ones made here."""

from collections.abc import Iterator

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from polygist.client import Client
from polygist.engines.loading import load_engine
from polygist.store.quiet import quiet
from polygist.summarize.faithfulness import THRESHOLD
from polygist.v1 import polygist_pb2 as pb
from tests import checkpoints
from tests.integration.serving.stand import INFO, OPENING
from tests.integration.summaries.conftest import CHAT, LIBRARY, SEQ2SEQ, Script, Shelf, lessons

ABSTRACTIVE = pb.SummaryOptions(method=pb.SUMMARY_METHOD_ABSTRACTIVE)
EXTRACTIVE = pb.SummaryOptions(method=pb.SUMMARY_METHOD_EXTRACTIVE)
SCRIPT = Script(
    LIBRARY,
    "Ashford votes to close Riverside Library",
    "Councillors in Ashford voted 21 to 14 to close Riverside Library. The building needs repairs worth £2.3 million.",
    (
        "Maria Lopez collected more than 8,000 signatures against the closure.",
        "",
        "Staff will be offered other jobs.",
        "Priya Nair said that the charity Reading Friends had offered 500 pounds.",
    ),
)
UNSUPPORTED = pb.Warning.TYPE_UNSUPPORTED_STATEMENT


def doubts(answer: pb.DigestResponse) -> dict[str, str]:
    """The details of what was replaced, by the field."""
    return {w.where: w.detail for w in answer.warnings if w.type == UNSUPPORTED}


def texts(summary: pb.Summary) -> dict[str, object]:
    return MessageToDict(summary)


@pytest.fixture(scope="module")
def scripted(shelf: Shelf) -> Iterator[Client]:
    """A BART that was taught what to say of one article."""
    folder = shelf.place("scripted-summaries")
    model = checkpoints.bart(folder)
    codec = shelf.profile("scripted-summaries", "seq2seq", SEQ2SEQ)
    # The encoder can't tell headline and lead apart by the text alone.
    prompts = SEQ2SEQ | {"headline": "headline: {text}"}
    pairs = lessons(SCRIPT, codec, prompts, codec.room("{text}", "English", 60))
    with quiet():
        assert checkpoints.train_seq2seq(model, folder, pairs, 400) < 0.05
    shelf.profile("scripted-summaries", "seq2seq", prompts)
    with shelf.serving("scripted-summaries") as client:
        yield client


def test_what_the_article_supports_is_the_summary(scripted: Client) -> None:
    made = scripted.digest(LIBRARY, source="en", summary=ABSTRACTIVE)
    summary, before = made.summary, scripted.digest(LIBRARY, source="en", summary=EXTRACTIVE).summary
    assert (summary.headline, summary.headline_generated) == (SCRIPT.headline, True)
    assert (summary.lead, summary.lead_generated) == (SCRIPT.lead, True)
    assert [p.text for p in summary.key_points] == [
        SCRIPT.points[0],
        before.key_points[1].text,
        SCRIPT.points[2],
        before.key_points[3].text,
    ]
    assert [p.generated for p in summary.key_points] == [True, False, True, False]
    assert list(doubts(made)) == ["summary.key_points[3].text"]
    assert "does not support" in doubts(made)["summary.key_points[3].text"]
    # What no model writes is as it was.
    for field in ("sections", "quotes", "mentions", "figures"):
        assert list(getattr(summary, field)) == list(getattr(before, field))
    assert not any((before.headline_generated, before.lead_generated, *(p.generated for p in before.key_points)))


def test_statements_are_cited(scripted: Client) -> None:
    summary = scripted.digest(LIBRARY, source="en").summary
    staff = summary.key_points[2]
    cited = [LIBRARY[s.offset : s.offset + s.length] for s in staff.spans]
    assert cited == ["Staff will be offered other jobs, according to the council."]
    assert THRESHOLD <= staff.support_score <= 1
    assert [LIBRARY[s.offset :][:9] for s in summary.lead_spans] == ["Hundreds ", "The build"]
    assert summary.compression_ratio == pytest.approx(
        sum(map(len, (summary.headline, summary.lead, *(p.text for p in summary.key_points)))) / len(LIBRARY)
    )


def test_the_profile_decides_and_the_response_names_the_model(scripted: Client) -> None:
    made = scripted.digest(LIBRARY, source="en")
    assert [(m.part, m.model) for m in made.models] == [("summary", "scripted-summaries"), ("summary", "pacsum-tfidf")]
    info = {m.id: m for m in scripted.info().models}
    assert set(info) == {INFO.id, "scripted-summaries"}
    assert (info["scripted-summaries"].engine, info["scripted-summaries"].quantization) == ("ct2", "int8")
    assert made.models[0].revision == info["scripted-summaries"].revision
    # headline, lead, and three parts of two sentences or more
    assert made.tokens.segments == 5
    assert made.tokens.output > 40
    extractive = scripted.digest(LIBRARY, source="en", summary=EXTRACTIVE)
    assert [m.model for m in extractive.models] == ["pacsum-tfidf"]
    assert extractive.tokens.segments == 0


def test_translations_are_of_what_the_model_wrote(scripted: Client) -> None:
    made = scripted.digest(LIBRARY, ["de"], source="en")
    (german,) = made.translations
    assert german.summary.headline_generated
    assert [p.generated for p in german.summary.key_points] == [p.generated for p in made.summary.key_points]
    assert german.summary.key_points[0].spans == made.summary.key_points[0].spans
    assert german.summary.key_points[0].text == OPENING + SCRIPT.points[0]
    assert {(m.part, m.model) for m in made.models} == {
        ("summary", "scripted-summaries"),
        ("summary", "pacsum-tfidf"),
        ("translations", INFO.id),
    }


def test_parts_of_a_stream_hold_the_same(scripted: Client) -> None:
    article = pb.Article(text=LIBRARY)
    parts = list(scripted.stream_digest(pb.DigestRequest(article=article, source_language="en")))
    whole = scripted.digest(LIBRARY, source="en")
    assert parts[1].summary == whole.summary
    assert list(parts[2].done.warnings) == list(whole.warnings)


def test_summarize_writes_too(scripted: Client) -> None:
    made = scripted.summarize(LIBRARY, source="en")
    assert made.summary.headline == SCRIPT.headline
    assert [m.model for m in made.models] == ["scripted-summaries", "pacsum-tfidf"]


def test_a_deadline_ends_the_call(scripted: Client) -> None:
    with pytest.raises(grpc.RpcError) as error:
        scripted.digest(LIBRARY * 20, source="en", timeout=0.05)
    assert error.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.fixture(scope="module")
def chatty(shelf: Shelf) -> Iterator[Client]:
    """A Gemma for instructions that was taught what to say of one article."""
    folder = shelf.place("chatty")
    model = checkpoints.gemma(folder)
    codec = shelf.profile("chatty", "chat", CHAT, window=900)
    pairs = lessons(SCRIPT, codec, CHAT, min(codec.room(p, "English", 60) for p in CHAT.values()))
    with quiet():
        assert checkpoints.train_chat(model, folder, pairs, 400) < 0.05
    shelf.profile("chatty", "chat", CHAT, window=900)
    with shelf.serving("chatty", load_engine) as client:
        yield client


def test_an_instruction_model_writes_by_its_chat_template(chatty: Client) -> None:
    made = chatty.digest(LIBRARY, source="en", summary=ABSTRACTIVE)
    assert made.summary.headline == SCRIPT.headline
    assert made.summary.lead == SCRIPT.lead
    assert [p.generated for p in made.summary.key_points] == [True, False, True, False]
    assert list(doubts(made)) == ["summary.key_points[3].text"]
