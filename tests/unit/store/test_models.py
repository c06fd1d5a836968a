"""Built models and their manifests."""

import dataclasses
from pathlib import Path

import pytest

from polygist.errors import ModelCorrupt, ModelMissing
from polygist.store import manifest as manifests
from polygist.store.cards import EmbeddedCard, load_embedded
from polygist.store.models import CT2_WEIGHTS, built, folder, require, revision


@pytest.fixture
def card() -> EmbeddedCard:
    return load_embedded("gemma3-270m-embedded")


@pytest.fixture
def model(card: EmbeddedCard, tmp_path: Path) -> Path:
    """A folder in the cache that looks like a built model."""
    place = folder(card, tmp_path)
    for name in ("hf/model.safetensors", "hf/tokenizer.json", CT2_WEIGHTS):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(name.encode())
    manifests.Manifest(card.id, revision(card), "2026-01-01", {"torch": "2"}, manifests.record(place)).write(place)
    return place


def test_absent_model_names_the_command(card: EmbeddedCard, tmp_path: Path) -> None:
    assert built(card, tmp_path) is None
    with pytest.raises(ModelMissing, match=card.id) as missing:
        require(card, tmp_path)
    assert missing.value.command == "polygist models build embedded"


def test_present_model(card: EmbeddedCard, model: Path, tmp_path: Path) -> None:
    found = require(card, tmp_path)
    assert found == built(card, tmp_path)
    assert (found.path, found.ov, found.ct2, found.hf, found.tokenizer) == (
        model,
        model / "ov",
        model / "ct2",
        model / "hf",
        model / "hf/tokenizer.json",
    )
    assert found.revision == revision(card)
    assert found.sha256(CT2_WEIGHTS) == manifests.sha256(model / CT2_WEIGHTS)
    assert manifests.verify(model) == found.manifest


def test_revision_follows_what_makes_the_weights(card: EmbeddedCard) -> None:
    other = dataclasses.replace(card.adapter, sha256="0" * 64)
    assert len(revision(card)) == 12
    assert revision(dataclasses.replace(card, adapter=other)) != revision(card)
    assert revision(dataclasses.replace(card, quantization="float32")) != revision(card)
    assert revision(dataclasses.replace(card, max_source_tokens=1)) == revision(card)


def test_verify_names_changed_files(card: EmbeddedCard, model: Path, tmp_path: Path) -> None:
    content = (model / CT2_WEIGHTS).read_bytes()
    (model / CT2_WEIGHTS).write_bytes(b"x" * len(content))
    require(card, tmp_path)  # sizes alone don't show it
    with pytest.raises(ModelCorrupt, match=CT2_WEIGHTS) as corrupt:
        manifests.verify(model)
    assert "tokenizer" not in str(corrupt.value)


def test_short_and_missing_files_show_at_once(card: EmbeddedCard, model: Path, tmp_path: Path) -> None:
    (model / CT2_WEIGHTS).write_bytes(b"")
    with pytest.raises(ModelCorrupt, match=CT2_WEIGHTS):
        require(card, tmp_path)
    (model / CT2_WEIGHTS).unlink()
    with pytest.raises(ModelCorrupt, match=f"missing are {CT2_WEIGHTS}"):
        manifests.verify(model)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": {}}', '{"files": {"a": {}}}'])
def test_unreadable_manifest(card: EmbeddedCard, model: Path, tmp_path: Path, content: str) -> None:
    (model / manifests.NAME).write_text(content)
    with pytest.raises(ModelCorrupt, match=r"manifest.json can't be read"):
        require(card, tmp_path)
