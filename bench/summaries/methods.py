"""Ways to pick three sentences of an article."""

import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from cases import Case

from polygist.summarize.extract import METHOD, summarize
from polygist.summarize.fitness import fitness
from polygist.summarize.lexicon import lexicon
from polygist.summarize.rank import HipoRank, Lead, LexRank, PacSum, Ranker, Scores
from polygist.summarize.select import choose, unit
from polygist.summarize.vectors import Tfidf, Vectorizer, Vectors
from polygist.types import Sentence, SummaryLength, SummaryOptions

PICKED = 3
DEFAULT = "pacsum + prior"
PRODUCT = f"the product: {METHOD}"


@dataclass(frozen=True)
class Pick:
    """A sentence of a summary: its position in the article, and its text there."""

    position: int
    text: str


Method = Callable[[Case], list[Pick]]


class Random:
    """Any order, the same at each run."""

    def __call__(self, vectors: Vectors, sentences: Sequence[Sentence]) -> Scores:
        """Numbers from 0 to 1."""
        seeded = random.Random(zlib.crc32(sentences[0].text.encode()))
        return np.array([seeded.random() for _ in sentences])


class TextRank:
    """TextRank (Mihalcea & Tarau 2004): PageRank over shared words, by the logarithms of both lengths.

    Holds all pairs of sentences, so its time and memory grow with the square of their number.
    """

    def __call__(self, vectors: Vectors, sentences: Sequence[Sentence]) -> Scores:
        """The stationary probabilities."""
        words = (vectors != 0).astype(float)
        shared = np.asarray((words @ words.T).todense())
        lengths = np.log(np.maximum(shared.diagonal(), 1.0))
        weights = shared / np.maximum(lengths[:, None] + lengths[None, :], 1.0)
        np.fill_diagonal(weights, 0.0)
        transition = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
        scores = np.full(len(sentences), 1.0 / len(sentences))
        for _ in range(30):
            scores = 0.15 / len(sentences) + 0.85 * transition.T @ scores
        return scores


class Remembered:
    """The vectors of articles that were seen before are not made again."""

    def __init__(self, vectorizer: Vectorizer) -> None:
        self._vectorizer, self._seen = vectorizer, dict[tuple[str, ...], Vectors]()

    def __call__(self, sentences: Sequence[str], language: str) -> Vectors:
        """As the vectorizer."""
        key = tuple(sentences)
        if key not in self._seen:
            self._seen[key] = self._vectorizer(sentences, language)
        return self._seen[key]


TFIDF = Remembered(Tfidf())


def pick(vectorizer: Vectorizer, ranker: Ranker, *, stands: bool = False) -> Method:
    """The best three by rank and maximal marginal relevance; with `stands`, rank times fitness."""

    def method(case: Case) -> list[Pick]:
        sentences = case.article.sentences
        vectors = vectorizer([s.text for s in sentences], case.language)
        scores = unit(ranker(vectors, sentences))
        if stands:
            scores = scores * np.array([fitness(s, lexicon(case.language), False) for s in sentences])
        return picks(case, choose(scores, vectors, sentences, PICKED, spread=False))

    return method


def submodular(ranker: Ranker, *, share: float = 0.1, weight: float = 0.1) -> Method:
    """Coverage of all sentences, no more than a `share` of what each has, and rank (Lin & Bilmes 2011), greedily."""

    def method(case: Case) -> list[Pick]:
        sentences = case.article.sentences
        vectors = TFIDF([s.text for s in sentences], case.language)
        similar = np.asarray((vectors @ vectors.T).todense())
        cap, rank = share * similar.sum(axis=1), unit(ranker(vectors, sentences))
        covered, chosen = np.zeros(len(sentences)), list[int]()
        for _ in range(min(PICKED, len(sentences))):
            gain = np.minimum(covered[:, None] + similar, cap[:, None]).sum(axis=0)
            worth = rank + weight * gain / max(float(cap.mean()), 1e-9)
            worth[chosen] = -np.inf
            chosen.append(int(np.argmax(worth)))
            covered += similar[:, chosen[-1]]
        return picks(case, chosen)

    return method


def product(case: Case) -> list[Pick]:
    """What the service gives for a short summary: lead and two key points, shortened as they are."""
    summary = summarize(case.article, SummaryOptions(SummaryLength.SHORT, key_points=PICKED - 1))
    texts = {p.spans[0]: p.text for p in summary.key_points}
    wanted = {*summary.lead_spans, *texts}
    return [Pick(s.position, texts.get(s.span, s.text)) for s in case.article.sentences if s.span in wanted]


def picks(case: Case, positions: Sequence[int]) -> list[Pick]:
    """Sentences in the order of the article."""
    return [Pick(i, case.article.sentences[i].text) for i in sorted(positions)]


def own() -> dict[str, Method]:
    """Every method of this repository by its name."""
    rankers: dict[str, Ranker] = {
        "random": Random(),
        "lead-3": Lead(),
        "textrank": TextRank(),
        "lexrank": LexRank(),
        "hiporank, as published": HipoRank(toward=0.0, tail=1.0, between=0.5, prior=0.0),
        "hiporank, beginning + prior": HipoRank(),
        "pacsum": PacSum(prior=0.0),
        DEFAULT: PacSum(),
    }
    found = {name: pick(TFIDF, ranker) for name, ranker in rankers.items()}
    found["pacsum + prior, uncut lemmas"] = pick(Tfidf(stem=0), PacSum())
    found["pacsum + prior, submodular"] = submodular(PacSum())
    found["pacsum + prior, fitness"] = pick(TFIDF, PacSum(), stands=True)
    found[PRODUCT] = product
    return found
