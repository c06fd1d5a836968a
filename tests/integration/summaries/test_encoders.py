"""Sentence vectors and entailment in a profile: pulled from a stand-in of the Hub, built, and served by a real server
with a summary model whose words a test chooses."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoModel, AutoTokenizer

from polygist.client import Client
from polygist.document.parse import parse
from polygist.engines.process import ProcessEngine
from polygist.store.build import build
from polygist.store.cards import load_cards
from polygist.store.origins.hub import Hub
from polygist.store.pull import pull
from polygist.store.quiet import quiet
from polygist.store.sources import HUB
from polygist.summarize.focus import matches
from polygist.types import ModelInfo
from polygist.v1 import polygist_pb2 as pb
from tests import checkpoints
from tests.hub import HubStand
from tests.integration.summaries.conftest import SEQ2SEQ, Shelf, recorded, until
from tests.integration.summaries.test_hostile import ARTICLES, Answering

# Of each article a sentence in other words, which the rules find supported.
SAID = {
    "en": "Staff will be offered other jobs.",
    "de": "Das Bundesheer schickte Soldaten.",
    "uk": "Речник Кремля Пєсков розкритикував угоду.",
}
FOCUS = {"en": "Zwölfklang", "de": "Zwölfklang", "uk": "Дванадцятизвук"}


def judging(folder: Path, label: int) -> Path:
    """The folder of a model that says one label of everything."""
    checkpoints.bert_nli(folder)
    file = folder / "model.safetensors"
    weights = load_file(file)
    weights["classifier.bias"] = torch.eye(3)[label] * 40
    save_file(weights, file, {"format": "pt"})
    return folder


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubStand]:
    """A Hub with a model of vectors and, in another commit each, one of entailment that says one thing."""
    folder = tmp_path_factory.mktemp("hub")
    stand = HubStand()
    checkpoints.sentence_bert(folder / "vectors")
    stand.add("owner/vectors", folder / "vectors", **{"1_Pooling/config.json": b"{}"})
    for label, name in enumerate(("contradicts", "entails", "neither")):
        stand.add(f"owner/{name}", judging(folder / name, label))
    with stand.running():
        yield stand


@pytest.fixture(scope="module")
def answering(shelf: Shelf, hub: HubStand) -> Answering:
    """Cards over the Hub, pulled and built, profiles over them, and the summary model."""
    folder = shelf.place("written")
    checkpoints.bart(folder, positions=4096)
    shelf.profile("written", "seq2seq", SEQ2SEQ, window=4000, max_new_tokens=1900)
    tasks = {"vectors": "sentence-similarity"} | dict.fromkeys(
        ("contradicts", "entails", "neither"), "natural-language-inference"
    )
    with pytest.MonkeyPatch.context() as patch:
        made = lambda source, work: Hub(source.repo, source.revision, hub.endpoint)  # noqa: E731
        patch.setattr("polygist.store.pull.ORIGINS", {HUB: made})
        for name, task in tasks.items():
            more = 'pooling = "mean"\nunrelated = 0.1\n' if name == "vectors" else ""
            checkpoints.write_encoder(shelf.models, name, task, f'kind = "hub"\nrepo = "owner/{name}"', more, 120)
            card = load_cards(shelf.models)[name]
            pull(card, shelf.cache)
            assert (build(card, shelf.cache).hf / "modules.json").is_file() == (name == "vectors")
            if name != "vectors":
                names = {"vectors": "vectors", "entailment": name}
                checkpoints.write_deployment(shelf.models, f"with-{name}", ["gemma3-270m-embedded"], "written", **names)
    info = ModelInfo("written", "1", "0" * 64, "Apache-2.0", ("de", "en", "uk"), "scripted", "none")
    return Answering(Tokenizer.from_file(str(folder / "tokenizer.json")), info)


@pytest.fixture(scope="module")
def contradicted(shelf: Shelf, answering: Answering) -> Iterator[tuple[Client, list[ProcessEngine]]]:
    with pytest.MonkeyPatch.context() as patch:
        engines = recorded(patch, "encoder_maker")
        with shelf.serving("with-contradicts", lambda *_: answering) as client:
            yield client, engines


def parts(answer: Any) -> set[tuple[str, str]]:
    return {(m.part, m.model) for m in answer.models}


@pytest.mark.parametrize("code", ARTICLES)
def test_what_the_article_contradicts_is_replaced(
    contradicted: tuple[Client, Any], answering: Answering, code: str
) -> None:
    client, _ = contradicted
    answering.answer = SAID[code]
    made = client.digest(ARTICLES[code], source=code)
    doubts = [w.detail for w in made.warnings if w.type == pb.Warning.TYPE_UNSUPPORTED_STATEMENT]
    assert any("contradicts" in doubt for doubt in doubts), doubts
    assert not made.summary.lead_generated
    assert parts(made) == {("summary", "pacsum-tfidf"), ("vectors", "vectors"), ("entailment", "contradicts")}
    assert {m.id for m in client.info().models} >= {"vectors", "contradicts"}


@pytest.mark.parametrize("name", ["entails", "neither"])
def test_what_follows_stays(shelf: Shelf, answering: Answering, name: str) -> None:
    with shelf.serving(f"with-{name}", lambda *_: answering) as client:
        for code, text in ARTICLES.items():
            answering.answer = SAID[code]
            made = client.digest(text, source=code)
            details = " ".join(w.detail for w in made.warnings)
            assert made.summary.lead_generated == (name == "entails"), code
            assert ("does not say" in details) == (name == "neither"), code
            assert ("entailment", name) in parts(made)
            answering.answer = ARTICLES[code]  # its own sentences need no judge
            assert ("entailment", name) not in parts(client.digest(text, source=code))


@pytest.mark.parametrize("code", ARTICLES)
def test_a_focus_is_matched_by_vectors(shelf: Shelf, contradicted: tuple[Client, Any], code: str) -> None:
    """None of its words is in the article; the match is the cosine that transformers gives, from 0.1 on."""
    client, _ = contradicted
    article = parse(ARTICLES[code], code)
    options = pb.SummaryOptions(focus=FOCUS[code], method=pb.SUMMARY_METHOD_EXTRACTIVE)
    made = client.digest(ARTICLES[code], source=code, summary=options)
    sentences = [s.text for s in article.sentences]
    assert not matches(FOCUS[code], article.sentences, code).any()
    assert "TYPE_FOCUS_NOT_FOUND" not in {pb.Warning.Type.Name(w.type) for w in made.warnings}
    rows = reference(shelf, [*sentences, FOCUS[code]])
    near = np.clip((rows[:-1] @ rows[-1] - 0.1) / 0.9, 0, 1)
    places = {s.span.start: i for i, s in enumerate(article.sentences)}
    assert made.summary.key_points
    for point in made.summary.key_points:
        assert point.focus_score == pytest.approx(near[places[point.spans[0].offset]], abs=1e-4)


def reference(shelf: Shelf, texts: list[str]) -> Any:
    """Vectors of unit length by transformers alone."""
    (hf,) = (shelf.cache / "models").glob("vectors-*/hf")
    with quiet():
        model: Any = AutoModel.from_pretrained(hf, dtype=torch.float32).eval()
        tokenizer = AutoTokenizer.from_pretrained(hf)
    given = tokenizer(texts, return_tensors="pt", padding=True, return_token_type_ids=True)
    with torch.inference_mode():
        states, mask = model(**given).last_hidden_state, given["attention_mask"].unsqueeze(-1)
    return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1)).double().numpy()


def test_hostile_articles(contradicted: tuple[Client, Any]) -> None:
    """A sentence of a hundred thousand characters goes through in parts, and none of it is left out."""
    client, _ = contradicted
    options = pb.SummaryOptions(focus="[SEP] \u202e", method=pb.SUMMARY_METHOD_EXTRACTIVE)
    for text in ("\0 A.", "</s> [SEP] [PAD].", "1. 2. A.", "Brücke " * 14_000 + ".", "x" * 99_000):
        made = client.digest(text, source="de", summary=options)
        assert pb.Warning.TYPE_MODEL_FAILED not in {w.type for w in made.warnings}
        assert made.tokens.output == 0
    assert made.tokens.input > 0
    long = client.digest("Brücke " * 14_000 + ".", source="de", summary=options)
    assert long.tokens.input >= 14_000
    assert long.tokens.input < 121 * long.tokens.segments


def test_a_digest_without_vectors_where_their_model_died(
    shelf: Shelf, contradicted: tuple[Client, list[ProcessEngine]]
) -> None:
    client, engines = contradicted
    options = pb.SummaryOptions(focus=FOCUS["en"], method=pb.SUMMARY_METHOD_EXTRACTIVE)
    (hf,) = (shelf.cache / "models").glob("vectors-*/hf")
    away = hf.rename(hf.with_name("away"))
    os.kill(engines[0].pid, signal.SIGKILL)
    made = client.digest(ARTICLES["en"], source="en", summary=options)
    assert {w.type for w in made.warnings} >= {pb.Warning.TYPE_MODEL_FAILED, pb.Warning.TYPE_FOCUS_NOT_FOUND}
    assert ("vectors", "vectors") not in parts(made)
    away.rename(hf)

    def back() -> bool:
        answer = client.digest(ARTICLES["en"], source="en", summary=options)
        return ("vectors", "vectors") in parts(answer)

    until(back)
