"""Pairs drawn by weight, and batches of them."""

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from training import pairs
from training.data import Pairs, ahead, batches, pieces
from training.pairs import Pair

SOME = [
    Pair("en", "de", "dog sleeps", "Hund schläft", "a"),
    Pair("en", "uk", "dog", "собака", "b"),
    Pair("en", "headline", "dog eats", "dog", "a"),
    Pair("en", "de", "cat eats", "Katze frisst", "words"),
]
DIRECTIONS = {"en-de": 1.0, "de-en": 0.5, "en-uk": 1.0, "en-headline": 0.25}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    pairs.write(SOME, tmp_path / "text.jsonl.gz")
    return tmp_path / "text.jsonl.gz"


def test_weights_of_directions_and_data_sets(file: Path) -> None:
    text = Pairs([file], DIRECTIONS, {"*": 1.0, "b": 2.0, "words": 0.0}, {})
    drawn = Counter(p.direction for n in range(20) for p in text.draw(1, n, 500))
    assert {d: round(n / 10_000, 1) for d, n in drawn.items()} == {
        "en-de": 0.3,
        "de-en": 0.1,
        "en-uk": 0.5,
        "en-headline": 0.1,
    }
    assert text.draw(1, 3, 50) == text.draw(1, 3, 50) != text.draw(1, 4, 50)


def test_variations_use_the_word_pairs(file: Path) -> None:
    text = Pairs([file], {"en-de": 1.0}, {"*": 1.0, "words": 0.0}, {"word": 1.0})
    assert {p.target.casefold() for p in text.draw(1, 0, 20)} == {"katze frisst"}


def test_no_pair_with_a_weight_is_an_error(file: Path) -> None:
    with pytest.raises(ValueError, match="no pair"):
        Pairs([file], {"uk-fr": 1.0}, {"*": 1.0}, {})


def test_batches_are_bounded_and_go_on_with_the_next_pool(file: Path, base: Path) -> None:
    text = Pairs([file], {"en-de": 1.0, "de-en": 1.0}, {"*": 1.0}, {})
    tokenizer = AutoTokenizer.from_pretrained(base)
    names = {"en": "English", "de": "German"}
    options = {"seed": 1, "pool_size": 64, "max_length": 40, "batch_tokens": 100}
    first = list(islice(batches(text, tokenizer, "{source}: {text}\n{target}:", names, first_pool=0, **options), 20))
    later = list(islice(batches(text, tokenizer, "{source}: {text}\n{target}:", names, first_pool=1, **options), 5))
    assert all(len(b) * max(len(p) + len(t) for p, t in b) <= 100 for _, b in first)
    assert [position for position, _ in first] == sorted(position for position, _ in first)
    assert later == [x for x in first if x[0] >= 1][:5]
    assert all(p[0] == tokenizer.bos_token_id and t[-1] == tokenizer.eos_token_id for _, b in first for p, t in b)


def test_pieces_make_the_batch() -> None:
    batch = [([1] * n, [2]) for n in (3, 4, 5, 90, 2)]
    cut = list(pieces(batch, 20))
    assert [e for piece in cut for e in piece] == batch
    assert all(len(p) == 1 or len(p) * max(len(a) + len(b) for a, b in p) <= 20 for p in cut)


def test_another_thread_makes_the_same_and_hands_on_what_it_raises() -> None:
    def broken():
        yield 1
        raise OSError("gone")

    assert list(ahead(range(50), 2)) == list(range(50))
    stream = ahead(broken(), 2)
    assert next(stream) == 1
    with pytest.raises(OSError, match="gone"):
        next(stream)
