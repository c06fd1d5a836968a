"""Cards for folders of models: what is guessed from real configurations of every family."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from polygist.cli import app
from polygist.errors import CardInvalid, ModelCorrupt
from polygist.store import cards
from polygist.store.adoption import adopt
from polygist.store.cards import AnyCard, VectorCard
from polygist.store.sources import ModelSource
from polygist.store.toml import dumps
from polygist.store.vectors import POOLING

MANY = "---\nlanguage: [multilingual, 7, no-such-thing]\n---\n"
Checkpoint = Callable[[str], Path]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's folder."""
    return tmp_path / "own"


def adopted(place: Path, own: Path, **given: object) -> tuple[AnyCard, list[str]]:
    file, unknown = adopt(place, own, **given)  # type: ignore[arg-type]  # the tests give what is right
    return cards.load_cards(own)[file.stem], unknown


@pytest.mark.parametrize(
    ("maker", "family", "languages"),
    [
        ("small100", "small100", {"en", "de", "uk"}),
        ("nllb", "nllb", {"en", "de", "uk"}),
        ("mbart50", "mbart50", {"en", "de", "uk"}),
        ("madlad", "madlad", {"en", "de", "uk"}),
        ("zle", "marian", {"en", "be", "ru", "uk"}),
        ("translategemma", "translategemma", {"en", "de", "uk"}),
        ("bart", "seq2seq", {"en", "de", "uk"}),
        ("pegasus", "seq2seq", {"en", "de", "uk"}),
        ("t5", "seq2seq", {"en", "de", "uk"}),
        ("mt5", "seq2seq", {"en", "de", "uk"}),
        ("umt5", "seq2seq", {"en", "de", "uk"}),
        ("gemma", "chat", {"en", "de", "uk"}),
        ("gemma4", "chat", {"en", "de", "uk"}),
        ("eurollm", "chat", {"en", "de", "uk"}),
        ("llama", "chat", {"en", "de", "uk"}),
        ("qwen3", "chat", {"en", "de", "uk"}),
    ],
)
def test_families(checkpoint: Checkpoint, own: Path, maker: str, family: str, languages: set[str]) -> None:
    place = checkpoint(maker)
    card, unknown = adopted(place, own, id=maker)
    assert getattr(card, "family", "") == family
    assert set(card.languages) == languages
    assert isinstance(card.source, ModelSource)
    assert card.source.is_pinned
    assert card.licence.spdx == "NOASSERTION"
    assert "licence" in unknown


def edited(place: Path, tmp_path: Path, name: str, **changes: dict[str, object]) -> Path:
    """A copy under a name, with other values in some of its files."""
    copy = tmp_path / name
    copy.mkdir()
    for file in filter(Path.is_file, place.iterdir()):
        (copy / file.name).write_bytes(file.read_bytes())
    for stem, change in changes.items():
        file = copy / f"{stem}.json"
        kept = json.loads(file.read_text()) | change if file.is_file() else change
        file.write_text(json.dumps({key: value for key, value in kept.items() if value is not None}))
    return copy


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("opus-mt-en-de", {("en", "de")}),
        ("opus-mt-uk-en", {("uk", "en")}),
        ("opus-mt-tc-big-zle-de", {("be", "de"), ("ru", "de"), ("uk", "de")}),
    ],
)
def test_a_pair_of_opus_is_in_its_name(
    checkpoint: Checkpoint, own: Path, tmp_path: Path, name: str, pairs: set[tuple[str, str]]
) -> None:
    card, _ = adopted(edited(checkpoint("marian"), tmp_path, name), own, id="own")
    assert set(getattr(card, "pairs", ())) == pairs


def test_small100_is_an_m2m100_with_a_shallow_decoder(checkpoint: Checkpoint, own: Path, tmp_path: Path) -> None:
    for layers, family in ((2, "m2m100"), (1, "small100")):
        place = edited(checkpoint("m2m100"), tmp_path, family, config={"encoder_layers": 2, "decoder_layers": layers})
        card, _ = adopted(place, own)
        assert getattr(card, "family", "") == family


def test_a_pair_that_nothing_names(checkpoint: Checkpoint, own: Path, tmp_path: Path) -> None:
    place = edited(checkpoint("marian"), tmp_path, "mine", tokenizer_config={"source_lang": None, "target_lang": None})
    with pytest.raises(CardInvalid, match="its languages can't be known; name the folder"):
        adopt(place, own)
    assert not own.exists()


