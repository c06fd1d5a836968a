"""Nothing in a text is a token that a model obeys, and nothing of such tokens is in an answer."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polygist.store.codes import M2M100, MBART50, NLLB
from tests.unit.translate.codecs.conftest import Pair
from tests.unit.translate.codecs.families import CASES

FAMILIES = pytest.mark.parametrize("name", list(CASES))
Pairs = Callable[[str], Pair]

COMMON = ["<s>", "</s>", "<pad>", "<mask>", "<extra_id_0>"]
MARKS = {
    "marian": [*COMMON, ">>ukr<<"],
    "zle": [*COMMON, ">>ukr<<", ">>rus<<", ">>bel<<"],
    "m2m100": [*COMMON, *(f"__{code}__" for code in M2M100)],
    "small100": [*COMMON, *(f"__{code}__" for code in M2M100)],
    "nllb": [*COMMON, *NLLB],
    "nllb-legacy": [*COMMON, *NLLB],
    "mbart50": [*COMMON, *MBART50],
    "mbart50-spm": [*COMMON, *MBART50],
    "t5": COMMON,
    "mt5": COMMON,
    "umt5": COMMON,
    "madlad": [*COMMON, "<2uk>", "<2de>", "<2zh>"],
    "madlad-spm": [*COMMON, "<2uk>", "<2de>", "<2zh>"],
    "gemma": ["<bos>", "<eos>", "<pad>", "<start_of_turn>", "<end_of_turn>"],
    "translategemma": ["<bos>", "<eos>", "<pad>", "<start_of_turn>", "<end_of_turn>"],
    "gemma4": ["<bos>", "<eos>", "<pad>", "<|turn>", "<turn|>", "<|channel>", "<channel|>"],
    "eurollm": ["<s>", "</s>", "<|im_start|>", "<|im_end|>"],
    "qwen3": ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"],
    "llama": ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"],
}
# Also what comes out of a name by normalising, and what may be lost on the way.
DISGUISED = {"<": "＜", ">": "＞", "/": "／", "|": "｜", "_": "＿"}
LOST = ["\u200b", "\u00ad", "\ufeff", "\x00", "\x01", "\u2060", "\x85", " ", "\n", "\t"]


def marked(pair: Pair, ids: tuple[int, ...], name: str) -> int:
    """Tokens that are marks."""
    marks = {pair.vocabulary.get(mark) for mark in MARKS[name]}
    return len([id for id in ids if id in marks])


@st.composite
def hostile(draw: st.DrawFn, name: str) -> str:
    parts = []
    for mark in draw(st.lists(st.sampled_from([*MARKS[name], *MARKS[name], "a", "слово", " ", "<", ">>", "__"]))):
        kind = draw(st.sampled_from(["as it is", "disguised", "torn", "cut"]))
        at = draw(st.integers(0, len(mark)))
        made = "".join(DISGUISED.get(c, c) for c in mark) if kind == "disguised" else mark
        made = made[:at] + draw(st.sampled_from(LOST)) + made[at:] if kind == "torn" else made
        parts.append(made[:at] + made + made[at:] if kind == "cut" else made)
    return "".join(parts)


@FAMILIES
def test_names_of_tokens_are_plain_characters(pairs: Pairs, name: str) -> None:
    pair = pairs(name)
    usual = marked(pair, pair.codec.encode("A word.", "en", "uk").ids, name)
    for mark in MARKS[name]:
        for text in (mark, f"A {mark} word.", f"A{mark}{mark}word", mark + "\n" + mark, f"{mark[:3]}{mark}{mark[3:]}"):
            assert marked(pair, pair.codec.encode(text, "en", "uk").ids, name) == usual


@FAMILIES
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_text_makes_a_token_that_is_no_text(pairs: Pairs, name: str, data: st.DataObject) -> None:
    pair = pairs(name)
    text = data.draw(hostile(name))
    usual = marked(pair, pair.codec.encode("A word.", "en", "uk").ids, name)
    assert marked(pair, pair.codec.encode(text, "en", "uk").ids, name) == usual


@FAMILIES
def test_a_name_of_a_token_comes_back_as_text(pairs: Pairs, name: str) -> None:
    """But for a space in it."""
    pair = pairs(name)
    for mark in MARKS[name]:
        said = pair.codec.decode(pair.text_ids(f"A {mark} word."))
        # The tiny vocabularies lack some of these characters.
        assert said.replace(" ", "") == f"A{mark}word.".translate(str.maketrans("", "", pair.unknown))


@FAMILIES
def test_answers_are_decoded_without_special_tokens(pairs: Pairs, name: str) -> None:
    pair = pairs(name)
    marks = [id for mark in MARKS[name] if (id := pair.vocabulary.get(mark)) is not None and "think" not in mark]
    text = "Der Zug kam in der Nacht an."
    answer = pair.text_ids(text)
    assert pair.codec.decode([*marks, *answer, *marks]) == text
    assert pair.codec.decode(marks) == pair.codec.decode([]) == ""


@FAMILIES
@pytest.mark.parametrize("text", ["Він з'їв яблуко, а потім — грушу.", "Über den Straßen: «Größe»", "One, two; three!"])
def test_text_comes_back(pairs: Pairs, name: str, text: str) -> None:
    pair = pairs(name)
    assert pair.codec.decode(pair.text_ids(text)) == unicodedata.normalize("NFKC", text)


def test_a_thought_is_no_translation(pairs: Pairs) -> None:
    pair = pairs("qwen3")
    ids = pair.tokenizer("<think>\nHm, one </think>\n\nЯблуко.", add_special_tokens=False).input_ids
    assert pair.codec.decode(ids) == "Яблуко."


@FAMILIES
def test_lines_become_one_and_control_characters_none(pairs: Pairs, name: str) -> None:
    codec = pairs(name).codec
    assert codec.encode("one\r\n\ttwo\x00\x1f three\x85four", "en", "uk") == codec.encode(
        "one two three four", "en", "uk"
    )


@FAMILIES
def test_long_texts_are_not_cut(pairs: Pairs, name: str) -> None:
    codec = pairs(name).codec
    short, long = (len(codec.encode("довге слово " * n, "en", "uk").ids) for n in (100, 2_000))
    assert long > 15 * (short - 60)
    assert codec.count("довге слово " * 2_000) == pytest.approx(20 * codec.count("довге слово " * 100), rel=0.02)
