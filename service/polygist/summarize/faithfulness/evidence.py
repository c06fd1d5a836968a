"""What an article says, in a form that statements about it can be held against."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise, zip_longest

import numpy as np

from polygist.summarize.faithfulness.clauses import clauses
from polygist.summarize.faithfulness.names import names
from polygist.summarize.faithfulness.negation import differs
from polygist.summarize.faithfulness.sentence import Said, read_sentence, said
from polygist.summarize.faithfulness.signs import Signs, doubts, score, weights
from polygist.summarize.faithfulness.words import Word, read
from polygist.types import Article, BlockKind, Span

THRESHOLD = weights().threshold
_MOST_SPANS = 3
_WORTH = 0.15  # of a statement's weight that a further sentence must add
_PAIR = 0.25  # of the weight of two words counts again when they stand side by side
_RELATED = 4  # letters that related names share at the beginning: 'Britain', 'British'
_GAP = 0.25  # of a break is what is left out inside a sentence
_STEADY = 4  # pairs without a break that every statement is given: one break in a short one says little
_BEFORE = 2  # sentences that pronouns may refer back to

_Term = str | tuple[str, str]  # a word that says something, or two neighbouring words of any kind


@dataclass(frozen=True)
class Support:
    """How well an article supports a statement.

    `score` is 0 to 1, 1 for a sentence of the article. `spans` are the best-aligned sentences in the article's order,
    at least one where the score is above 0. `doubts` are of "name", "number", "negation", "words": the kinds of what
    speaks against the statement.
    """

    score: float
    spans: tuple[Span, ...]
    doubts: tuple[str, ...]


class Evidence:
    """An article, read once, that statements are held against. Titles and headings count, boilerplate does not."""

    def __init__(self, article: Article) -> None:
        """Time and memory are linear in the article's length."""
        self._language = article.language
        spans = (s for b in article.blocks if b.kind is not BlockKind.BOILERPLATE for s in b.sentences)
        self._sentences = [read_sentence(article.text, span, article.language) for span in spans]
        self._plain = {s.plain: i for i, s in reversed(list(enumerate(self._sentences)))}
        self._openings = {s.keys[0] for s in self._sentences if s.keys}
        rows = defaultdict[_Term, list[int]](list)
        for i, sentence in enumerate(self._sentences):
            for term in sentence.terms:
                rows[term].append(i)
        self._rows = dict(rows)
        self._beginnings = {term[:_RELATED] for term in rows if isinstance(term, str) and len(term) >= _RELATED}

    def support(self, statement: str) -> Support:
        """How well the article supports one statement, a sentence in the article's language. Never raises on any text.

        A statement without a letter or digit says nothing; it has the score 0, and so has one that shares no word with
        the article.
        """
        signs, chosen = self.signs(statement)
        if not chosen:
            return Support(0.0, (), ("words",))
        return Support(score(signs), tuple(self._sentences[i].span for i in sorted(chosen)), doubts(signs))

    def signs(self, statement: str) -> tuple[Signs, Sequence[int]]:
        """What speaks against a statement, and which sentences, by number, speak for it, the best first.

        Clauses that rest on different sentences are judged each for itself, and the worst of them counts.
        """
        words = read(statement, Span(0, len(statement)), self._language)
        named = names(statement, words, self._language)
        parts = clauses(words, self._language, lambda key: key in self._openings or key in named)
        found = [self._judged(part, named) for part in parts]
        if len({tuple(chosen[:1]) for _, chosen in found}) < len(parts):
            return self._judged(words, named)
        worst = Signs(*map(max, zip(*(signs for signs, _ in found), strict=True)))
        ranked = (i for level in zip_longest(*(chosen for _, chosen in found)) for i in level if i is not None)
        return worst, list(dict.fromkeys(ranked))[:_MOST_SPANS]

    def _judged(self, words: Sequence[Word], named: Set[str]) -> tuple[Signs, Sequence[int]]:
        """The same for one clause, in a statement with the names `named`."""
        claim = said(Span(words[0].span.start, words[-1].span.end) if words else Span(0, 0), words, self._language)
        if claim.plain in self._plain and claim.words:
            return Signs(), [self._plain[claim.plain]]
        chosen = self._aligned(claim)
        if not chosen:
            return Signs(words=1.0, breaks=1.0), ()
        return self._compared(claim, named & set(claim.keys), chosen), chosen

    def _weight(self, key: str) -> float:
        """Inverse document frequency, each sentence a document."""
        rows = self._rows.get(key)
        return math.log(1 + len(self._sentences) / (0.5 if rows is None else len(rows)))

    def _aligned(self, claim: Said) -> list[int]:
        """Up to three sentences that together have most of the statement's words and neighbours, the best first."""
        weight = {key: self._weight(key) for key in claim.keys}
        wanted: dict[_Term, float] = dict(weight.items())
        for a, b in claim.pairs:
            wanted[a, b] = _PAIR * (weight.get(a, 0.0) + weight.get(b, 0.0))
        total = sum(wanted.values())
        chosen: list[int] = []
        while len(chosen) < _MOST_SPANS and self._sentences:
            gains = np.zeros(len(self._sentences))
            for term, value in wanted.items():
                if term in self._rows:
                    gains[self._rows[term]] += value
            best = int(gains.argmax())
            if gains[best] <= (_WORTH * total if chosen else 0):
                break
            chosen.append(best)
            for term in self._sentences[best].terms:
                wanted.pop(term, None)
        return chosen

    def _compared(self, claim: Said, named: Set[str], chosen: Sequence[int]) -> Signs:
        """The signs of a statement with the names `named` against the chosen sentences, and against the article."""
        support = [self._sentences[i] for i in chosen]
        weight = {key: self._weight(key) for key in claim.keys}
        numbers = {key for key in weight if key.startswith("#")}
        new = {key for key in weight if key not in self._rows}
        unrelated = {key for key in named & new if key[:_RELATED] not in self._beginnings}
        rest = weight.keys() - numbers
        order = [key for key in claim.keys if key in named]
        return Signs(
            names=_some(len(unrelated)),
            numbers=_some(len(numbers & new)),
            words=sum(weight[key] for key in rest & new) / (sum(weight[key] for key in rest) or 1.0),
            far_names=_some(len(named - new - self._around(chosen[0]))),
            breaks=_breaks(claim, support),
            swapped=_share(_reversed(a, b, support) for a, b in pairwise(order) if a != b),
            negation=float(_denied(claim, support)),
        )

    def _around(self, i: int) -> Set[str]:
        """The words of a sentence, and of those before it that its pronouns may refer to."""
        return {key for sentence in self._sentences[max(i - _BEFORE, 0) : i + 1] for key in sentence.words}


