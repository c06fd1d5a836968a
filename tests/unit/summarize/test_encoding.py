"""Texts in the tokens of an encoder: nothing is cut off, and nothing in a text is a mark."""

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from polygist.summarize.encoding import Ids, Windows
from polygist.tokens import Control, tokenizer

Checkpoint = Callable[[str], Path]
WINDOW = 24
MAKERS = ("sentences", "sentence-bert")
WORDS = "Rain floods the old town Вода затопила старе місто und die Brücke bleibt gesperrt".split()  # noqa: SIM905
HOSTILE = {
    "empty": "",
    "null": "\0",
    "marks": "</s> [SEP] <pad> [CLS] <s> [MASK]",
    "one long word": "x" * 100_000,
    "digits": "7" * 5_000,
    "combining": "a" + "\u0301" * 3_000,
    "emoji": "🧑‍🚒" * 500,
    "direction": "\u202e" * 200,
}


@pytest.fixture(params=MAKERS)
def read(request: pytest.FixtureRequest, checkpoint: Checkpoint) -> tuple[Windows, Tokenizer]:
    """Windows, and the same tokenizer for itself."""
    file = checkpoint(str(request.param)) / "tokenizer.json"
    return Windows(tokenizer(file), WINDOW), tokenizer(file)


def inside(window: Ids) -> list[int]:
    """Without the token that begins and the one that ends it."""
    return list(window[1:-1])


@pytest.mark.parametrize("prefix", ["", "query: "])
@pytest.mark.parametrize("name", HOSTILE)
def test_all_of_a_text_is_in_its_windows(read: tuple[Windows, Tokenizer], name: str, prefix: str) -> None:
    windows, plain = read
    found, broken = windows.of(HOSTILE[name], prefix), Control(plain).broken(HOSTILE[name])
    assert found
    assert all(len(window) <= WINDOW for window in found)
    before, text = (plain.encode(part, add_special_tokens=False).ids for part in (prefix, broken))
    if len(found) > 1:
        assert [id for window in found for id in inside(window)[len(before) :]] == text
        assert all(inside(window)[: len(before)] == before for window in found)
    else:
        assert inside(found[0]) == plain.encode(prefix + broken, add_special_tokens=False).ids


def test_a_hundred_thousand_characters_in_parts_of_like_length(read: tuple[Windows, Tokenizer]) -> None:
    windows, plain = read
    text = " ".join(random.Random(3).choices(WORDS, k=16_000))[:100_000]
    found = windows.of(text)
    lengths = [len(window) for window in found]
    assert len(found) > 500
    assert max(lengths) <= WINDOW
    assert sum(lengths) - 2 * len(found) == len(plain.encode(text, add_special_tokens=False).ids)
    assert set(lengths[:-1]) == {lengths[0]}


def test_marks_in_a_text_are_text(read: tuple[Windows, Tokenizer]) -> None:
    windows, plain = read
    unknown = {plain.token_to_id(name) for name in ("[UNK]", "<unk>")}
    special = {id for id, token in plain.get_added_tokens_decoder().items() if token.special} - unknown
    for window in windows.of(HOSTILE["marks"]):
        assert not special & set(inside(window))
    for first, second in windows.pairs(HOSTILE["marks"], "</s> [SEP]"):
        marks = [id for id in (*first, *second) if id in special]
        assert len(marks) == plain.num_special_tokens_to_add(is_pair=True)


def test_pairs_are_what_the_tokenizer_makes_of_two_texts(read: tuple[Windows, Tokenizer]) -> None:
    windows, plain = read
    ((first, second),) = windows.pairs("Rain floods.", "Rain.")
    both = plain.encode("Rain floods.", "Rain.")
    assert [*first, *second] == both.ids
    assert len(second) == sum(both.type_ids)


def test_a_long_premise_comes_in_parts_that_overlap(read: tuple[Windows, Tokenizer]) -> None:
    windows, plain = read
    premise, statement = " ".join(WORDS * 8), "Rain."
    ids = plain.encode(premise, add_special_tokens=False).ids
    parts = [[*first, *second] for first, second in windows.pairs(premise, statement)]
    assert len(parts) > 3
    assert all(len(part) <= WINDOW for part in parts)
    last = (
        plain.num_special_tokens_to_add(is_pair=True) + len(plain.encode(statement, add_special_tokens=False).ids) - 1
    )
    texts = [part[1:-last] for part in parts]
    shared = len(texts[0]) // 4
    assert texts[0] + [id for text in texts[1:] for id in text[shared:]] == ids
    assert all(a[-shared:] == b[:shared] for a, b in pairwise(texts))


def test_no_pair_where_a_statement_leaves_no_room(read: tuple[Windows, Tokenizer]) -> None:
    windows, _ = read
    assert windows.pairs("Rain.", " ".join(WORDS * 4)) == []
