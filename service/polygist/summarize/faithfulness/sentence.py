"""A sentence as it is compared: what it says, and what it denies."""

from dataclasses import dataclass
from functools import cached_property

from polygist.summarize.faithfulness.lexicon import lexicon
from polygist.summarize.faithfulness.negation import Denial, denials
from polygist.summarize.faithfulness.words import Kind, Word, read
from polygist.types import Span

_SAYING = (Kind.CONTENT, Kind.NUMBER)


@dataclass(frozen=True)
class Said:
    """A sentence of an article, or a statement about one.

    `keys` are those of the words that say something, in order; all words where none does. `plain` is the same for
    sentences that differ in spaces, signs and case only. `hedged`: a word in it may stand for a negation.
    """

    span: Span
    keys: tuple[str, ...]
    denied: tuple[Denial, ...]
    hedged: bool
    plain: str

    @cached_property
    def places(self) -> dict[str, tuple[int, int]]:
        """For each key where it stands first and last among the keys."""
        found: dict[str, tuple[int, int]] = {}
        for place, key in enumerate(self.keys):
            found[key] = (found.get(key, (place, place))[0], place)
        return found


def said(text: str, span: Span, words: list[Word], language: str) -> Said:
    """What text[span], whose `words` were read, says."""
    saying = [w.key for w in words if w.kind in _SAYING] or [w.key for w in words]
    hedges = lexicon(language).denials
    return Said(
        span=span,
        keys=tuple(saying),
        denied=denials(words, language),
        hedged=any(w.folded.startswith(hedges) for w in words if w.kind is not Kind.NEGATION) if hedges else False,
        plain=" ".join(w.folded for w in words),
    )


def read_sentence(text: str, span: Span, language: str) -> Said:
    """The same from the text alone."""
    return said(text, span, read(text, span, language), language)
