"""What vectors of a model change in an extractive summary, and how windows become a vector."""

from typing import Any

import numpy as np
import pytest

from polygist.document.parse import parse
from polygist.summarize.extract import summarize
from polygist.summarize.focus import matches
from polygist.summarize.meaning import usual, vectors
from polygist.summarize.vectors import Meaning, Meanings
from polygist.types import SummaryOptions
from tests.conftest import ROOT

ARTICLES = {
    code: parse((ROOT / f"tests/data/articles/{name}.txt").read_text(encoding="utf-8"), code)
    for code, name in (("en", "en.library"), ("de", "de.hochwasser"), ("uk", "uk.uhoda"))
}


def apart(n: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Vectors of which none is like another."""
    return np.eye(n)


@pytest.mark.parametrize("code", ARTICLES)
def test_a_focus_in_other_words(code: str) -> None:
    """None of its words is in the article; by their vectors three sentences are near."""
    article = ARTICLES[code]
    n = len(article.sentences)
    near = np.zeros(n)
    wanted = (n - 1, n - 3, n // 2)
    near[list(wanted)] = (0.9, 0.8, 0.7)
    options = SummaryOptions(focus="Zwölfklang", key_points=3)
    assert not summarize(article, options).focus_found
    made = summarize(article, options, meaning=Meaning(Meanings(apart(n), 0.0), near))
    assert made.focus_found
    scores = {p.spans[0]: p.focus_score for p in made.key_points}
    assert [scores.get(article.sentences[i].span) for i in wanted] == [0.9, 0.8, 0.7]


@pytest.mark.parametrize("code", ARTICLES)
def test_words_of_the_focus_count_beside_vectors(code: str) -> None:
    article = ARTICLES[code]
    sentence = max(article.sentences, key=lambda s: len(s.text))
    options = SummaryOptions(focus=sentence.text, key_points=3)
    far = Meaning(Meanings(apart(len(article.sentences)), 0.0), np.zeros(len(article.sentences)))
    words = dict(zip((s.span for s in article.sentences), matches(sentence.text, article.sentences, code), strict=True))
    made = summarize(article, options, meaning=far)
    for point in made.key_points:
        assert point.focus_score == pytest.approx(words[point.spans[0]])
    assert 1.0 in {p.focus_score for p in made.key_points} or sentence.span in made.lead_spans


@pytest.mark.parametrize("code", ARTICLES)
def test_what_means_the_same_is_said_once(code: str) -> None:
    """The second half of an article means what the first does, in other words."""
    article = ARTICLES[code]
    n, half = len(article.sentences), len(article.sentences) // 2
    rows = apart(n)
    rows[half : 2 * half] = rows[:half]
    made = summarize(article, SummaryOptions(key_points=8), meaning=Meaning(Meanings(rows, 0.2), None))
    places = {s.span: s.position for s in article.sentences}
    said = [places[span] for span in (*made.lead_spans, *(p.spans[0] for p in made.key_points))]
    meant = [place if place >= 2 * half else place % half for place in said]
    assert len(set(meant)) == len(meant)


def test_without_a_focus_likeness_to_it_is_none() -> None:
    article = ARTICLES["en"]
    made = summarize(article, SummaryOptions(), meaning=Meaning(Meanings(apart(len(article.sentences)), 0.0), None))
    assert {p.focus_score for p in made.key_points} == {None}
    assert made.focus_found


def test_likeness_begins_where_texts_are_unrelated() -> None:
    found = Meanings(np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.0, 0.0]]), 0.5)
    assert found.likeness(np.array([1.0, 0.0])).tolist() == pytest.approx([1.0, 0.2, -1.0, -1.0])


def test_what_is_usual_in_an_article() -> None:
    rows = vectors([[(1,)], [(1,)], [(1,)]], [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
    cosines = [float(rows[a] @ rows[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert usual(rows) == pytest.approx(sum(cosines) / 3)
    assert usual(rows[:1]) == usual(rows[:0]) == 0.0


def test_windows_count_by_their_tokens() -> None:
    rows = vectors([[(1, 2, 3), (4,)], [], [(5, 6)]], [(1.0, 0.0), (0.0, 2.0), (0.0, 5.0)])
    assert rows[0] == pytest.approx(np.array([3.0, 2.0]) / np.sqrt(13))
    assert rows[1:].tolist() == [[0.0, 0.0], [0.0, 1.0]]
    assert vectors([[], []], []).shape == (2, 1)