def test_what_a_person_says_counts(checkpoint: Checkpoint, own: Path) -> None:
    card, unknown = adopted(checkpoint("nllb"), own, id="a", languages=("fr", "pl_PL"))
    assert set(card.languages) == {"fr", "pl-PL"}
    assert "languages" not in unknown
    with pytest.raises(CardInvalid, match="the model does not know tlh"):
        adopt(checkpoint("nllb"), own, "b", languages=("tlh", "de"))
    with pytest.raises(CardInvalid, match="'d,e' is no language tag"):
        adopt(checkpoint("nllb"), own, "b", languages=("d,e",))
    card, _ = adopted(checkpoint("t5"), own, id="c", task="translation")
    assert getattr(card, "family", "") == "t5"
    card, _ = adopted(checkpoint("llama"), own, id="d", task="translation")
    assert getattr(card, "family", "") == "chat"
    with pytest.raises(CardInvalid, match="no task 'translation'; it has: summarization"):
        adopt(checkpoint("bart"), own, "e", "translation")


def test_what_a_page_says_of_licence_and_languages(checkpoint: Checkpoint, own: Path, tmp_path: Path) -> None:
    place = edited(checkpoint("bart"), tmp_path, "short")
    page = "---\nlicense: cc-by-nc-4.0\nlanguage:\n- uk\n- en\n---\n# A model\n"
    (place / "README.md").write_text(page)
    card, unknown = adopted(place, own)
    assert (card.licence.spdx, card.licence.commercial) == ("CC-BY-NC-4.0", "no")
    assert dict(getattr(card, "languages", {})) == {"uk": "Ukrainian", "en": "English"}
    assert unknown == []
    broken = ("---\n: [\n---\n", "---\n- a\n---\n", "no front", "---\nlicense: [mit]\nlanguage: {a: 1}\n---\n", MANY)
    for number, text in enumerate(broken):
        (place / "README.md").write_text(text)
        card, unknown = adopted(place, own, id=f"card-{number}")
        assert "licence" in unknown


def test_decoding_is_that_of_the_model(checkpoint: Checkpoint, own: Path, tmp_path: Path) -> None:
    generation = {"num_beams": 6, "no_repeat_ngram_size": 3, "length_penalty": 2, "repetition_penalty": "much"}
    card, _ = adopted(edited(checkpoint("bart"), tmp_path, "short", generation_config=generation), own)
    decoding = getattr(card, "decoding", None)
    assert decoding
    assert (decoding.beam_size, decoding.no_repeat_ngram_size, decoding.length_penalty) == (6, 3, 2.0)
    assert decoding.repetition_penalty == 1.0


def test_a_tagger(checkpoint: Checkpoint, own: Path) -> None:
    card, _ = adopted(checkpoint("tagger"), own, id="tags")
    assert card.task == "token-classification"


@pytest.mark.parametrize("maker", ["nli", "bert-nli", "deberta"])
def test_a_model_of_entailment(checkpoint: Checkpoint, own: Path, maker: str) -> None:
    card, unknown = adopted(checkpoint(maker), own, id=maker)
    assert (card.task, getattr(card, "window", 0)) == ("natural-language-inference", 128)
    assert "labels" not in unknown


def test_labels_without_names(checkpoint: Checkpoint, own: Path, tmp_path: Path) -> None:
    place = edited(checkpoint("nli"), tmp_path, "odd", config={"id2label": {"0": "LABEL_0", "1": "LABEL_1"}})
    card, unknown = adopted(place, own)
    assert card.task == "natural-language-inference"
    assert "labels" in unknown


def test_sentence_vectors(checkpoint: Checkpoint, own: Path) -> None:
    card, unknown = adopted(checkpoint("sentence-bert"), own, id="st")
    assert isinstance(card, VectorCard)
    assert (card.pooling, card.window, card.prefix) == ("mean", 64, "")
    assert "modules.json" in card.source.files
    assert "pooling" not in unknown
    card, unknown = adopted(checkpoint("sentences"), own, id="bare")
    assert isinstance(card, VectorCard)
    assert (card.pooling, card.window) == ("mean", 128)
    assert {"pooling", "unrelated"} < set(unknown)


