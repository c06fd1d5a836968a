"""The worked example of docs/families.md: what stands there works."""

import re
from pathlib import Path
from typing import Any

import pytest
from transformers import M2M100Tokenizer

from polygist.store.cards import load_card
from polygist.store.codes import FLORES, MBART50
from polygist.store.quiet import quiet
from polygist.translate.codecs import FAMILIES
from tests.checkpoints.corpus import listed, pieces
from tests.checkpoints.saving import write_json
from tests.conftest import ROOT
from tests.unit.translate.codecs.conftest import built, card

PAGE = (ROOT / "docs/families.md").read_text(encoding="utf-8")
BLOCKS = dict.fromkeys(("python", "toml"), "") | dict(
    re.findall(r"^```(python|toml)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
)


@pytest.fixture
def tokenizer(tmp_path: Path) -> Any:
    model = pieces("bpe")
    names = dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *listed(model)])
    write_json(tmp_path / "vocab.json", {name: id for id, name in enumerate(names)})
    (tmp_path / "sentencepiece.bpe.model").write_bytes(model)
    files = (str(tmp_path / "vocab.json"), str(tmp_path / "sentencepiece.bpe.model"))
    with quiet():
        return M2M100Tokenizer(*files, language_codes="wmt21", src_lang="en")


def test_the_module_makes_the_prompts_of_transformers(tmp_path: Path, tokenizer: Any) -> None:
    module: dict[str, Any] = {}
    exec(BLOCKS["python"], module)  # noqa: S102  # it is our own page
    codec = module["codec"](card("wmt21", {"en": "", "de": "", "cs": ""}), built(tmp_path / "built", tmp_path))
    for text in ("The river rose by two metres during the night.", "__cs__ and </s>"):
        prompt = codec.encode(text, "en", "de")
        assert prompt.prefix == (tokenizer.get_lang_id("de"),)
        assert (prompt.ids[0], prompt.ids[-1]) == (tokenizer.get_lang_id("en"), 2)
        assert not {0, 1, 2, *tokenizer.id_to_lang_token} & set(prompt.ids[1:-1])
    text = "The river rose by two metres during the night."
    assert list(codec.encode(text, "en", "de").ids) == tokenizer(f"wmtdata newsdomain {text}").input_ids


def test_the_card_is_one(tmp_path: Path) -> None:
    """But for its family, which would be no example if it were there."""
    assert "wmt21" not in FAMILIES
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards/wmt21.toml").write_text(BLOCKS["toml"].replace('"wmt21"', '"m2m100"'), encoding="utf-8")
    assert load_card("wmt21-en-x", tmp_path).pairs == (("en", "de"), ("en", "cs"), ("en", "is"))


def test_every_family_is_on_the_page() -> None:
    assert {family for family in FAMILIES if f"| `{family}` |" not in PAGE} == set()


def test_words_on_the_page_are_those_of_models() -> None:
    assert set(re.findall(r"\b[a-z]{3}_[A-Z][a-z]{3}\b", PAGE)) <= {
        *FLORES,
        "srp_Latn",
        "cmn_Hans",
        "cmn_Hant",
    }
    assert set(re.findall(r"\b[a-z]{2}_[A-Z]{2}\b", PAGE)) <= set(MBART50)
