"""The cards that come with polygist, each pulled from a Hub that has a tiny twin of its model, and built."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from polygist.store import cards, origins
from polygist.store.build import build
from polygist.store.cards import Card
from polygist.store.consent import Allowed
from polygist.store.origins.hub import Hub
from polygist.store.pull import pull
from polygist.store.sources import ModelSource
from polygist.translate.codecs import codec_of
from tests.hub import HubStand
from tests.stores import assert_sound

TWINS = {
    "opus-mt-en-de": "marian",
    "opus-mt-tc-big-en-zle": "zle",
    "nllb-200-distilled-600m": "nllb",
    "madlad400-3b-mt": "madlad",
    "translategemma-4b-it": "translategemma",
    "distilbart-cnn-12-6": "bart",
    "mt5-xlsum": "mt5",
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubStand]:
    """What this process pulls from."""
    stand = HubStand()
    made = lambda source, work: Hub(source.repo, source.revision, stand.endpoint)  # noqa: E731
    monkeypatch.setattr("polygist.store.pull.ORIGINS", {**origins.ORIGINS, "hub": made})
    with stand.running():
        yield stand


@pytest.mark.parametrize(("id", "maker"), TWINS.items())
def test_a_card_that_comes_along(
    hub: HubStand, checkpoint: Callable[[str], Path], tmp_path: Path, id: str, maker: str
) -> None:
    card = cards.load_cards()[id]
    assert isinstance(card.source, ModelSource)
    hub.add(card.source.repo, checkpoint(maker))
    pin = pull(card, tmp_path, Allowed(licence=card.licence.commercial == "no"))
    assert pin
    built = build(card, tmp_path)
    assert built.has("ct2/model.bin") == (getattr(card, "engine", "") in ("", "ct2"))
    assert {f"hf/{name}" for name in pin.files} <= set(built.manifest.files)
    if isinstance(card, Card):
        short = dataclasses.replace(card, window=200, max_source_tokens=100)  # a twin has fewer positions
        assert codec_of(short, built).count("Rain over the town.") > 1
    assert_sound(tmp_path)
