"""Marians that were taught something, from their files to text: what the codec asks and reads is what the model knows,
on both engines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from polygist.engines.base import GREEDY, Decoding, Engine, generate
from polygist.engines.batching import Bounds
from polygist.engines.devices import Seat
from polygist.engines.loading import load_engine
from polygist.store.build import build
from polygist.store.cards import load_card
from polygist.translate.codecs import Codec, codec_of
from tests.checkpoints import trained, write_translator

BEAM = Decoding(beam_size=3)


@dataclass(frozen=True)
class Model:
    """A built model on an engine."""

    codec: Codec
    engine: Engine

    def translate(self, texts: list[str], target: str, how: Decoding = GREEDY) -> list[str]:
        """English texts, all at once: they have one prefix."""
        prompts = [self.codec.encode(text, "en", target) for text in texts]
        limits = [self.codec.max_new_tokens(len(prompt.ids)) for prompt in prompts]
        made = generate(self.engine, [p.ids for p in prompts], limits, how, prompts[0].prefix)
        return [self.codec.decode(answer.tokens) for answer in made]


def models(family: str, folder: Path, place: Path, engine: str) -> Iterator[Model]:
    write_translator(place, "taught", family, folder, [("en", "de"), ("en", "uk")])
    card = load_card("taught", place)
    built = build(card, place / "cache")
    loaded = load_engine(built, card, engine, Seat(1), Bounds(16, 4096))
    yield Model(codec_of(card, built), loaded)
    loaded.close()


def taught(name: str) -> Any:
    """A fixture: that checkpoint on each engine."""

    @pytest.fixture(scope="module", params=["ct2", "torch"], name=name)
    def model(
        request: pytest.FixtureRequest, checkpoint: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[Model]:
        yield from models("marian", checkpoint(name), tmp_path_factory.mktemp(name), request.param)

    return model


opus, copier = taught("opus"), taught("copier")


@pytest.mark.parametrize("how", [GREEDY, BEAM], ids=["greedy", "beam"])
@pytest.mark.parametrize("target", ["de", "uk"])
def test_phrases_that_it_learnt_are_translated(opus: Model, target: str, how: Decoding) -> None:
    rows = [row for row in trained.phrases() if row["target"] == target]
    made = opus.translate([row["text"] for row in rows], target, how)
    wrong = [one for one, row in zip(made, rows, strict=True) if one != row["translation"]]
    assert len(wrong) <= len(rows) // 10, wrong


def test_the_token_of_the_target_decides(opus: Model) -> None:
    both = {row["text"] for row in trained.phrases() if row["target"] == "de"} & {
        row["text"] for row in trained.phrases() if row["target"] == "uk"
    }
    known = {(row["text"], row["target"]): row["translation"] for row in trained.phrases()}
    text = min(both)
    assert opus.translate([text], "de") == [known[text, "de"]]
    assert opus.translate([text], "uk") == [known[text, "uk"]]


@pytest.mark.parametrize("how", [GREEDY, BEAM], ids=["greedy", "beam"])
@pytest.mark.parametrize("target", ["de", "uk"])
def test_words_are_copied_and_turned_round_as_the_token_says(copier: Model, target: str, how: Decoding) -> None:
    """Words in an order that it never saw: an answer comes of what was asked, not of what was learnt by heart."""
    rows = [(text, answer) for text, asked, answer in trained.unseen(60) if asked == target]
    made = copier.translate([text for text, _ in rows], target, how)
    right = [one for one, (_, answer) in zip(made, rows, strict=True) if one == answer]
    assert len(right) >= 0.8 * len(rows), made
