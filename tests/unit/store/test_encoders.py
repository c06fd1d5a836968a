"""Cards of encoders and profiles that name them."""

from pathlib import Path

import pytest

from polygist.errors import CardInvalid
from polygist.store import cards
from polygist.store.encoders import positions
from tests import checkpoints
from tests.stores import write_card

SOURCE = 'kind = "hub"\nrepo = "owner/encoder"'
VECTORS, ENTAILMENT = "sentence-similarity", "natural-language-inference"


@pytest.mark.parametrize(
    ("task", "more", "message"),
    [
        (VECTORS, "", "missing key 'pooling'"),
        (VECTORS, 'pooling = "max"', "'pooling' can't be 'max'; valid: cls, mean"),
        (VECTORS, 'pooling = "mean"\nunrelated = 1.0', "'unrelated' must be 0 to below 1, got 1.0"),
        (VECTORS, 'pooling = "mean"\nunrelated = nan', "'unrelated' must be 0 to below 1, got nan"),
        (VECTORS, 'pooling = "mean"\ndtype = "float16"', "'dtype' can't be 'float16'"),
        (ENTAILMENT, "least = 1.5", "'least' must be 0 to 1, got 1.5"),
        (ENTAILMENT, 'labels = { LABEL_0 = "yes" }', "'labels.LABEL_0' can't be 'yes'; valid: contradiction, ent"),
        (ENTAILMENT, 'pooling = "mean"', "unknown key 'pooling'"),
    ],
)
def test_a_wrong_card(tmp_path: Path, task: str, more: str, message: str) -> None:
    checkpoints.write_encoder(tmp_path, "encoder", task, SOURCE, more)
    with pytest.raises(CardInvalid, match=message):
        cards.load_cards(tmp_path)


def test_a_profile_names_them(tmp_path: Path) -> None:
    write_card(tmp_path, "short", SOURCE)
    checkpoints.write_encoder(tmp_path, "near", VECTORS, SOURCE, 'pooling = "cls"')
    checkpoints.write_encoder(tmp_path, "judge", ENTAILMENT, SOURCE)
    folders, translation = cards.folders(tmp_path), ["gemma3-270m-embedded"]
    checkpoints.write_deployment(tmp_path, "all", translation, "short", vectors="near", entailment="judge")
    found = cards.load_profile("all", *folders)
    assert found.cards == (*translation, "short", "near", "judge")
    assert [card.id for card in cards.cards_of(found, *folders)] == list(found.cards)
    checkpoints.write_deployment(tmp_path, "all", translation, "short", vectors="judge")
    with pytest.raises(CardInvalid, match=r"'vectors' can't be 'judge'; valid: .*near"):
        cards.load_profile("all", *folders)
    checkpoints.write_deployment(tmp_path, "all", translation, entailment="judge")
    with pytest.raises(CardInvalid, match="'entailment' needs a summary model"):
        cards.load_profile("all", *folders)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"model_type": "bert", "max_position_embeddings": 512, "pad_token_id": 0}, 512),
        ({"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1}, 512),
        ({"model_type": "mpnet", "max_position_embeddings": 514}, 512),
        ({"model_type": "deberta-v2", "max_position_embeddings": 512}, 512),
        ({"model_type": "bert"}, None),
        ({"model_type": ["bert"], "max_position_embeddings": "512"}, None),
    ],
)
def test_positions(config: dict[str, object], found: int | None) -> None:
    assert positions(config) == found
