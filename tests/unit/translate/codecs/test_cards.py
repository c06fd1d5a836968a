"""What a card may say, and what is told of one that does not fit its model."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store import chat
from polygist.translate.codecs import FAMILIES, codec_of
from tests.conftest import ROOT
from tests.unit.translate.codecs.conftest import Pair, built, card
from tests.unit.translate.codecs.families import CASES

Checkpoint = Callable[[str], Path]
Pairs = Callable[[str], Pair]

# For a family, words that a card may have of its own, and what they mean.
WORDS = {
    "m2m100": [{"en": "en", "uk": "uk"}, {"en": "__en__", "uk": "__uk__"}, {"en-GB": "", "uk-UA": ""}],
    "small100": [{"en": "en", "uk": "uk"}, {"en": "__en__", "uk": "__uk__"}, {"en-GB": "", "uk-UA": ""}],
    "nllb": [{"en": "eng_Latn", "uk": "ukr_Cyrl"}, {"en-GB": "", "uk-UA": ""}],
    "mbart50": [{"en": "en_XX", "uk": "uk_UA"}, {"en-GB": "", "uk-UA": ""}],
    "madlad": [{"en": "en", "uk": "uk"}, {"en": "<2en>", "uk": "<2uk>"}, {"en-GB": "", "uk-UA": ""}],
    "zle": [{"en": "", "uk": ">>ukr<<"}, {"en-GB": "", "uk-UA": ""}],
    "t5": [{"en": "English", "uk": "Ukrainian"}],
    "gemma": [{"en": "English", "uk": "Ukrainian"}],
}


def test_there_is_a_case_for_every_family() -> None:
    assert {case.family for case in CASES.values()} | {"gemma3-prompt"} == set(FAMILIES)


@pytest.mark.parametrize("name", WORDS)
def test_a_card_may_have_words_of_its_own(checkpoint: Checkpoint, pairs: Pairs, tmp_path: Path, name: str) -> None:
    case, usual = CASES[name], pairs(name).codec.encode("One.", "en", "uk")
    for i, words in enumerate(WORDS[name]):
        model = built(tmp_path / str(i), checkpoint(case.checkpoint))
        if case.family == "chat":
            chat.write(model.hf, model.chat)
        source, target = words
        given = card(case.family, words, **{**case.card, "pairs": ((source, target),)})
        assert codec_of(given, model).encode("One.", source, target) == usual


def test_words_and_bounds_of_a_card_are_among_the_facts(checkpoint: Checkpoint, tmp_path: Path) -> None:
    model = built(tmp_path / "model", checkpoint("nllb"))
    made = [
        codec_of(one, model).facts
        for one in (
            card("nllb"),
            card("nllb", {"en": "", "uk": ""}),
            card("nllb", {"en": "", "uk": "rus_Cyrl"}),
            card("nllb", max_source_tokens=50),
            card("nllb", max_length_ratio=2.2),
            card("nllb", window=250),
        )
    ]
    assert len(set(made)) == len(made)


def test_an_unknown_family_is_told_the_others(checkpoint: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(CardInvalid, match=r"unknown family 'bergamot'; there are: .*marian"):
        codec_of(card("bergamot"), built(tmp_path / "model", checkpoint("marian")))


@pytest.mark.parametrize(
    ("family", "languages", "message"),
    [
        ("nllb", {"en": "", "tlh": ""}, "no word for the language 'tlh'"),
        ("nllb", {"en": "", "sr-Latn": ""}, "no word for the language 'sr-Latn'"),
        ("nllb", {"en": "eng_latn"}, "no token 'eng_latn' for 'en'"),
        ("m2m100", {"en": "", "eo": ""}, "no word for the language 'eo'"),
        ("m2m100", {"en": "eng"}, "no token 'eng' for 'en'"),
        ("mbart50", {"en": "", "el": ""}, "no word for the language 'el'"),
        ("madlad", {"en": "", "fr": ""}, "no word for the language 'fr'"),
        ("marian", {"en": "", "uk": ">>ukr<<"}, "no token '>>ukr<<' for 'uk'"),
    ],
)
def test_a_language_that_a_model_lacks_is_named(
    checkpoint: Checkpoint, tmp_path: Path, family: str, languages: dict[str, str], message: str
) -> None:
    with pytest.raises(CardInvalid, match=message):
        codec_of(card(family, languages, pairs=(("en", "uk"),)), built(tmp_path / "model", checkpoint(family)))


def test_a_model_of_several_targets_needs_a_token_for_each(checkpoint: Checkpoint, tmp_path: Path) -> None:
    model = built(tmp_path / "model", checkpoint("zle"))
    codec_of(card("marian", {"en": "", "uk": "", "be": ""}, pairs=(("en", "uk"), ("en", "be"))), model)
    with pytest.raises(CardInvalid, match="no token for 'de', and it writes several"):
        codec_of(card("marian", {"en": "", "uk": "", "de": ""}, pairs=(("en", "uk"), ("en", "de"))), model)


@pytest.mark.parametrize(
    ("family", "files"),
    [
        ("marian", ("vocab.json", "source.spm", "target.spm")),
        ("m2m100", ("vocab.json", "sentencepiece.bpe.model")),
        ("nllb", ("tokenizer.json", "tokenizer_config.json")),
        ("mt5", ("spiece.model",)),
        ("qwen3", ("tokenizer.json",)),
    ],
)
def test_a_broken_or_missing_file_is_named(
    checkpoint: Checkpoint, tmp_path: Path, family: str, files: tuple[str, ...]
) -> None:
    case = CASES[family]
    for i, name in enumerate(files):
        model = built(tmp_path / str(i), checkpoint(case.checkpoint), (name,))
        (model.path / "chat.json").write_text('{"before": "", "after": ""}', encoding="utf-8")
        (model.hf / name).write_bytes(b"\x00{]")
        with pytest.raises(ModelCorrupt, match=name):
            codec_of(card(case.family, **case.card), model)
    if family != "nllb":
        (model.hf / name).unlink()
        with pytest.raises(ModelCorrupt, match=name):
            codec_of(card(case.family, **case.card), model)


def test_what_a_tokenizer_cuts_off_by_itself_is_kept(checkpoint: Checkpoint, pairs: Pairs, tmp_path: Path) -> None:
    model = built(tmp_path / "model", checkpoint("nllb"), ("tokenizer.json",))
    table = json.loads((checkpoint("nllb") / "tokenizer.json").read_text(encoding="utf-8"))
    table["truncation"] = {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    table["padding"] = {"strategy": {"Fixed": 9}, "direction": "Right", "pad_id": 1, "pad_type_id": 0, "pad_token": "?"}
    model.tokenizer.write_text(json.dumps(table | {"padding": None}), encoding="utf-8")
    text = "A sentence of more than four tokens."
    assert codec_of(card("nllb"), model).encode(text, "en", "uk") == pairs("nllb").codec.encode(text, "en", "uk")


def test_marian_with_a_vocabulary_for_each_side(checkpoint: Checkpoint, pairs: Pairs, tmp_path: Path) -> None:
    model = built(tmp_path / "model", checkpoint("marian"))
    vocabulary = json.loads((model.hf / "vocab.json").read_text(encoding="utf-8"))
    turned = {piece: len(vocabulary) - 1 - id for piece, id in vocabulary.items()}
    (model.hf / "target_vocab.json").write_text(json.dumps(turned), encoding="utf-8")
    codec, other = codec_of(card("marian", pairs=(("en", "uk"),)), model), pairs("marian").codec
    ids = other.encode("Він з'їв яблуко.", "en", "uk").ids
    assert codec.encode("Він з'їв яблуко.", "en", "uk").ids == ids
    assert codec.decode([len(vocabulary) - 1 - id for id in ids]) == "Він з'їв яблуко."


@pytest.mark.parametrize("name", CASES)
def test_usual_forms(pairs: Pairs, name: str) -> None:
    codec = pairs(name).codec
    assert codec.usual("THE") == "the"
    assert codec.usual("McDonald") == "McDonald"
    assert codec.usual("\u200b") == "\u200b"
    for word in ("", "UND", "ТА", "ЇЖАК"):
        assert codec.usual(word).lower() == word.lower()


@pytest.mark.parametrize("name", CASES)
def test_an_answer_may_be_as_long_as_the_ratio_says(pairs: Pairs, name: str) -> None:
    codec = pairs(name).codec
    for text in ("One.", "One sentence and another one. " * 5):
        prompt, own = len(codec.encode(text, "en", "uk").ids), codec.count(text)
        # Around a text tokens may join, so that they are fewer.
        assert 2 * own - 4 <= codec.max_new_tokens(prompt) - 12 <= 2 * (own + 20)


def test_a_template_that_knows_the_languages_is_rendered_for_each_pair(checkpoint: Checkpoint, tmp_path: Path) -> None:
    model = built(tmp_path / "model", checkpoint("translategemma"))
    chat.write_pairs(model.hf, model.chat, [("en-GB", "uk"), ("de", "en-GB")], {"en-GB": "en", "uk": "", "de": ""})
    found = chat.read_pairs(model.chat)
    before, after = found["en-GB", "uk"]
    assert before.endswith("translate the following English text into Ukrainian:\n\n\n")
    assert after == "<end_of_turn>\n<start_of_turn>model\n"
    assert set(found) == {("en-GB", "uk"), ("de", "en-GB")}
    with pytest.raises(ModelCorrupt, match="lacks uk-de"):
        codec_of(card("translategemma", {"en-GB": "", "uk": "", "de": ""}, pairs=(("uk", "de"),)), model)


def test_a_template_that_does_not_know_the_languages_is_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    model = built(tmp_path / "model", checkpoint("translategemma"))
    with pytest.raises(ModelCorrupt, match="the chat template can't be used"):
        chat.write_pairs(model.hf, model.chat, [("fr", "uk")], {"fr": "", "uk": ""})
    with pytest.raises(ModelCorrupt, match="the chat template can't be used"):
        chat.write(model.hf, model.chat)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pairs": {"en": ["", ""]}}', '{"pairs": {"en uk": [""]}}'])
def test_a_broken_file_of_templates_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "chat.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelCorrupt, match=r"chat\.json"):
        chat.read_pairs(tmp_path / "chat.json")


@pytest.mark.parametrize("name", ["marian", "m2m100", "nllb", "mbart50-spm", "mt5", "madlad"])
def test_a_codec_needs_neither_torch_nor_transformers(checkpoint: Checkpoint, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    model = built(tmp_path / "model", checkpoint(case.checkpoint), case.leave_out)
    script = (
        "import sys; from types import SimpleNamespace; from pathlib import Path\n"
        "from polygist.translate.codecs import codec_of\n"
        "from polygist.store.models import BuiltModel\n"
        f"card = SimpleNamespace(**{vars(card(case.family, **case.card))})\n"
        f"codec = codec_of(card, BuiltModel(Path({str(model.path)!r}), None))\n"
        "print(codec.encode('One.', 'en', 'uk').ids)\n"
        "print({'torch', 'transformers', 'jinja2'} & set(sys.modules))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "service")},
    )
    assert ran.stdout.splitlines()[1] == "set()"


def test_prompt_and_answer_end_within_the_positions_of_a_model(checkpoint: Checkpoint, tmp_path: Path) -> None:
    model = built(tmp_path / "model", checkpoint("nllb"))
    places = json.loads((model.hf / "config.json").read_text())["max_position_embeddings"]
    codec = codec_of(card("nllb", window=places, max_source_tokens=200), model)
    assert codec.max_new_tokens(20) == 52
    assert codec.max_new_tokens(200) == places - 3
    with pytest.raises(CardInvalid, match=f"'window' is {places + 1}, the model has {places} positions"):
        codec_of(card("nllb", window=places + 1), model)
    with pytest.raises(CardInvalid, match=f"'window' is missing, the model has {places} positions"):
        codec_of(card("nllb", max_source_tokens=200), model)
    (tmp_path / "model/hf/config.json").unlink()
    with pytest.raises(ModelCorrupt, match=r"config.json can't be read"):
        codec_of(card("nllb"), model)


def test_a_chat_has_one_window_for_prompt_and_answer(pairs: Pairs, checkpoint: Checkpoint, tmp_path: Path) -> None:
    model = built(tmp_path / "model", checkpoint("gemma"))
    chat.write(model.hf, model.chat)
    codec = codec_of(card("chat", window=150), model)
    asked = len(codec.encode("One two three four five six.", "en", "uk").ids)
    assert 0 < codec.max_new_tokens(asked) <= 150 - asked
    assert codec.max_new_tokens(149) == codec.max_new_tokens(500) == 1
