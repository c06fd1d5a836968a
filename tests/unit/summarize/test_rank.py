"""Rankers and vectors."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer

from polygist.document.parse import parse
from polygist.summarize.rank import HipoRank, Lead, LexRank, PacSum, Ranker
from polygist.summarize.select import choose, repeated, unit
from polygist.summarize.vectors import Tfidf
from polygist.summarize.words import terms
from polygist.types import Sentence, Span

TEXT = (
    "The bridge over the river fell on Monday. The river had risen for days. Nobody was hurt when the bridge fell. "
    "A cake was sold. Engineers will rebuild the bridge over the river."
)
RANKERS = [Lead(), LexRank(), PacSum(), HipoRank(), HipoRank(toward=0.0, tail=1.0, prior=0.0)]


def sentences(sections: list[int]) -> list[Sentence]:
    return [Sentence(f"s{i}", Span(i, i + 1), i, i, section) for i, section in enumerate(sections)]


@pytest.mark.parametrize("ranker", RANKERS, ids=lambda r: type(r).__name__)
def test_what_shares_no_word_with_the_rest_is_never_best(ranker: Ranker) -> None:
    found = parse(TEXT, "en").sentences
    scores = ranker(Tfidf()([s.text for s in found], "en"), found)
    assert scores.shape == (5,)
    assert np.isfinite(scores).all()
    assert scores[3] < scores.max()


@pytest.mark.parametrize("ranker", RANKERS, ids=lambda r: type(r).__name__)
@pytest.mark.parametrize("count", [1, 2, 7])
def test_dense_and_zero_vectors(ranker: Ranker, count: int) -> None:
    found = sentences([i // 3 for i in range(count)])
    assert np.isfinite(ranker(np.zeros((count, 4)), found)).all()


def test_pacsum_agrees_with_the_definition() -> None:
    vectors = np.random.default_rng(1).random((6, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    similar = vectors @ vectors.T
    expected = [(similar[i, i + 1 :].sum() - 0.3 * similar[i, :i].sum()) / 5 for i in range(6)]
    assert PacSum(prior=0.0)(vectors, sentences([0] * 6)) == pytest.approx(expected)


def test_lexrank_agrees_with_the_full_matrix() -> None:
    vectors = np.random.default_rng(2).random((6, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    similar = vectors @ vectors.T - np.eye(6)
    transition = similar / similar.sum(axis=1, keepdims=True)
    scores = np.full(6, 1 / 6)
    for _ in range(200):
        scores = 0.15 / 6 + 0.85 * transition.T @ scores
    assert LexRank(steps=200)(vectors, sentences([0] * 6)) == pytest.approx(scores, abs=1e-6)


def test_forms_of_a_word_are_alike() -> None:
    for language, pair in {"en": "cities city", "de": "Häuser Hauses", "uk": "Києва Київ"}.items():
        one, other = Tfidf()(pair.split(), language).toarray()
        assert one @ other == pytest.approx(1.0), language


@pytest.mark.parametrize("language", ["en", "de", "uk"])
def test_vectors_are_those_of_scikit_learn(language: str) -> None:
    said = ["Kyiv Київ Kiew 2024", "", "Kyiv, Kyiv, Kyiv: 12 Bridges Brücken мости", "the", "Bridges мости 12 12 7"]
    found = [terms(s, language) for s in said]
    columns = {t: i for i, t in enumerate(dict.fromkeys(t[:6] for ts in found for t in ts))}
    counts = np.zeros((len(said), len(columns)))
    for row, ts in enumerate(found):
        for t in ts:
            counts[row, columns[t[:6]]] += 1
    expected = TfidfTransformer(sublinear_tf=True).fit_transform(csr_matrix(counts))
    assert np.array_equal(Tfidf()(said, language).toarray(), expected.toarray())


def test_choose_takes_each_section_once_before_any_twice() -> None:
    found = sentences([0, 0, 0, 1, 2])
    vectors = np.eye(5)
    scores = unit(np.array([5.0, 4.0, 3.0, 2.0, 1.0]))
    assert sorted(choose(scores, vectors, found, 3)) == [0, 3, 4]
    assert sorted(choose(scores, vectors, found, 3, spread=False)) == [0, 1, 2]


def test_what_is_taken_or_like_it_is_repeated() -> None:
    vectors = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    assert repeated(vectors, sentences([0, 0, 0]), [0]).tolist() == [True, True, False]
    assert repeated(vectors, sentences([0, 0, 0]), []).tolist() == [False, False, False]


def test_choose_leaves_out_what_repeats() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert choose(np.ones(3), vectors, sentences([0, 0, 0]), 3, spread=False) == [0, 2]
