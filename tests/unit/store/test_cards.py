"""Reading cards and profiles."""

import shutil
from pathlib import Path

import pytest

from polygist.errors import CardInvalid
from polygist.store.cards import (
    load_card,
    load_cards,
    load_embedded,
    load_profile,
    load_profiles,
    models_folder,
)

CARD = "gemma3-270m-embedded"
ADAPTER = load_embedded(CARD).adapter.sha256


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the cards and profiles, to be spoilt."""
    for part in ("cards", "profiles"):
        shutil.copytree(models_folder() / part, tmp_path / part)
    return tmp_path


def edit(folder: Path, old: str, new: str, file: str = "cards/embedded.toml") -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_embedded_card() -> None:
    card = load_embedded(CARD)
    assert set(card.directions) == {("en", "de"), ("en", "uk"), ("de", "en"), ("uk", "en")}
    assert dict(card.languages) == {"en": "English", "de": "German", "uk": "Ukrainian"}
    prompt = card.prompt_template.format(source="English", text="Rain.", target="German")
    assert prompt == "English: Rain.\nGerman:"
    assert (card.retry_decoding.beam_size, card.retry_decoding.no_repeat_ngram_size) == (4, 4)
    assert card.adapter.path.is_file()
    assert card.kept_ids.path.is_file()


def test_every_profile_names_a_card_that_exists() -> None:
    for profile in load_profiles().values():
        assert set(profile.translation) <= set(load_cards())


def test_cards_and_profiles_can_be_added(folder: Path) -> None:
    before = set(load_cards(folder))
    text = (folder / "cards/embedded.toml").read_text().replace(CARD, "other")
    (folder / "cards/other.toml").write_text(text)
    assert set(load_cards(folder)) == {*before, "other"}


def test_unknown_names_list_those_that_exist() -> None:
    with pytest.raises(CardInvalid, match=f"'nothing'.*{CARD}"):
        load_card("nothing")
    with pytest.raises(CardInvalid, match=r"'nothing'.*embedded"):
        load_profile("nothing")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("spdx =", "spdxx =", r"unknown key 'licence.spdxx'; valid keys: .*licence.spdx"),
        ('family = "gemma3-prompt"\n', "", "missing key 'family'"),
        ("beam_size = 1\n", "", "missing key 'decoding.beam_size'"),
        ("max_source_tokens = 96", 'max_source_tokens = "96"', "'max_source_tokens' must be a whole number, got '96'"),
        ("beam_size = 1", "beam_size = true", "'decoding.beam_size' must be a whole number, got True"),
        ('["en", "de"]', '["en"]', r"'directions\[0\]' must be a list of 2 values"),
        ('en = "English"', "en = 1", "'languages.en' must be a string, got 1"),
        ('["en", "de"]', '["en", "fr"]', "'fr'; valid: de, en, uk"),
        ('commercial = "unknown"', 'commercial = "maybe"', "'maybe'; valid: no, unknown, yes"),
        ("en-uk = 0", "en-fr = 0", r"'calibration.constants' must have the directions, got de-en, en-de, en-fr, uk-en"),
        ("{target}:", ":", "'prompt_template' must hold source, target, text, got source, text"),
        (f'sha256 = "{ADAPTER}', f'sha256 = "{ADAPTER[1:]}', "'adapter.sha256' must be 64"),
        ("id =", "id", "can't be read"),
    ],
)
def test_a_wrong_card_names_file_and_key(folder: Path, old: str, new: str, message: str) -> None:
    edit(folder, old, new)
    with pytest.raises(CardInvalid, match=message) as error:
        load_cards(folder)
    assert str(folder / "cards/embedded.toml") in str(error.value)


def test_ids_are_unique(folder: Path) -> None:
    shutil.copy(folder / "cards/embedded.toml", folder / "cards/twin.toml")
    with pytest.raises(CardInvalid, match="taken by another card"):
        load_cards(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('summary = "extractive"', 'summary = "magic"', "'magic'; valid: .*extractive"),
        ('name = "embedded"', 'name = "other"', "'embedded', got 'other'"),
        (CARD, "nothing", "unknown model card 'nothing'"),
        ("summary", "sumary", "unknown key 'sumary'"),
    ],
)
def test_a_wrong_profile(folder: Path, old: str, new: str, message: str) -> None:
    edit(folder, old, new, "profiles/embedded.toml")
    with pytest.raises(CardInvalid, match=message):
        load_profile("embedded", folder)
