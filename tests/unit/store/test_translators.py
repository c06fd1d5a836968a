"""Cards of models that translate, of any family."""

from itertools import permutations
from pathlib import Path

import pytest

from polygist.errors import CardInvalid
from polygist.store import cards, models
from polygist.store.cards import ModelCard, load_card, load_profile
from tests.checkpoints.cards import write_deployment, write_translator

PAIRS = [("en", "uk"), ("en", "de")]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's folder with a card over a folder of files."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("config.json", "source.spm", "target.spm", "vocab.json", "model.safetensors"):
        (source / name).write_text(name)
    write_translator(tmp_path / "own", "big", "marian", source, PAIRS, words={"en": "", "uk": ">>ukr<<", "de": ""})
    return tmp_path / "own"


def edit(own: Path, old: str, new: str) -> None:
    path = own / "cards/big.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_card_without_calibration_and_engine(own: Path) -> None:
    card = load_card("big", own)
    assert isinstance(card, ModelCard)
    assert (card.pairs, card.languages["uk"]) == (tuple(PAIRS), ">>ukr<<")
    assert (card.calibration, card.engine, card.window) == (None, "", None)


def test_any_pair_is_every_pair_of_the_languages(own: Path) -> None:
    edit(own, "directions = [['en', 'uk'], ['en', 'de']]", "any_pair = true")
    assert load_card("big", own).pairs == tuple(permutations(("en", "uk", "de"), 2))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('family = "marian"', 'family = "marion"', "'family' can't be 'marion'; valid: .*madlad, marian, mbart50"),
        ('family = "marian"\n', "", "missing key 'family'"),
        ('engine = ""', 'engine = "openvino"', "'engine' can't be 'openvino'; valid: , ct2, torch"),
        ('"float32"', '"int4"', "'quantization' can't be 'int4'; valid: .*int8_float16"),
        ("['en', 'uk']", "['en', 'fr']", "'fr'; valid: de, en, uk"),
        ("['en', 'uk']", "['en', 'en']", r"can't hold \['en', 'en'\]"),
        ("['en', 'uk']", "['en', 'de']", r"can't hold \['en', 'de'\]: it repeats"),
        ("directions = [['en', 'uk'], ['en', 'de']]", "", "give either 'directions' or 'any_pair = true'"),
        ("[languages]", "any_pair = true\n[languages]", "give either 'directions' or 'any_pair = true'"),
        ("max_source_tokens = 100", "max_source_tokens = 0", "'max_source_tokens' must be above 0"),
        ("[languages]", "window = 100\n[languages]", "'max_source_tokens' must be below 'window', 100"),
        ("[languages]", 'prompt_template = "{tongue}"\n[languages]', "'prompt_template' must hold text, got tongue"),
        ("[languages]", 'prompt_template = "{text}{text}"\n[languages]', "'prompt_template' must hold text, got"),
        ("[languages]", 'prompt_template = "{text:>99}"\n[languages]', "'prompt_template' must hold text"),
        ("[languages]", 'prompt_template = "{text"\n[languages]', "'prompt_template' is no template"),
        ('"source.spm"', '"source.txt"', "must hold one of"),
        ('"model.safetensors"', '"other.safetensors"', "must hold one of"),
        ('commercial = "yes"', 'commercial = "maybe"', "'maybe'; valid: no, unknown, yes"),
    ],
)
def test_a_wrong_card_names_file_and_key(own: Path, old: str, new: str, message: str) -> None:
    edit(own, old, new)
    if "source.txt" in new:
        edit(own, '"vocab.json"', '"other.json"')
    with pytest.raises(CardInvalid, match=message) as error:
        load_card("big", own)
    assert str(own / "cards/big.toml") in str(error.value)


def test_what_is_converted_is_part_of_the_revision(own: Path) -> None:
    before = models.revision(load_card("big", own))
    edit(own, "max_length_ratio = 1.5", "max_length_ratio = 1.6")
    assert models.revision(load_card("big", own)) == before
    edit(own, '"float32"', '"int8"')
    changed = models.revision(load_card("big", own))
    assert changed != before
    edit(own, 'engine = ""', 'engine = "ct2"')
    assert models.revision(load_card("big", own)) == changed
    edit(own, 'engine = "ct2"', 'engine = "torch"')
    assert models.revision(load_card("big", own)) != changed


def test_a_profile_may_name_several_cards(own: Path) -> None:
    write_deployment(own, "two", ["big", "gemma3-270m-embedded"])
    folders = cards.folders(own)
    profile = load_profile("two", *folders)
    assert profile.translation == ("big", "gemma3-270m-embedded")
    assert [card.id for card in cards.cards_of(profile, *folders)] == list(profile.translation)
    write_deployment(own, "two", ["big", "nothing"])
    with pytest.raises(CardInvalid, match="unknown model card 'nothing'"):
        load_profile("two", *folders)


@pytest.mark.parametrize("profile", ["opus", "opus-big", "nllb-600m", "nllb-1.3b", "madlad-3b", "translategemma-4b"])
def test_profiles_translate_between_all_languages(profile: str) -> None:
    found = [load_card(id) for id in load_profile(profile).translation]
    pairs = {pair for card in found for pair in card.pairs}
    assert pairs == set(permutations(("de", "en", "uk"), 2))
    assert all(card.facts.unverified for card in found)