@pytest.mark.parametrize(
    ("pooling", "found"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode": "mean"}, "mean"),
        ({"pooling_mode": "lasttoken"}, "here it is pooling_mode_lasttoken"),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}, "can be made by"),
        ({"pooling_mode": ["mean", "cls"]}, "can be made by"),
    ],
)
def test_ways_of_pooling(
    checkpoint: Checkpoint, own: Path, tmp_path: Path, pooling: dict[str, object], found: str
) -> None:
    """As sentence-transformers wrote them before its version 6, and since; the name says that texts have a prefix."""
    place = edited(checkpoint("sentence-bert"), tmp_path, "multilingual-e5-tiny")
    (place / "1_Pooling").mkdir()
    (place / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    if found not in POOLING:
        with pytest.raises(CardInvalid, match=found):
            adopt(place, own)
        return
    card, _ = adopted(place, own)
    assert isinstance(card, VectorCard)
    assert (card.pooling, card.prefix, card.focus_prefix) == (found, "query: ", "query: ")


def test_modules_that_are_not_done_here(checkpoint: Checkpoint, own: Path, tmp_path: Path) -> None:
    place = edited(checkpoint("sentence-bert"), tmp_path, "dense")
    (place / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.Dense"}]))
    with pytest.raises(CardInvalid, match=r"its modules.json has Dense"):
        adopt(place, own)
    (place / "modules.json").write_text("[1]")
    with pytest.raises(ModelCorrupt, match=r"modules.json can't be read"):
        adopt(place, own)


def test_other_heads(checkpoint: Checkpoint, own: Path, tmp_path: Path) -> None:
    for name, made in (("a", ["BertForMaskedLM"]), ("b", []), ("c", None)):
        place = edited(checkpoint("bert-nli"), tmp_path, name, config={"architectures": made})
        with pytest.raises(CardInvalid, match="an encoder has a card where it ends in ForSequence"):
            adopt(place, own)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"model_type": ["bart"]}', '{"model_type": "evil"}', "[" * 9999]
)
def test_what_no_card_can_be_made_of(checkpoint: Checkpoint, own: Path, tmp_path: Path, content: str) -> None:
    place = edited(checkpoint("bart"), tmp_path, "short")
    (place / "config.json").write_text(content)
    with pytest.raises(CardInvalid, match=r"no card can be made of model_type|config.json can't be read"):
        adopt(place, own)
    assert not own.exists()


def test_what_is_missing_or_taken(checkpoint: Checkpoint, own: Path, tmp_path: Path) -> None:
    with pytest.raises(CardInvalid, match="POLYGIST_MODELS_DIR"):
        adopt(checkpoint("bart"), None)
    with pytest.raises(CardInvalid, match="is no folder"):
        adopt(tmp_path / "nothing", own)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CardInvalid, match=r"has no config.json and one of"):
        adopt(tmp_path / "empty", own)
    with pytest.raises(CardInvalid, match="there is a card 'distilbart-cnn-12-6' already; --id"):
        adopt(checkpoint("bart"), own, "distilbart-cnn-12-6")
    with pytest.raises(CardInvalid, match="'id' must be letters"):
        adopt(checkpoint("bart"), own, "../up")
    adopt(checkpoint("bart"), own)
    with pytest.raises(CardInvalid, match="there is a card 'bart' already"):
        adopt(checkpoint("bart"), own)


def test_an_instruction_model_has_a_template(checkpoint: Checkpoint, own: Path, tmp_path: Path) -> None:
    place = edited(checkpoint("llama"), tmp_path, "base", tokenizer_config={"chat_template": None})
    (place / "chat_template.jinja").unlink(missing_ok=True)
    with pytest.raises(CardInvalid, match="no chat template"):
        adopt(place, own)


def test_by_command(checkpoint: Checkpoint, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYGIST_MODELS_DIR", str(own))
    monkeypatch.setenv("COLUMNS", "250")
    arguments = ["models", "import", str(checkpoint("nllb")), "--id", "wide", "--languages", "en, de"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "look it over: max_source_tokens, max_length_ratio, licence can't be known" in done.output
    assert "then: polygist models pull wide" in done.output
    assert CliRunner().invoke(app, arguments).exit_code == 5


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.text() | st.integers(-(2**60), 2**60) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner.filter(lambda v: not isinstance(v, dict))) | st.dictionaries(st.text(), inner),
            max_leaves=8,
        ),
    )
)
def test_toml_is_read_as_it_was_written(table: dict[str, object]) -> None:
    assert tomllib.loads(dumps(table)) == table
