"""Choose the tokens that are kept: those that English, German and Ukrainian use, by frequency.

    python -m training.vocabulary tokenizer.json --text TRAIN.jsonl.gz --size 48001 --out kept_ids.json

Frequencies are those of wordfreq's lists (each word after a space, small and with a capital, and without a space for
suffixes) and of the training text. A token brings along every token that its merges pass through, so that it can still
be formed, and its letters. The special tokens, all byte tokens, letters and signs are kept whatever their frequency.
"""

import argparse
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from polygist.store.vocabulary import SPECIAL
from training import pairs

LANGUAGES = ("en", "de", "uk")
_SMALL, _CAPITAL, _INSIDE, _TEXT = 0.7, 0.3, 0.02, 3.0
_INSIDE_WORDS = 60_000
_NEWS = 4  # how often a pair of WMT counts
_FEWEST = 4
_BLOCK = 5000
# Written into prompts.
_PROMPT = ("English", "German", "Ukrainian", "Summary", "Headline", "Text")

_WANTED = re.compile(
    r"[\u2581A-Za-z0-9\u00a0-\u017f\u0400-\u045f\u0490\u0491\u2010-\u203a\u20ac\u20b4\u2116!-/:-@\[-`{-~’ʼ\n\t]+"
)
_SIGNS = re.compile(r"<0x[0-9A-F]{2}>|\u2581{1,8}|\n{1,4}|\u2581?[!-/:-@\[-`{-~\u2010-\u203a«»„“”–—…\n]{1,4}")


def choose(tokenizer: Mapping[str, Any], counts: Mapping[int, float], size: int) -> list[int]:
    """The ids of at least `size` tokens of a tokenizer.json, ascending: those always kept, then the most frequent.

    >>> choose({"model": {"vocab": {"<pad>": 0, "a": 1, "b": 2, "ab": 3, "ж": 4}, "merges": [["a", "b"]]}}, {3: 1}, 9)
    [0, 1, 2, 3, 4]
    """
    vocabulary: dict[str, int] = tokenizer["model"]["vocab"]
    names = {id: token for token, id in vocabulary.items()}
    ranks = {tuple(merge): rank for rank, merge in enumerate(tokenizer["model"]["merges"])}
    kept = {token for token in vocabulary if _always(token)}
    for id, _ in sorted(counts.items(), key=lambda item: -item[1]):
        if len(kept) >= size:
            break
        token = names[id]
        if token not in kept and _WANTED.fullmatch(token):
            kept.update((token, *_path(token, ranks), *(c for c in token if c in vocabulary)))
    return sorted(vocabulary[token] for token in kept)


def _always(token: str) -> bool:
    if token in SPECIAL or _SIGNS.fullmatch(token):
        return True
    if len(token) != 1:
        return False
    sign = unicodedata.category(token)[0] in "PSN" and ord(token) < 0x2FFF
    letter = 0x370 <= ord(token) < 0x530 or 0x1F300 <= ord(token) < 0x1F700
    return sign or letter or _WANTED.fullmatch(token) is not None


def _path(token: str, ranks: Mapping[tuple[str, ...], int]) -> Iterator[str]:
    """The tokens that byte-pair merging passes through on the way to a token."""
    parts = list(token)
    while len(parts) > 1:
        known = [(ranks[two], i) for i, two in enumerate(pairwise(parts)) if two in ranks]
        if not known:
            return
        _, i = min(known)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
        yield parts[i]


def frequencies(tokenizer: Tokenizer, text: Iterable[Path]) -> dict[int, float]:
    """How often tokens come, words of the lists and of the training text together; the sum says nothing."""
    counts: dict[int, float] = defaultdict(float)
    for language in LANGUAGES:
        _count_words(tokenizer, _frequent(language), counts)
    seen: Counter[int] = Counter()
    for block in _blocks((side, pair.d) for file in text for pair in pairs.read(file) for side in pair[2:4]):
        for ids, (_, d) in zip(_encoded(tokenizer, [side for side, _ in block]), block, strict=True):
            for id in ids:
                seen[id] += _NEWS if d.startswith("wmt") else 1
    total = seen.total()
    for id, n in seen.items():
        if n >= _FEWEST:
            counts[id] += _TEXT * n / total
    for id in (id for ids in _encoded(tokenizer, list(_PROMPT)) for id in ids):
        counts[id] += 1
    return counts


def _count_words(tokenizer: Tokenizer, words: Sequence[tuple[str, float]], counts: dict[int, float]) -> None:
    forms = [
        ([f" {w}" for w, _ in words], _SMALL),
        ([f" {w.capitalize()}" for w, _ in words], _CAPITAL),
        ([w for w, _ in words[:_INSIDE_WORDS]], _INSIDE),
    ]
    for texts, share in forms:
        for ids, (_, frequency) in zip(_encoded(tokenizer, texts), words, strict=False):
            for id in ids:
                counts[id] += frequency * share


def _frequent(language: str) -> list[tuple[str, float]]:
    lists: Any = import_module("wordfreq")
    return list(lists.get_frequency_dict(language, wordlist="best").items())


def _encoded(tokenizer: Tokenizer, texts: list[str]) -> Iterator[list[int]]:
    return (e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False))


def _blocks(items: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    block: list[tuple[str, str]] = []
    for item in items:
        block.append(item)
        if len(block) == _BLOCK:
            yield block
            block = []
    yield block


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("tokenizer", type=Path, help="tokenizer.json of the whole vocabulary")
    arguments.add_argument("--text", type=Path, nargs="+", required=True)
    arguments.add_argument("--size", type=int, default=48_001)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    counts = frequencies(Tokenizer.from_file(str(options.tokenizer)), options.text)
    content = json.loads(options.tokenizer.read_text(encoding="utf-8"))
    ids = choose(content, counts, options.size)
    options.out.write_text(json.dumps(ids), encoding="utf-8")
    print(f"{len(ids)} tokens")


if __name__ == "__main__":
    main()
