"""A profile of several models, through the real server: an abstractive summariser and two translators of different
families, tiny and untaught, each in an engine of its own."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import torch
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import CollectorRegistry
from transformers import AutoModelForSeq2SeqLM

from polygist import app, inprocess
from polygist.client import Client
from polygist.errors import CardInvalid
from polygist.metrics import Metrics
from polygist.settings import Settings
from polygist.store import cards
from polygist.store.build import build
from polygist.store.models import built
from polygist.store.quiet import quiet
from polygist.translate.codecs import codec_of
from polygist.v1 import polygist_pb2 as pb
from polygist.v1 import polygist_pb2_grpc
from tests.checkpoints import write_deployment, write_profile, write_translator
from tests.conftest import ROOT

ARTICLE = (ROOT / "tests/data/articles/en.library.txt").read_text(encoding="utf-8")
TEXT = "The river rose by two metres during the night."
FAST = pb.QUALITY_FAST
SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
TRANSLATORS = ("into-german", "many")


@dataclass(frozen=True)
class Shelf:
    """A user's folder of cards, and the cache of what was built."""

    models: Path
    cache: Path

    def settings(self, profile: str, **changed: object) -> Settings:
        base = {"profile": profile, "models_dir": self.models, "cache_dir": self.cache, "cache_memory_bytes": 0}
        return Settings(**{**base, "replicas": 1, "threads": 1, **changed})

    def expected(self, card: str, source: str, target: str, text: str) -> str:
        """What transformers makes of a text."""
        found = cards.load_card(card, self.models)
        model = built(found, self.cache)
        assert model
        codec = codec_of(found, model)
        prompt = codec.encode(text, source, target)
        with quiet(), torch.inference_mode():
            loaded: Any = AutoModelForSeq2SeqLM.from_pretrained(model.hf, dtype=torch.float32).eval()
            start = loaded.config.decoder_start_token_id
            made = loaded.generate(
                input_ids=torch.tensor([prompt.ids]),
                decoder_input_ids=torch.tensor([[start, *prompt.prefix]]),
                max_new_tokens=codec.max_new_tokens(len(prompt.ids)),
                num_beams=1,
                do_sample=False,
                forced_eos_token_id=None,
            )
        return codec.decode(made[0, 1 + len(prompt.prefix) :].tolist())


