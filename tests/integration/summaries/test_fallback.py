"""What a model says at random is not in a digest: the extractive summary is, and warnings."""

import random
import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from polygist.client import Client, violations
from polygist.engines.loading import load_engine
from polygist.store.models import BuiltModel
from polygist.store.summarizers import SummaryCard
from polygist.summarize import abstractive_codec
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests import checkpoints
from tests.conftest import ROOT
from tests.integration.serving.stand import INFO, Scripted, serving
from tests.integration.summaries.conftest import LIBRARY, SEQ2SEQ, Shelf, extractive

ABSTRACTIVE = pb.SummaryOptions(method=pb.SUMMARY_METHOD_ABSTRACTIVE)
EXTRACTIVE = pb.SummaryOptions(method=pb.SUMMARY_METHOD_EXTRACTIVE)
GERMAN = (ROOT / "tests/data/articles/de.hochwasser.txt").read_text(encoding="utf-8")
UKRAINIAN = (ROOT / "tests/data/articles/uk.uhoda.txt").read_text(encoding="utf-8")
TWO = '[languages]\nde = "German"\nen = "English"\n'


def prepared(shelf: Shelf, family: str) -> str:
    """A profile whose summary model is of the family, with random weights and a small window."""
    name = f"random-{family}"
    getattr(checkpoints, family)(shelf.place(name))
    shelf.profile(name, "seq2seq", SEQ2SEQ, window=200, max_new_tokens=20, languages=TWO)
    return name


@pytest.fixture(scope="module", params=["bart", "mt5"])
def babbling(request: pytest.FixtureRequest, shelf: Shelf) -> Iterator[Client]:
    with shelf.serving(prepared(shelf, str(request.param)), load_engine) as client:
        yield client


def replaced(answer: Any) -> list[str]:
    return [w.where for w in answer.warnings if w.type == pb.Warning.TYPE_UNSUPPORTED_STATEMENT]


@pytest.mark.parametrize(("code", "text"), [("en", LIBRARY), ("de", GERMAN)])
def test_the_extractive_summary_is_left(babbling: Client, code: str, text: str) -> None:
    made = babbling.digest(text, source=code, summary=ABSTRACTIVE)
    before = babbling.digest(text, source=code, summary=EXTRACTIVE)
    assert made.summary == before.summary
    assert replaced(made)[:2] == ["summary.headline", "summary.lead"]
    assert made.tokens.segments >= len(replaced(made)) > 2
    assert [w for w in made.warnings if w.where not in replaced(made)] == list(before.warnings)
    assert [m.model for m in made.models] == ["pacsum-tfidf"]


def test_a_long_article_goes_through_in_chunks(babbling: Client) -> None:
    rng = random.Random(1)
    words = ["council", "bridge", "river", "budget", "mayor", "school", "library", "road", "train", "market"]
    sentences = [f"The {rng.choice(words)} of town {n} got a new {rng.choice(words)} on Monday." for n in range(120)]
    text = "Towns and their news\n\n" + "\n\n".join(" ".join(sentences[n : n + 8]) for n in range(0, 120, 8))
    made = babbling.digest(text, source="en")
    assert made.summary == babbling.digest(text, source="en", summary=EXTRACTIVE).summary
    # chunks of 200 tokens, and their summaries, beside headline, lead and key points
    assert made.tokens.segments > len(replaced(made)) + 8
    assert made.tokens.input > 120 * 12


def test_a_language_that_the_model_does_not_write(babbling: Client) -> None:
    made = babbling.digest(UKRAINIAN, source="uk")
    assert made.summary.headline == extractive(UKRAINIAN, "uk").headline
    assert (replaced(made), made.tokens.segments) == ([], 0)
    with pytest.raises(grpc.RpcError) as error:
        babbling.digest(UKRAINIAN, source="uk", summary=ABSTRACTIVE)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    (wrong,) = violations(error.value)
    assert (wrong.field, wrong.reason) == ("summary.method", "UNSUPPORTED")
    assert wrong.description == "a summary model does not write in 'uk', but in de, en"


def test_each_article_of_a_stream_for_itself(babbling: Client) -> None:
    items = [
        pb.DigestManyRequest(
            id=code, digest=pb.DigestRequest(article=pb.Article(text=text), source_language=code, summary=ABSTRACTIVE)
        )
        for code, text in (("en", LIBRARY), ("uk", UKRAINIAN), ("de", GERMAN))
    ]
    answers = {a.id: a for a in babbling.digest_many(items)}
    assert [answers[code].HasField("digest") for code in ("en", "uk", "de")] == [True, False, True]
    assert "digest.summary.method" in answers["uk"].error.message


async def test_health_metrics_and_another_revision(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    made, threads = abstractive_codec.codec_of, []

    def codec_of(card: SummaryCard, built: BuiltModel) -> abstractive_codec.Codec:
        threads.append(threading.current_thread())
        return made(card, built)

    monkeypatch.setattr(abstractive_codec, "codec_of", codec_of)
    name = prepared(shelf, "bart")
    settings = {"profile": name, "models_dir": shelf.models, "cache_dir": shelf.cache, "threads": 1}
    request = pb.DigestRequest(article=pb.Article(text=LIBRARY), source_language="en")
    async with serving(lambda: Scripted(shelf.embedded), **settings) as stand, stand.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        await stub.Digest(request)
        assert stand.value("polygist_engine_up", model=name) == stand.value("polygist_engine_up", model=INFO.id) == 1
        counted = stand.samples("polygist_faithfulness_replaced_total")
        assert {dict(labels)["field"] for labels in counted} == {"headline", "lead", "key_point"}
        assert stand.value("polygist_warnings_total", type="unsupported_statement") == 5
        assert stand.value("polygist_output_tokens_total", model=name) > 0
        before = {m.id: m.revision for m in (await stub.GetInfo(pb.GetInfoRequest())).models}
        config = shelf.place(name) / "config.json"
        config.write_text(config.read_text() + "\n")
        shelf.profile(name, "seq2seq", SEQ2SEQ, window=200, max_new_tokens=20, languages=TWO)
        await stand.service.reload()
        after = {m.id: m.revision for m in (await stub.GetInfo(pb.GetInfoRequest())).models}
        # Calls go on meanwhile: a big tokenizer must not stop them.
        assert len(threads) == 2
        assert threading.current_thread() not in threads
        assert before[INFO.id] == after[INFO.id]
        assert before[name] != after[name]
        assert stand.value("polygist_engine_up", model=name) == 1
        await stub.Digest(request)


async def test_without_a_summary_model(shelf: Shelf) -> None:
    async with serving(lambda: Scripted(shelf.embedded)) as stand, stand.channel() as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        request = pb.DigestRequest(article=pb.Article(text=LIBRARY), source_language="en", summary=ABSTRACTIVE)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.Digest(request)
        assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "summary.method: a summary model is not served" in error.value.details()
        request.summary.method = 99  # type: ignore[assignment]
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.Digest(request)
        assert "summary.method: has no value 99" in error.value.details()
