"""Tags of languages and the words of models: both ways, with scripts and aliases."""

import langcodes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygist.store import codes
from polygist.store.codes import FLORES, M2M100, MBART50, NLLB, Words, flores, from_flores

FAMILIES = {"nllb": NLLB, "flores": FLORES, "mbart50": MBART50, "m2m100": M2M100}


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("uk", "ukr_Cyrl"),
        ("uk-UA", "ukr_Cyrl"),
        ("ukr", "ukr_Cyrl"),
        ("UK_ua", "ukr_Cyrl"),
        ("uk-Cyrl", "ukr_Cyrl"),
        ("de", "deu_Latn"),
        ("de-AT", "deu_Latn"),
        ("ger", "deu_Latn"),
        ("en", "eng_Latn"),
        ("zh", "zho_Hans"),
        ("zh-CN", "zho_Hans"),
        ("zh-TW", "zho_Hant"),
        ("zh-Hant", "zho_Hant"),
        ("cmn", "zho_Hans"),
        ("sr", "srp_Cyrl"),
        ("sr-Latn", "srp_Latn"),
        ("sh", "srp_Latn"),
        ("ar", "arb_Arab"),
        ("arb", "arb_Arab"),
        ("arz", "arz_Arab"),
        ("ar-Latn", "arb_Latn"),
        ("fa", "pes_Arab"),
        ("fa-AF", "prs_Arab"),
        ("prs", "prs_Arab"),
        ("no", "nob_Latn"),
        ("nn", "nno_Latn"),
        ("lv", "lvs_Latn"),
        ("tw", "twi_Latn"),
        ("ak", "aka_Latn"),
        ("ku", "kmr_Latn"),
        ("iw", "heb_Hebr"),
        ("tl", "tgl_Latn"),
        ("fil", "tgl_Latn"),
        ("ks", "kas_Arab"),
        ("ks-Deva", "kas_Deva"),
        ("crh", "crh_Latn"),
        ("uz-Cyrl", "uzb_Cyrl"),
    ],
)
def test_tags_are_flores_codes(tag: str, code: str) -> None:
    assert flores(tag) == code


@pytest.mark.parametrize("code", FLORES)
def test_flores_codes_round_trip(code: str) -> None:
    tag = from_flores(code)
    assert tag is not None
    assert langcodes.tag_is_valid(tag)
    assert flores(tag) == code


def test_flores_200_has_204_codes_and_nllb_202() -> None:
    assert len(set(FLORES)) == 204
    assert len(set(NLLB)) == 202


@pytest.mark.parametrize("family", FAMILIES)
def test_words_round_trip(family: str) -> None:
    words = Words(FAMILIES[family])
    tags = [words.tag(word) for word in FAMILIES[family]]
    assert len(set(tags)) == len(tags)
    assert [words.word(tag) for tag in tags if tag] == list(FAMILIES[family])


@given(st.sampled_from(FLORES), st.sampled_from([str.upper, str.lower, str.title]), st.sampled_from("-_"))
def test_how_a_tag_is_written_does_not_matter(code: str, case: object, joint: str) -> None:
    tag = from_flores(code)
    assert tag is not None
    assert callable(case)
    assert flores(case(tag).replace("-", joint)) == code
    assert flores(case(code).replace("_", joint)) == code


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["<2uk>", "<2zh>", "<2zh_Latn>", "<2no>"], {"uk": "<2uk>", "zh-Latn": "<2zh_Latn>", "nb": "<2no>"}),
        ([">>ukr<<", ">>bel<<", ">>cmn_Hant<<", ">>srp_Latn<<"], {"uk": ">>ukr<<", "zh-HK": ">>cmn_Hant<<"}),
        (["uk_UA", "en_XX", "zh_CN", "pt_XX"], {"uk": "uk_UA", "en-GB": "en_XX", "zh": "zh_CN", "pt-BR": "pt_XX"}),
        (["__uk__", "__ns__"], {"uk": "__uk__", "nso": "__ns__"}),
    ],
)
def test_words_of_models_are_found_by_tag(words: list[str], expected: dict[str, str]) -> None:
    known = Words(words)
    assert {tag: known.word(tag) for tag in expected} == expected


def test_a_script_that_a_model_does_not_write_is_not_replaced() -> None:
    assert Words(["zho_Hans", "srp_Cyrl"]).word("zh-Hant") is None
    assert Words(["zho_Hans", "srp_Cyrl"]).word("sr-Latn") is None
    assert Words(MBART50).word("zh-TW") is None


def test_the_only_script_of_a_language_needs_no_name() -> None:
    assert Words(["srp_Latn"]).word("sr") == "srp_Latn"


@given(st.text(max_size=30))
def test_what_is_no_tag_is_no_language(text: str) -> None:
    for found in (Words(NLLB[:20]).word(text), flores(text), from_flores(text)):
        assert found is None or langcodes.tag_is_valid(text.strip("<>_").removeprefix("2").replace("_", "-"))


def test_the_tables_are_those_of_transformers() -> None:
    from transformers.models.m2m_100 import tokenization_m2m_100 as m2m
    from transformers.models.mbart50 import tokenization_mbart50 as mbart
    from transformers.models.nllb import tokenization_nllb as nllb

    assert list(codes.NLLB) == nllb.FAIRSEQ_LANGUAGE_CODES
    assert list(codes.MBART50) == mbart.FAIRSEQ_LANGUAGE_CODES
    assert list(codes.M2M100) == m2m.FAIRSEQ_LANGUAGE_CODES["m2m100"]
