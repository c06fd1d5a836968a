"""Cards of summary models, and what is built of them."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from polygist.errors import CardInvalid, ModelCorrupt, ModelError, ModelMissing
from polygist.store import cards, chat, models
from polygist.store.build import build
from polygist.store.cards import EmbeddedCard, load_card, load_cards, load_profile, load_summary_card
from polygist.store.summarizers import SummaryCard
from polygist.summarize.abstractive_codec import Codec, codec_of
from tests.checkpoints import write_profile
from tests.conftest import ROOT

PROMPTS = {"lead": "{text}", "headline": "In {language}: {text}"}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's folder with a card over a folder of files."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (source / name).write_text(name)
    write_profile(tmp_path / "own", "short", "seq2seq", source, PROMPTS)
    return tmp_path / "own"


def card_of(own: Path) -> SummaryCard:
    return load_summary_card("short", *cards.folders(own))


def edit(own: Path, old: str, new: str) -> None:
    path = own / "cards/short.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_own_cards_stand_beside_those_that_come_along(own: Path) -> None:
    folders = cards.folders(own)
    profile = load_profile("short", *folders)
    translation, summary = cards.cards_of(profile, *folders)
    assert (type(translation), type(summary)) == (EmbeddedCard, SummaryCard)
    assert summary.prompts.key_point == ""
    assert set(load_cards(*folders)) == {*load_cards(), "short"}


def test_a_card_of_another_task_is_none(own: Path) -> None:
    with pytest.raises(
        CardInvalid, match=r"unknown model card 'short' for translation; there are: .*gemma3-270m-embedded"
    ):
        load_card("short", *cards.folders(own))
    with pytest.raises(CardInvalid, match=r"'gemma3-270m-embedded' for summarization; there are: .*short"):
        load_summary_card("gemma3-270m-embedded", *cards.folders(own))


def test_paths_may_be_relative(own: Path) -> None:
    edit(own, str(own.parent / "source"), "../source")
    assert Path(card_of(own).source.path).resolve() == (own.parent / "source").resolve()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'task = "summarization"',
            'task = "poetry"',
            "'task' can't be 'poetry'; valid: natural-language-inference, sentence",
        ),
        ('family = "seq2seq"', 'family = "lstm"', "'family' can't be 'lstm'; valid: chat, seq2seq"),
        ('dtype = "float32"', 'dtype = "int3"', "'dtype' can't be 'int3'; valid: bfloat16, float32"),
        ("max_new_tokens = 60", "max_new_tokens = 0", "'max_new_tokens' must be 1 or more, got 0"),
        ("lead = '''{text}'''", "lead = '''text'''", "'prompts.lead' must hold text once"),
        ("lead = '''{text}'''", "lead = '''{text}{text}'''", "'prompts.lead' must hold text once"),
        ("lead = '''{text}'''", "lead = '''{text'''", "'prompts.lead' is no template"),
        ("lead = '''{text}'''", "lead = '''{text:>999999999}'''", "'prompts.lead' must hold text once"),
        ("lead = '''{text}'''", "lead = '''{text!r}'''", "'prompts.lead' must hold text once"),
        ("lead = '''{text}'''", 'lead = "{text}\\u0000"', "'prompts.lead' must hold text once"),
        ("In {language}", "In {tongue}", "'prompts.headline' must hold text once, and may hold language, sentences"),
        ('kind = "folder"', 'kind = "ftp"', "'source.kind' can't be 'ftp'; valid: archive, folder, hub, package-index"),
        ('kind = "folder"', 'kind = "hub"', "'source.repo' must be given where 'source.kind' is 'hub'"),
        ('"config.json"', '"../config.json"', "can't hold '../config.json'; valid are names"),
        ('"config.json"', '"modeling.py"', "can't hold 'modeling.py'; valid are names"),
        (
            '"tokenizer.json"',
            '"special.json"',
            "must hold one of sentencepiece.bpe.model, source.spm, spiece.model",
        ),
        (
            '"model.safetensors"',
            '"other.safetensors"',
            "must hold one of model.safetensors, model.safetensors.in",
        ),
        ('id = "short"', 'id = "../short"', "'id' must be letters, digits"),
        ('commercial = "yes"', 'commercial = "maybe"', "'maybe'; valid: no, unknown, yes"),
        ('name = "Apache', 'nam = "Apache', "unknown key 'licence.nam'"),
    ],
)
def test_a_wrong_card_names_file_and_key(own: Path, old: str, new: str, message: str) -> None:
    edit(own, old, new)
    with pytest.raises(CardInvalid, match=message) as error:
        card_of(own)
    assert str(own / "cards/short.toml") in str(error.value)


def test_a_build_is_a_checked_copy(own: Path, tmp_path: Path) -> None:
    card, cache = card_of(own), tmp_path / "cache"
    with pytest.raises(ModelMissing) as missing:
        models.require(card, cache, *cards.folders(own))
    assert missing.value.command == "polygist models build short"
    built = build(card, cache)
    assert sorted(built.manifest.files) == ["hf/config.json", "hf/model.safetensors", "hf/tokenizer.json"]
    assert built == models.require(card, cache)
    assert built.sha256(f"hf/{card.source.weights}") == card.source.files["model.safetensors"]


def test_a_file_that_is_not_what_the_card_says_is_refused(own: Path, tmp_path: Path) -> None:
    card = card_of(own)
    Path(card.source.path, "model.safetensors").write_text("other")
    with pytest.raises(ModelCorrupt, match=r"model.safetensors: the sha256 is"):
        build(card, tmp_path / "cache")
    Path(card.source.path, "model.safetensors").unlink()
    with pytest.raises(ModelCorrupt, match=r"model.safetensors is missing"):
        build(card, tmp_path / "cache")
    assert models.built(card, tmp_path / "cache") is None


def test_other_files_are_another_revision(own: Path) -> None:
    before = models.revision(card_of(own))
    edit(own, "max_new_tokens = 60", "max_new_tokens = 61")
    assert models.revision(card_of(own)) == before
    digest = card_of(own).source.files["config.json"]
    edit(own, digest, digest[::-1])
    assert models.revision(card_of(own)) != before


def test_disk_space_is_checked(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(ModelError, match="needs 0 MB of disk"):
        build(card_of(own), tmp_path / "cache")


def test_a_chat_needs_a_template(own: Path, tmp_path: Path) -> None:
    edit(own, 'family = "seq2seq"', 'family = "chat"')
    with pytest.raises(ModelCorrupt, match="the chat template can't be used"):
        build(card_of(own), tmp_path / "cache")
    with pytest.raises(ModelCorrupt, match="can't be read"):
        chat.read(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ('{"weight_map": {"a": "one.safetensors", "b": "pytorch_model.bin"}}', "names pytorch_model.bin, which"),
        ('{"weight_map": {"a": "../../other.safetensors"}}', "names ../../other.safetensors, which"),
        ('{"weight_map": {"a": "tokenizer.json"}}', "names tokenizer.json, which"),
        ('{"weight_map": [["a"]]}', "is no list of parts"),
        ("{}", "is no list of parts"),
        ("model", "is no list of parts"),
    ],
)
def test_parts_of_weights_are_those_of_the_card(tmp_path: Path, parts: str, message: str) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("config.json", "tokenizer.json", "one.safetensors"):
        (source / name).write_text(name)
    (source / "model.safetensors.index.json").write_text(parts)
    write_profile(tmp_path / "own", "short", "seq2seq", source, PROMPTS)
    with pytest.raises(ModelCorrupt, match=message):
        build(card_of(tmp_path / "own"), tmp_path / "cache")
    (source / "model.safetensors.index.json").write_text('{"weight_map": {"a": "one.safetensors"}}')
    write_profile(tmp_path / "own", "short", "seq2seq", source, PROMPTS)
    assert build(card_of(tmp_path / "own"), tmp_path / "cache").manifest.files["hf/one.safetensors"]


def test_what_a_folder_gives_must_fit_the_card(own: Path, tmp_path: Path) -> None:
    source, cache = own.parent / "source", tmp_path / "cache"

    def codec() -> Codec:
        write_profile(own, "short", "seq2seq", source, PROMPTS)
        card = card_of(own)
        return codec_of(card, build(card, cache))

    with pytest.raises(ModelCorrupt, match=r"config.json can't be read"):
        codec()
    for config, key, places in (
        ('{"max_position_embeddings": 399}', "window' is 400", 399),
        (
            '{"max_encoder_position_embeddings": 400, "max_decoder_position_embeddings": 59}',
            "max_new_tokens' is 60",
            59,
        ),
    ):
        (source / "config.json").write_text(config)
        with pytest.raises(CardInvalid, match=f"short: '{key}, the model has {places} positions"):
            codec()
    (source / "config.json").write_text('{"max_position_embeddings": 400}')
    with pytest.raises(ModelCorrupt, match=r"tokenizer.json can't be read"):
        codec()


def test_the_documented_cards_are_cards(tmp_path: Path) -> None:
    page = (ROOT / "docs/abstractive.md").read_text(encoding="utf-8")
    for text in re.findall(r"```toml\n(# (?:cards|profiles)/.*?)```", page, re.DOTALL):
        file = tmp_path / text.partition("\n")[0].removeprefix("# ")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text.replace('"..."', f'"{"0" * 64}"'), encoding="utf-8")
    profile = load_profile("news", *cards.folders(tmp_path))
    card = load_summary_card("distilbart-cnn", *cards.folders(tmp_path))
    assert profile.summary == card.id
    assert (card.window, card.prompts.headline, card.decoding.beam_size) == (1024, "", 4)
    # The prompts for an instruction model.
    (chat,) = re.findall(r"```toml\n(headline = .*?)```", page, re.DOTALL)
    file = tmp_path / "cards/distilbart.toml"
    text = re.sub(
        r"(?s)(\[prompts\][^\n]*\n).*?(?=\[source\])", lambda m: m[1] + chat, file.read_text(encoding="utf-8")
    )
    file.write_text(text, encoding="utf-8")
    prompts = load_summary_card("distilbart-cnn", *cards.folders(tmp_path)).prompts
    assert all("{text}" in prompt for prompt in (prompts.headline, prompts.lead, prompts.key_point))
