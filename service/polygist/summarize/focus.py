"""How well sentences match what a reader wants to know about."""

from collections.abc import Sequence

import numpy as np

from polygist.summarize.lexicon import lexicon
from polygist.summarize.rank import Scores
from polygist.summarize.words import WORD, base_form, folded, name_form
from polygist.types import Sentence

_BEGINNING = 6  # letters that words of one family share: economy, economic
_ALIKE = 0.5  # worth of a word that only begins alike


def matches(focus: str, sentences: Sequence[Sentence], language: str) -> Scores:
    """For each sentence the share of the focus's content words that it holds, 0 to 1.

    A word counts in any of its forms ('Києва' is 'Київ'), and half where a word of the sentence only begins with the
    same six letters ('economy' for 'economic'). All 0 where the focus has no content word.
    """
    wanted = [_keys(part, language) for word in WORD.findall(focus) for part in word.split("-")]
    wanted = [keys for keys in wanted if keys]
    if not wanted:
        return np.zeros(len(sentences))
    return np.array([_match(wanted, s.text, language) for s in sentences])


def _match(wanted: Sequence[frozenset[str]], text: str, language: str) -> float:
    parts = {part for word in WORD.findall(text) for part in word.split("-")}
    held = frozenset[str]().union(*(_keys(part, language) for part in parts))
    beginnings = {k[:_BEGINNING] for k in held}
    return sum(_worth(keys, held, beginnings) for keys in wanted) / len(wanted)


def _worth(keys: frozenset[str], held: frozenset[str], beginnings: set[str]) -> float:
    if not keys.isdisjoint(held):
        return 1.0
    return _ALIKE if any(len(k) >= _BEGINNING and k[:_BEGINNING] in beginnings for k in keys) else 0.0


def _keys(word: str, language: str) -> frozenset[str]:
    """What two forms of a word have in common. A stop word has nothing but its capitals: 'WHO' is not 'who'."""
    plain = folded(word)
    if plain in lexicon(language).stop_words:
        return frozenset([word] if len(word) > 1 and word.isupper() else [])
    return frozenset([base_form(word, language), name_form(plain, language)])
