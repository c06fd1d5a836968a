"""A summary model that dies costs nobody a digest."""

import asyncio
import os
import signal
from dataclasses import replace
from typing import Any

import grpc
import pytest

from polygist.client import Client
from polygist.engines import makers
from polygist.errors import EngineFailed
from polygist.store import models
from polygist.store.cards import load_summary_card
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.integration.serving.stand import INFO, Scripted, serving
from tests.integration.summaries.conftest import LIBRARY, PATIENCE_SECONDS, Shelf, recorded, until
from tests.integration.summaries.test_fallback import ABSTRACTIVE, EXTRACTIVE, GERMAN, prepared


def failed(answer: Any) -> list[str]:
    return [w.where for w in answer.warnings if w.type == pb.Warning.TYPE_MODEL_FAILED]


def test_a_digest_without_the_model_that_died(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    engines = recorded(monkeypatch, "summarizer_maker")
    name = prepared(shelf, "bart")
    ct2 = models.folder(load_summary_card(name, shelf.models), shelf.cache) / "ct2"
    with shelf.serving(name) as client:
        before = client.digest(LIBRARY, ["de"], source="en", summary=EXTRACTIVE)
        assert failed(client.digest(LIBRARY, source="en", summary=ABSTRACTIVE)) == []
        # It dies, and while its files are gone no other takes its place.
        away = ct2.rename(ct2.with_name("away"))
        os.kill(engines[0].pid, signal.SIGKILL)
        for _ in range(2):  # the first finds out, the second knows
            made = client.digest(LIBRARY, ["de"], source="en", summary=ABSTRACTIVE)
            assert failed(made) == ["summary"]
            assert made.summary == before.summary
            assert [t.summary for t in made.translations] == [t.summary for t in before.translations]
            assert [m.model for m in made.models if m.part == "summary"] == ["pacsum-tfidf"]
        _others_do_not_mind(client, before)
        away.rename(ct2)
        until(lambda: failed(client.digest(LIBRARY, source="en", summary=ABSTRACTIVE)) == [])


def _others_do_not_mind(client: Client, before: pb.DigestResponse) -> None:
    """Calls that take no model, streams, and those with too little time."""
    made = client.digest(LIBRARY, source="en", summary=EXTRACTIVE)
    assert (failed(made), made.summary) == ([], before.summary)
    item = pb.DigestManyRequest(id="a", digest=pb.DigestRequest(article=pb.Article(text=LIBRARY), source_language="en"))
    (one,) = client.digest_many([item])
    assert failed(one.digest) == ["summary"]
    with pytest.raises(grpc.RpcError) as error:
        client.digest(LIBRARY * 20, source="en", timeout=0.05)
    assert error.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.fixture
def engine(shelf: Shelf) -> Scripted:
    """An engine that stands still or fails when a test wants it."""
    return Scripted(shelf.embedded, replace(INFO, id="written"))


async def test_a_full_queue_is_told(shelf: Shelf, engine: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a digest holds does not depend on the load: the caller may come back."""
    monkeypatch.setattr(makers, "summarizer_maker", lambda *_: lambda: engine)
    settings = {"profile": prepared(shelf, "bart"), "models_dir": shelf.models, "cache_dir": shelf.cache}
    async with (
        serving(lambda: Scripted(shelf.embedded), **settings, max_queue_items=1) as stand,
        stand.channel() as channel,
    ):
        stub = polygist_pb2_grpc.PolygistStub(channel)
        engine.released.clear()
        engine.entered.clear()
        first = stub.Digest(pb.DigestRequest(article=pb.Article(text=LIBRARY), source_language="en"))
        assert await asyncio.to_thread(engine.entered.wait, PATIENCE_SECONDS)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.Digest(pb.DigestRequest(article=pb.Article(text=GERMAN), source_language="de"))
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        engine.released.set()
        assert failed(await first) == []


def test_a_model_that_can_not_work_is_told_at_the_start(shelf: Shelf, engine: Scripted) -> None:
    def script(texts: list[str]) -> None:
        raise EngineFailed("it can't")

    engine.script = script
    with pytest.raises(EngineFailed, match="summary model"), shelf.serving(prepared(shelf, "bart"), lambda *_: engine):
        pass
