"""A sentence as it is compared: what it says, and what it denies."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from polygist.summarize.faithfulness.lexicon import lexicon
from polygist.summarize.faithfulness.negation import Denial, denials
from polygist.summarize.faithfulness.words import Kind, Word, read
from polygist.types import Span

_SAYING = (Kind.CONTENT, Kind.NUMBER)


@dataclass(frozen=True)
class Said:
    """A sentence of an article, or a statement about one.

    `words` are the keys of all words in order, `keys` of those that say something (of all where none does). `plain` is
    the same for sentences that differ in spaces, signs and case only. `hedged`: a word may stand for a negation.
    """

    span: Span
    words: tuple[str, ...]
    keys: tuple[str, ...]
    denied: tuple[Denial, ...]
    hedged: bool
    plain: str

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The words by two neighbours."""
        return list(pairwise(self.words))

    @property
    def terms(self) -> dict[str | tuple[str, str], None]:
        """What it can be found by, in order: keys and pairs, each once."""
        return dict.fromkeys((*self.keys, *self.pairs))

    @cached_property
    def places(self) -> dict[str, tuple[int, int]]:
        """For each word where it stands first and last."""
        found: dict[str, tuple[int, int]] = {}
        for place, key in enumerate(self.words):
            found[key] = (found.get(key, (place, place))[0], place)
        return found

    def has_ordered(self, a: str, b: str) -> bool:
        """Whether one word stands before another one."""
        return a in self.places and b in self.places and self.places[a][0] < self.places[b][1]


def said(span: Span, words: Sequence[Word], language: str) -> Said:
    """What the text at `span`, whose `words` were read, says."""
    everything = tuple(w.key for w in words)
    hedges = lexicon(language).denials
    return Said(
        span=span,
        words=everything,
        keys=tuple(w.key for w in words if w.kind in _SAYING) or everything,
        denied=denials(words, language),
        hedged=any(w.folded.startswith(hedges) for w in words if w.kind is not Kind.NEGATION),
        plain=" ".join(w.folded for w in words),
    )


def read_sentence(text: str, span: Span, language: str) -> Said:
    """What text[span] says."""
    return said(span, read(text, span, language), language)
