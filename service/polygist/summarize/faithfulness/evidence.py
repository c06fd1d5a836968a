"""What an article says, in a form that statements about it can be held against."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from polygist.summarize.faithfulness.names import names
from polygist.summarize.faithfulness.negation import differs
from polygist.summarize.faithfulness.sentence import Said, read_sentence, said
from polygist.summarize.faithfulness.signs import Signs, doubts, score, weights
from polygist.summarize.faithfulness.words import read
from polygist.types import Article, BlockKind, Span

THRESHOLD = weights().threshold
_MOST_SPANS = 3
_WORTH = 0.15  # of a statement's weight that a further sentence must add
_PAIR = 0.5  # weight of two neighbouring words in the alignment, beside that of the words
_RELATED = 4  # letters at the beginning that related names share: 'Ukraine', 'Ukrainian'


@dataclass(frozen=True)
class Support:
    """How well an article supports a statement.

    `score` is 0 to 1, 1 for a sentence of the article. `spans` are the best-aligned sentences in the article's order,
    at least one where the score is above 0. `doubts` are of "name", "number", "negation", "words", the kinds of what
    speaks against the statement.
    """

    score: float
    spans: tuple[Span, ...]
    doubts: tuple[str, ...]


class Evidence:
    """An article, read once, that statements are held against. Titles and headings count, boilerplate does not."""

    def __init__(self, article: Article) -> None:
        """Linear in the article's length."""
        self._language = article.language
        spans = (s for b in article.blocks if b.kind is not BlockKind.BOILERPLATE for s in b.sentences)
        self._sentences = [read_sentence(article.text, span, article.language) for span in spans]
        self._plain = {s.plain: i for i, s in reversed(list(enumerate(self._sentences)))}
        rows = defaultdict[str, list[int]](list)
        for i, sentence in enumerate(self._sentences):
            for key in dict.fromkeys((*sentence.keys, *map(" ".join, pairwise(sentence.keys)))):
                rows[key].append(i)
        self._rows: dict[str, NDArray[np.intp]] = {key: np.array(found) for key, found in rows.items()}
        self._beginnings = {key[:_RELATED] for key in rows if len(key) >= _RELATED and " " not in key}

    def support(self, statement: str) -> Support:
        """How well the article supports one statement, a sentence in the article's language. Never raises.

        A statement without a letter or digit says nothing and has the score 0.
        """
        signs, chosen = self.signs(statement)
        if signs is None:
            return Support(0.0, (), ("words",))
        spans = tuple(self._sentences[i].span for i in sorted(chosen))
        return Support(score(signs), spans, doubts(signs))

    def signs(self, statement: str) -> tuple[Signs | None, Sequence[int]]:
        """What speaks against a statement, and the supporting sentences' numbers; None where nothing speaks for it."""
        words = read(statement, Span(0, len(statement)), self._language)
        claim = said(statement, Span(0, len(statement)), words, self._language)
        if claim.plain in self._plain and claim.keys:
            return Signs(), [self._plain[claim.plain]]
        chosen = self._aligned(claim)
        if not chosen:
            return None, ()
        known = names(statement, words, self._language) & set(claim.keys)
        return self._compare(claim, known, [self._sentences[i] for i in chosen]), chosen

    def _weight(self, key: str) -> float:
        """Inverse document frequency, each sentence a document."""
        rows = self._rows.get(key)
        return math.log(1 + len(self._sentences) / (0.5 if rows is None else len(rows)))

    def _aligned(self, claim: Said) -> list[int]:
        """Up to three sentences that together have most of the statement's words and pairs of words, best first."""
        wanted = {key: self._weight(key) for key in claim.keys}
        for a, b in pairwise(claim.keys):
            wanted[f"{a} {b}"] = _PAIR * min(wanted[a], wanted[b])
        total = sum(wanted.values())
        chosen: list[int] = []
        while len(chosen) < _MOST_SPANS and self._sentences:
            gains = np.zeros(len(self._sentences))
            for key, weight in wanted.items():
                if key in self._rows:
                    gains[self._rows[key]] += weight
            best = int(gains.argmax())
            if gains[best] <= (_WORTH * total if chosen else 0):
                break
            chosen.append(best)
            said_here = self._sentences[best].keys
            for key in (*said_here, *map(" ".join, pairwise(said_here))):
                wanted.pop(key, None)
        return chosen

    def _compare(self, claim: Said, known: Set[str], support: Sequence[Said]) -> Signs:
        weight = {key: self._weight(key) for key in claim.keys}
        near = {key for s in support for key in s.keys}
        new = {key for key in weight if key not in self._rows}
        far = {key for key in weight if key not in near} - new
        numbers = {key for key in weight if key.startswith("#")}
        unknown = {key for key in known & new if key[:_RELATED] not in self._beginnings}
        rest = weight.keys() - numbers
        total = sum(weight[key] for key in rest) or 1.0
        pairs = [(a, b) for a, b in pairwise(claim.keys) if a != b and a in near and b in near]
        of_names = [(a, b) for a, b in pairwise(k for k in claim.keys if k in known and k in near) if a != b]
        return Signs(
            names=_some(len(unknown)),
            numbers=_some(len(numbers & new)),
            words=sum(weight[key] for key in rest & new) / total,
            far_names=_some(len(known & far)),
            far_numbers=_some(len(numbers & far)),
            far_words=sum(weight[key] for key in rest & far) / total,
            apart=_share(not _ordered(a, b, support) for a, b in pairs),
            swapped=_share(_reversed(a, b, support) for a, b in of_names),
            negation=float(_denies(claim, support)),
        )


def _some(count: int) -> float:
    """0, 1/2, 2/3, 3/4, ..."""
    return count / (1 + count)


def _share(found: Iterable[bool]) -> float:
    listed = list(found)
    return sum(listed) / len(listed) if listed else 0.0


def _ordered(a: str, b: str, support: Sequence[Said]) -> bool:
    """Whether a sentence has a before b."""
    return any(a in s.places and b in s.places and s.places[a][0] < s.places[b][1] for s in support)


def _reversed(a: str, b: str, support: Sequence[Said]) -> bool:
    """Whether a sentence has both, and none has a before b."""
    return any(a in s.places and b in s.places for s in support) and not _ordered(a, b, support)


def _denies(claim: Said, support: Sequence[Said]) -> bool:
    """Whether a denial on one side is missing on the other, where no word may stand for it."""
    lost = not claim.hedged and any(differs(s.denied, claim.denied, claim.keys) for s in support)
    return lost or any(not s.hedged and differs(claim.denied, s.denied, s.keys) for s in support)
