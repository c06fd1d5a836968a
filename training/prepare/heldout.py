"""Text that is for evaluation, and whether a pair says it again."""

import json
import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from polygist.document.sentences import split
from training.pairs import Pair

_WORD = re.compile(r"[^\W_]++")
RUN = 8
# Shorter sentences are said by chance: "Thank you very much."
_SHORTEST = 5
# Where a text may be more than one sentence.
_INSIDE = re.compile(r"[.!?…][\W_]")


class HeldOut:
    """Texts of which nothing may be learnt: as whole texts, as sentences of them, and as runs of eight words.

    Case, punctuation and spaces don't count. Only digests of eight bytes are kept.
    """

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._sentences: set[bytes] = set()
        self._runs: set[bytes] = set()
        for language, text in texts:
            for sentence in (text, *_sentences(text, language)):
                words = _words(sentence)
                if len(words) >= _SHORTEST:
                    self._sentences.add(_digest(words))
                self._runs.update(_runs(words))

    def holds(self, pair: Pair) -> str | None:
        """How a side of the pair says held-out text again: "held-out text", "sentence" or "run"; None if it does not.

        A text may be a held-out sentence, and the other way round.
        """
        for language, text in ((pair.s, pair.source), (pair.t, pair.target)):
            words = _words(text)
            if _digest(words) in self._sentences:
                return "held-out text"
            if any(_digest(_words(s)) in self._sentences for s in _sentences(text, language)):
                return "held-out sentence"
            if not self._runs.isdisjoint(_runs(words)):
                return "held-out run"
        return None


def _sentences(text: str, language: str) -> Iterator[str]:
    if _INSIDE.search(text):
        found = split(text, language)
        if len(found) > 1:
            yield from (text[a:b] for a, b in found)


def _runs(words: list[str]) -> Iterator[bytes]:
    return (_digest(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


def _words(text: str) -> list[str]:
    return [w.casefold() for w in _WORD.findall(text)]


def _digest(words: list[str]) -> bytes:
    return blake2b(" ".join(words).encode(), digest_size=8).digest()


def read(file: Path, languages: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(language, text) of an evaluation file.

    It is JSON: a list of triples in the order of `languages`, or of documents with `triples`, or with `pairs` (and
    perhaps more references of the second side, `ref2`) in the two languages that the file's name ends with:
    wmt-en-uk.json. Raises ValueError for anything else.
    """
    two = tuple(file.stem.split("-")[-2:])
    for entry in json.loads(file.read_text(encoding="utf-8")):
        if isinstance(entry, list):
            yield from _row(entry, languages, file)
            continue
        for triple in entry.get("triples", ()):
            yield from _row(triple, languages, file)
        for pair in entry.get("pairs", ()):
            yield from _row(pair, two, file)
        for text in entry.get("ref2", ()):
            yield from _row([text], two[1:], file)


def _row(row: Any, languages: tuple[str, ...], file: Path) -> Iterator[tuple[str, str]]:
    if len(row) != len(languages) or not all(isinstance(text, str) for text in row):
        raise ValueError(f"{file}: {len(row)} texts where there should be one for each of {languages}")
    return zip(languages, row, strict=True)
