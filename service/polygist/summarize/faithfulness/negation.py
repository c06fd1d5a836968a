"""Does one text deny what another one says?"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from polygist.summarize.faithfulness.lexicon import Lexicon, lexicon
from polygist.summarize.faithfulness.words import Kind, Word


class Denial(NamedTuple):
    """The keys of the words that say something next to a negation, "" where there is none."""

    before: str
    after: str


def denials(words: Sequence[Word], language: str) -> tuple[Denial, ...]:
    """The denials of a text, given all its words. "Not only" and "whether or not" are none."""
    known = lexicon(language)
    found: list[Denial] = []
    before, waiting = "", False
    for i, word in enumerate(words):
        if word.kind is Kind.NEGATION and _denies(words, i, known):
            found.append(Denial(before, ""))
            waiting = True
        elif word.kind in (Kind.CONTENT, Kind.NUMBER):
            if waiting:
                found[-1] = found[-1]._replace(after=word.key)
            before, waiting = word.key, False
    return tuple(found)


def differs(here: Collection[Denial], there: Collection[Denial], keys: Collection[str]) -> bool:
    """Whether something is denied `here` and said `there`, where `keys` stand, without a denial beside it."""
    answered = {key for denial in there for key in denial if key}
    known = frozenset(keys)
    beside = ({key for key in denial if key} for denial in here)
    return any(near and near <= known and near.isdisjoint(answered) for near in beside)


def _denies(words: Sequence[Word], i: int, known: Lexicon) -> bool:
    following = words[i + 1].folded if i + 1 < len(words) else ""
    return following not in known.bounds and not (i and words[i - 1].folded in known.openers)
