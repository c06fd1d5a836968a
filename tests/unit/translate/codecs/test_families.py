"""Every codec against transformers' own tokenizer, on articles and on hostile texts."""

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from polygist.store.codes import MBART50, NLLB
from tests.checkpoints.corpus import lines
from tests.unit.translate.codecs.conftest import Pair
from tests.unit.translate.codecs.families import CASES

SENTENCES = [" ".join(line.split()) for line in lines()][::3]
HOSTILE = [
    "",
    " ",
    "Він з'їв об’єкт і м'ясо ‘під’їзд’.",
    "Straße, Weißwurst, naïve café, Ґанок і ґудзик, йод, їжак",
    "cafe\u0301 U\u0308ber и\u0306од і\u0308жак",
    "👩‍👩‍👧 👍🏽 🇺🇦 😀",
    "日本語と中文，العربية עברית हिन्दी",
    "a\u200bb\u00adc\u200dd\ufeffe",
    "ﬁnal № ½ … ① Ⅷ ™ ㎏",
    "▁ ▁▁ a▁b",
    "x" * 400,
    "слово " * 300,
    "MIT 3 {text} {source} {0} %s \\n <b> & </b> $1",
    "...!!!???—–-",
]
# What the families have for tokens that are no text; ">>" begins one of Marian's.
SPECIAL = ["<s>", "</s>", "<pad>", "<unk>", "<mask>", "<bos>", "<eos>", "<2", ">>", "__", "<|", "_of_turn>", "think>"]
SPECIAL += ["<extra_id_", *MBART50, *NLLB]
PLAIN = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=60)
FAMILIES = pytest.mark.parametrize("name", list(CASES))
Pairs = Callable[[str], Pair]


def check(pair: Pair, text: str, source: str, target: str) -> None:
    if pair.case.trims and not text.strip():
        return  # of a request for nothing such a template leaves out the end
    prompt = pair.codec.encode(text, source, target)
    ids, prefix = pair.expected(" ".join(text.split()), source, target)
    assert (list(prompt.ids), list(prompt.prefix)) == (ids, prefix)


@FAMILIES
def test_prompts_of_sentences_are_those_of_transformers(pairs: Pairs, name: str) -> None:
    for sentence in SENTENCES:
        check(pairs(name), sentence, "en", "uk")


@FAMILIES
@pytest.mark.parametrize("text", HOSTILE)
def test_prompts_of_hostile_texts_are_those_of_transformers(pairs: Pairs, name: str, text: str) -> None:
    check(pairs(name), text, "en", "uk")


@FAMILIES
def test_every_pair_of_languages_has_its_own_tokens(pairs: Pairs, name: str) -> None:
    pair = pairs(name)
    for source, target in permutations(("en", "de", "uk"), 2):
        if name not in ("marian", "zle"):
            check(pair, "One sentence.", source, target)


# Where two cuts are equally likely, transformers' conversion of mT5's vocabulary takes another one than SentencePiece.
@pytest.mark.parametrize("name", [name for name in CASES if name != "mt5"])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=PLAIN)
def test_prompts_of_any_text_are_those_of_transformers(pairs: Pairs, name: str, text: str) -> None:
    # Whose names transformers reads as tokens.
    assume(not any(token in text for token in SPECIAL))
    check(pairs(name), text, "en", "uk")
