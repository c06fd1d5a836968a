"""Names typed by a token classifier, through a real server; the model is a tiny BERT that is taught three articles."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from polygist.client import Client
from polygist.document.parse import parse
from polygist.engines.process import ProcessEngine
from polygist.store import models
from polygist.store.build import build
from polygist.store.cards import load_recognizer_card
from polygist.store.quiet import quiet
from polygist.summarize.entities import sentences_of
from polygist.summarize.entity_codec import codec_of
from polygist.v1 import polygist_pb2 as pb
from tests import checkpoints
from tests.integration.serving.stand import INFO
from tests.integration.summaries.conftest import Shelf, recorded, until

LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC", "B-DATE", "I-DATE")
ARTICLES = {
    "en": (
        "Rescue ship back in port\n\nThe ship of Sea Watch North reached Malta on Monday. Captain Ines Moreau said "
        "that the crew was tired. Moreau thanked the harbour office. Twelve people went to a clinic in Valletta. The "
        "Maltese parliament reads Sea Watch North's report next week."
    ),
    "de": (
        "Brücke in Seeberg gesperrt\n\nDie Brücke in Seeberg bleibt bis Montag gesperrt. Das teilte Bürgermeisterin "
        "Anna Vogel mit. Vogel sprach von einem Riss im Beton. Die Firma Tiefbau Kern soll den Schaden prüfen. Er wird "
        "jetzt über Esslingen umfahren."
    ),
    "uk": (
        "У Калуші відкрили школу\n\nУ Калуші в понеділок відкрили нову школу. Мерка Оксана Гринюк подякувала "
        "будівельникам. Гринюк сказала, що на це пішло два роки. Гроші дала Спілка вчителів Прикарпаття. Першими до "
        "класів зайшли учні Оксани Гринюк."
    ),
}
NAMES = {
    "PER": ("Ines Moreau", "Moreau", "Anna Vogel", "Vogel", "Оксана Гринюк", "Оксани Гринюк", "Гринюк"),
    "ORG": ("Sea Watch North", "Tiefbau Kern", "Спілка вчителів Прикарпаття"),
    "LOC": ("Malta", "Valletta", "Seeberg", "Esslingen", "Калуші"),
    "MISC": ("Maltese",),
    "DATE": ("Monday", "Montag", "понеділок"),
}
Types = dict[str, str]


def lessons(codec: Any) -> list[tuple[tuple[int, ...], list[int]]]:
    """The windows that the service makes of the articles, and the label of each first token; of the others any."""
    rows = []
    for code, text in ARTICLES.items():
        found = {
            start: (start + len(name), type)
            for type, names in NAMES.items()
            for name in sorted(names, key=len)  # "Moreau" gives way to "Ines Moreau", not the other way round
            for start in _places(text, name)
        }
        inside = [(start, *rest) for start, rest in found.items()]
        for (window,) in codec.windows(text, sentences_of(parse(text, code))):
            labels = [-100] * len(window.ids)
            for word, first in zip(window.words, window.firsts, strict=True):
                entity = min(((s, t) for s, e, t in inside if s <= word.start < e), default=None)
                label = "O" if entity is None else ("B-" if entity[0] == word.start else "I-") + entity[1]
                labels[first] = LABELS.index(label)
            rows.append((window.ids, labels))
    return rows


def _places(text: str, name: str) -> Iterator[int]:
    at = text.find(name)
    while at >= 0:
        yield at
        at = text.find(name, at + 1)


@pytest.fixture(scope="module")
def taught(shelf: Shelf) -> str:
    """A profile whose model of entities knows three articles."""
    name = "taught-entities"
    folder = shelf.place(name)
    model = checkpoints.bert(folder, list(ARTICLES.values()), LABELS)
    checkpoints.write_entities(shelf.models, name, folder)
    card = load_recognizer_card(name, shelf.models)
    codec = codec_of(card, build(card, shelf.cache))
    with quiet():
        assert checkpoints.train_tagger(model, folder, lessons(codec), 400) < 0.05
    checkpoints.write_entities(shelf.models, name, folder)
    build(load_recognizer_card(name, shelf.models), shelf.cache)
    return name


@dataclass
class Served:
    """A server with that model in a process of its own; the processes, the youngest last."""

    client: Client
    engines: list[ProcessEngine]


@pytest.fixture(scope="module")
def served(shelf: Shelf, taught: str) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        engines: list[ProcessEngine] = recorded(patch, "encoder_maker")
        with shelf.serving(taught) as client:
            yield Served(client, engines)


def types(answer: Any) -> Types:
    """The types of the names, in small letters."""
    return {
        m.name: pb.Mention.EntityType.Name(m.entity_type).removeprefix("ENTITY_TYPE_").lower()
        for m in answer.summary.mentions
    }


WANTED = {
    "en": {
        "Sea Watch North": "organization",
        "Ines Moreau": "person",
        "Malta": "location",
        "Valletta": "location",
        "Maltese": "other",
    },
    "de": {"Anna Vogel": "person", "Seeberg": "location", "Tiefbau Kern": "organization", "Esslingen": "location"},
    "uk": {"Оксана Гринюк": "person", "Калуш": "location", "Спілка вчителів Прикарпаття": "organization"},
}


@pytest.mark.parametrize("code", ARTICLES)
def test_names_have_types(served: Served, code: str) -> None:
    """Also those that the rules do not find, or find a part of: Seeberg, Esslingen, Tiefbau, Спілка."""
    text = ARTICLES[code]
    made = served.client.digest(text, source=code)
    assert types(made) == WANTED[code]
    for mention in made.summary.mentions:
        assert mention.count == len(mention.spans)
        for span in mention.spans:
            assert text[span.offset : span.offset + span.length] in {n for names in NAMES.values() for n in names}
    assert ("mentions", "taught-entities") in {(m.part, m.model) for m in made.models}
    assert made.tokens.segments == len(parse(text, code).sentences) + 1
    assert made.tokens.output == 0


def test_short_forms_and_kinds(served: Served) -> None:
    mentions = {m.name: m for m in served.client.digest(ARTICLES["en"], source="en").summary.mentions}
    assert (mentions["Ines Moreau"].count, mentions["Ines Moreau"].kind) == (2, pb.Mention.KIND_PERSON)
    assert (mentions["Sea Watch North"].count, mentions["Sea Watch North"].kind) == (2, pb.Mention.KIND_ORGANIZATION)
    assert mentions["Valletta"].kind == pb.Mention.KIND_PLACE
    assert mentions["Maltese"].kind == pb.Mention.KIND_UNSPECIFIED


def test_summaries_streams_and_translations_have_them_too(served: Served) -> None:
    made = served.client.digest(ARTICLES["en"], ["de"], source="en")
    assert served.client.summarize(ARTICLES["en"], source="en").summary == made.summary
    assert list(made.translations[0].summary.mentions) == list(made.summary.mentions)
    parts = list(served.client.stream_digest(pb.DigestRequest(article=pb.Article(text=ARTICLES["en"]))))
    assert list(map(types, parts[1:2])) == [WANTED["en"]]
    assert {m.id for m in served.client.info().models} == {INFO.id, "taught-entities"}


def test_a_sentence_without_end_goes_through_in_parts(served: Served) -> None:
    made = served.client.digest("Malta " + "and then " * 2_000 + "Valletta" + "x" * 50_000 + ". 12. 30.", source="en")
    assert made.tokens.segments > 20
    assert made.tokens.input < 64 * made.tokens.segments + 1


def test_names_without_types_where_the_model_died(shelf: Shelf, served: Served, taught: str) -> None:
    hf = models.folder(load_recognizer_card(taught, shelf.models), shelf.cache) / "hf"
    away = hf.rename(hf.with_name("away"))
    os.kill(served.engines[-1].pid, signal.SIGKILL)
    for code, text in ARTICLES.items():
        made = served.client.digest(text, source=code)
        (warning,) = [w for w in made.warnings if w.type == pb.Warning.TYPE_MODEL_FAILED]
        assert warning.where == "summary.mentions"
        assert set(types(made).values()) == {"unspecified"}
        assert "mentions" not in {m.part for m in made.models}
    away.rename(hf)
    until(lambda: types(served.client.digest(ARTICLES["de"], source="de")) == WANTED["de"])
