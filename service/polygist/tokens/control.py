"""Names of special tokens in a text that is to stand among them: in a prompt whose marks are read as marks."""

import unicodedata
from itertools import pairwise

from ahocorasick_rs import AhoCorasick
from tokenizers import Tokenizer


class Control:
    """The tokens of a tokenizer that are marks. Safe to share between threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        added = {id: token.content for id, token in tokenizer.get_added_tokens_decoder().items()}
        marks = {id: name for id, name in added.items() if len(name) > 1 and not name.isspace()}
        self.ids = frozenset(marks)
        self._names = AhoCorasick(list(marks.values()))

    def broken(self, text: str) -> str:
        """The text so that it holds no mark: '<s> 1 < 2' -> '< s> 1 < 2'."""
        plain = unicodedata.normalize("NFKC", text)  # as some tokenizers do before they look
        text = plain if self._starts(plain) else text
        cuts = [0, *sorted({start + 1 for start in self._starts(text)}), len(text)]
        return " ".join(text[a:b] for a, b in pairwise(cuts))

    def _starts(self, text: str) -> list[int]:
        return [start for _, start, _ in self._names.find_matches_as_indexes(text, overlapping=True)]
