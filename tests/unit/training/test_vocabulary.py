"""Which tokens are kept."""

from training.vocabulary import choose

TOKENS = [
    "<pad>",
    "<eos>",
    "<0x41>",
    "\u2581",
    "t",
    "h",
    "e",
    "th",
    "the",
    "\u2581the",
    "ї",
    "та",
    "т",
    "а",
    "漢",
    "漢字",
]
MERGES = [["t", "h"], ["th", "e"], ["\u2581", "the"], ["т", "а"], ["漢", "字"]]
TOKENIZER = {"model": {"vocab": {token: i for i, token in enumerate(TOKENS)}, "merges": MERGES}}


def kept(counts: dict[str, float], size: int) -> set[str]:
    ids = choose(TOKENIZER, {TOKENS.index(token): n for token, n in counts.items()}, size)
    assert ids == sorted(ids)
    return {TOKENS[i] for i in ids}


ALWAYS = {"<pad>", "<eos>", "<0x41>", "\u2581", "t", "h", "e", "ї", "т", "а"}


def test_letters_bytes_and_special_tokens_are_always_kept() -> None:
    assert kept({}, 0) == ALWAYS


def test_a_token_brings_its_path_and_the_frequent_come_first() -> None:
    assert kept({"\u2581the": 3, "та": 2}, 11) == ALWAYS | {"th", "the", "\u2581the"}
    assert kept({"\u2581the": 2, "та": 3}, 11) == ALWAYS | {"та"}


def test_other_scripts_are_not_wanted() -> None:
    assert kept({"漢字": 9, "та": 1}, 16) == ALWAYS | {"та"}