def _some(count: int) -> float:
    """0, 1/2, 2/3, 3/4, ..."""
    return count / (1 + count)


def _share(found: Iterable[bool]) -> float:
    listed = list(found)
    return sum(listed) / len(listed) if listed else 0.0


def _breaks(claim: Said, support: Sequence[Said]) -> float:
    """The share of neighbouring words that no sentence has side by side; a quarter where one has words between."""
    beside = {pair for sentence in support for pair in sentence.pairs}
    torn = [pair for pair in claim.pairs if pair not in beside]
    gaps = sum(any(s.has_ordered(a, b) for s in support) for a, b in torn)
    return (len(torn) - (1 - _GAP) * gaps) / (len(claim.pairs) + _STEADY)


def _reversed(a: str, b: str, support: Sequence[Said]) -> bool:
    """Whether some sentence has both words, and each that does has the second before the first."""
    both = [s.places for s in support if a in s.places and b in s.places]
    return bool(both) and all(places[b][1] < places[a][0] for places in both)


def _denied(claim: Said, support: Sequence[Said]) -> bool:
    """Whether a denial on one side is missing on the other, where no word may stand for it."""
    lost = not claim.hedged and any(differs(s.denied, claim.denied, claim.keys) for s in support)
    return lost or any(not s.hedged and differs(claim.denied, s.denied, s.keys) for s in support)