@pytest.fixture(scope="module")
def shelf(checkpoint: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    made = Shelf(tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("cache"))
    many = [("en", "uk"), ("uk", "en"), ("de", "en"), ("en", "de")]
    write_translator(made.models, "into-german", "marian", checkpoint("marian"), [("en", "de")])
    write_translator(made.models, "many", "m2m100", checkpoint("m2m100"), many)
    write_profile(made.models, "short", "seq2seq", checkpoint("bart"), {"lead": "{text}", "headline": "{text}"})
    write_deployment(made.models, "newsroom", TRANSLATORS, "short")
    write_deployment(made.models, "german", TRANSLATORS[:1])
    write_deployment(made.models, "again", TRANSLATORS[::-1])
    for name in (*TRANSLATORS, "short"):
        build(cards.load_cards(made.models)[name], made.cache)
    return made


@pytest.fixture(scope="module")
def target(shelf: Shelf) -> Iterator[str]:
    with inprocess.running(shelf.settings("newsroom")) as address:
        yield address


@pytest.fixture(scope="module")
def client(target: str) -> Iterator[Client]:
    with Client(target, timeout=200) as made:
        yield made


def test_a_digest_into_two_languages_by_two_models(client: Client) -> None:
    made = client.digest(ARTICLE, targets=["uk", "de"], source="en")
    assert [t.target_language for t in made.translations] == ["uk", "de"]
    assert [list(t.route.models) for t in made.translations] == [["many"], ["into-german"]]
    for translation in made.translations:
        assert translation.summary.lead
        assert len(translation.summary.key_points) == len(made.summary.key_points)
    # What the summariser says at random is not supported, and in the digest is what the article says.
    assert {w.where for w in made.warnings if w.type == pb.Warning.TYPE_UNSUPPORTED_STATEMENT} >= {"summary.lead"}
    used = {m.model: m.part for m in made.models}
    assert {used["many"], used["into-german"]} == {"translations"}
    assert made.tokens.segments > 4


def test_each_model_says_what_it_says_by_itself(target: str, shelf: Shelf) -> None:
    with grpc.insecure_channel(target) as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        for model, code in (("into-german", "de"), ("many", "uk")):
            asked = pb.TranslateRequest(texts=[TEXT], source_language="en", target_languages=[code])
            asked.translation.quality = FAST
            answer = stub.Translate(asked)
            assert answer.translations[0].texts[0] == shelf.expected(model, "en", code, TEXT)
            assert [m.model for m in answer.models] == [model]


def test_chains_go_from_one_model_to_another(target: str, shelf: Shelf) -> None:
    text = "Річка за ніч піднялася на два метри."
    with grpc.insecure_channel(target) as channel:
        asked = pb.TranslateRequest(texts=[text], source_language="uk", target_languages=["de"])
        answer = polygist_pb2_grpc.PolygistStub(channel).Translate(asked)
    assert {m.model for m in answer.models} == {"many", "into-german"}
    (route,) = answer.translations[0].routes
    assert (list(route.languages), list(route.models)) == (["uk", "en", "de"], ["many", "into-german"])


def test_every_model_is_told_of(target: str) -> None:
    names = [*TRANSLATORS, "short"]
    with grpc.insecure_channel(target) as channel:
        stub = polygist_pb2_grpc.PolygistStub(channel)
        info = stub.GetInfo(pb.GetInfoRequest())
        assert [m.id for m in info.models] == names
        assert {m.engine for m in info.models} == {"ct2"}
        pairs = {(p.source_language, p.target_language): tuple(p.pivot_languages) for p in info.pairs}
        assert pairs["en", "uk"] == pairs["en", "de"] == ()
        assert pairs["uk", "de"] == pairs["de", "uk"] == ("en",)
        status = stub.GetStatus(pb.GetStatusRequest())
        assert {m.id: m.serving for m in status.models} == dict.fromkeys(names, True)
        health = health_pb2_grpc.HealthStub(channel)
        for name in names:
            asked = health_pb2.HealthCheckRequest(service=name)
            assert health.Check(asked).status == SERVING


async def test_a_model_comes_and_goes_by_reload(shelf: Shelf, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "cards").symlink_to(shelf.models / "cards")
    write_deployment(own, "moving", TRANSLATORS)
    metrics = Metrics(CollectorRegistry())
    settings = Shelf(own, shelf.cache).settings("moving", shutdown_grace_seconds=5)

    def up() -> set[str]:
        found = (s for m in metrics.registry.collect() for s in m.samples if s.name == "polygist_engine_up")
        return {s.labels["model"] for s in found if s.value}

    async with (
        app.service(settings, "127.0.0.1:0", metrics, asyncio.Event()) as service,
        grpc.aio.insecure_channel(f"127.0.0.1:{service.port}") as channel,
    ):
        stub = polygist_pb2_grpc.PolygistStub(channel)
        assert up() == set(TRANSLATORS)
        write_deployment(own, "moving", TRANSLATORS[:1])
        await service.reload()
        assert up() == {"into-german"}
        info = await stub.GetInfo(pb.GetInfoRequest())
        assert [(p.source_language, p.target_language) for p in info.pairs] == [("en", "de")]
        write_deployment(own, "moving", TRANSLATORS[::-1])
        await service.reload()
        assert up() == set(TRANSLATORS)
        asked = pb.TranslateRequest(texts=[TEXT], source_language="en", target_languages=["de"])
        # The first that has the pair, and that is another one now.
        assert [m.model for m in (await stub.Translate(asked)).models] == ["many"]


def test_a_profile_names_each_card_once(shelf: Shelf, tmp_path: Path) -> None:
    for names in ([], ["many", "many"]):
        write_deployment(tmp_path, "odd", names)
        with pytest.raises(CardInvalid, match="each once"):
            cards.load_profile("odd", shelf.models, tmp_path)
