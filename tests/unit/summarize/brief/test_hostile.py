"""Any texts at all: citations lie inside their documents, and work stays bounded."""

from concurrent.futures import CancelledError

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from polygist.concurrency import Stop
from polygist.summarize.brief.clauses import Clauses
from polygist.summarize.brief.compose import brief
from polygist.summarize.brief.copies import copies
from polygist.summarize.brief.likeness import Likeness
from polygist.summarize.brief.types import Brief, Citation
from polygist.types import Article, Span, SummaryOptions
from tests.unit.summarize.brief.stories import document, load

_PIECES = [a["body"] for n in ("en.ferry", "de.bruecke", "uk.zlyva") for a in load(n)["articles"]]
_SENTENCES = st.sampled_from([s for p in _PIECES for s in p.replace("\n", " ").split(". ")])
_ODD = st.text(max_size=40) | st.sampled_from(
    ["12", "1.2.3", "𝟙𝟚 people died", "\r\n\r\n", "👩‍👩‍👧 5 %", "...", "12 " * 30]
)
_TEXTS = st.lists(_SENTENCES | _ODD, max_size=8).map(". ".join)


def places(found: Brief) -> list[Citation]:
    points = (*found.key_points, *found.agreements, *found.unique_points)
    claims = [claim for c in found.contradictions for claim in c.claims]
    return [
        *([found.headline_citation] if found.headline_citation else []),
        *found.lead_citations,
        *(c for p in points for c in p.citations),
        *(c for claim in claims for c in (*claim.citations, *claim.figures)),
        *(c for n in found.names for c in n.citations),
        *(c for f in found.figures for c in f.citations),
    ]


@settings(max_examples=60)
@given(st.lists(_TEXTS, min_size=2, max_size=5), st.sampled_from(["en", "de", "uk"]))
@example(["", "A0\U00017000"], "uk")  # a letter without a name, of which pymorphy3 fails
def test_citations_lie_inside_their_documents_and_hold_the_text(texts: list[str], language: str) -> None:
    found = brief([document(t, language) for t in texts], language, SummaryOptions())
    for place in places(found):
        assert 0 <= place.span.start < place.span.end <= len(texts[place.document])
    for claim in (claim for c in found.contradictions for claim in c.claims):
        where = claim.figures[0]
        assert " ".join(texts[where.document][slice(*where.span)].split()) == claim.figure.text
    for copied, original in enumerate(found.copy_of):
        assert original is None or (original != copied and found.copy_of[original] is None)


@given(st.text(alphabet="ab ,;.()12", max_size=60), st.data())
def test_a_clause_holds_its_figure_and_grows_to_the_whole(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    at = Span(start, data.draw(st.integers(start, len(text))))
    clauses = Clauses(text, [at], {"ab"})
    clause = clauses.around(at)
    for _ in range(len(text) + 2):
        assert 0 <= clause.start <= at.start <= at.end <= clause.end <= len(text)
        clause = clauses.wider(clause)
    assert clause == Span(0, len(text))


def test_a_term_that_everything_has_brings_no_two_together() -> None:
    n = 2_000
    rows = csr_matrix(np.ones((n, 1)))
    assert Likeness(rows, list(range(n)), Stop()).pairs == []
    few = csr_matrix(np.ones((3, 1)))
    assert len(Likeness(few, [0, 1, 2], Stop()).pairs) == 3
    assert Likeness(few, [0, 0, 0], Stop()).pairs == []


def test_a_statement_keeps_so_many_neighbours() -> None:
    near = Likeness(csr_matrix(np.ones((400, 1))), list(range(400)), Stop())
    assert len(near.pairs) <= 400 * 30


def test_the_longest_of_several_is_the_one_that_is_copied() -> None:
    words = [f"word{i}" for i in range(60)]
    whole, part, other = " ".join(words) + ".", " ".join(words[:30]) + ".", " ".join(reversed(words)) + "."
    articles = [document(t, "en").article for t in (part, whole, other, whole)]
    assert copies(articles) == (1, None, None, 1)
    assert copies([document(t, "en").article for t in ("It is.", "It was.")]) == (None, None)


def test_what_is_the_same_word_for_word_is_a_copy_however_short() -> None:
    assert copies([document(t, "en").article for t in ("It is.", "It was.", "It is .")]) == (None, None, 0)
    # A translation of which nothing is left.
    assert copies([Article("", "en", (), None, None, ())] * 2) == (None, None)


def test_a_table_of_figures_is_not_compared() -> None:
    rows = ["The town had " + " and ".join(f"{n + i} dead" for n in range(20, 320)) + "." for i in (0, 5)]
    found = brief([document(f"The council met. {row}", "en") for row in rows], "en", SummaryOptions())
    assert found.contradictions == ()
    assert found.agreements == ()
    assert len(found.figures) > 300


def test_what_a_document_repeats_is_said_once() -> None:
    told = ["The bridge fell into the river. " * 600, "The bridge fell into the river. " * 600 + "Trains are late now."]
    found = brief([document(t, "en") for t in told], "en", SummaryOptions())
    (agreement,) = found.agreements
    assert [(c.document, c.span.start) for c in agreement.citations] == [(0, 0), (1, 0)]
    assert [p.text for p in found.unique_points] == ["Trains are late now."]


def test_a_sentence_of_few_words_is_cited_wherever_it_stands() -> None:
    texts = [f"{a['body']} No one was hurt." for a in load("en.dam")["articles"][:3]]
    found = brief([document(t, "en") for t in texts], "en", SummaryOptions())
    cited = {p.text: {c.document for c in p.citations} for p in (*found.agreements, *found.unique_points)}
    assert cited["No one was hurt."] == {0, 1, 2}


@pytest.mark.parametrize("steps", [0, 1, 10, 30])
def test_a_comparison_that_nobody_waits_for_ends_at_its_next_step(steps: int) -> None:
    class Leaving(Stop):
        left = steps

        def check(self) -> None:
            if not self.left:
                self.__exit__()
            self.left -= 1
            super().check()

    told = [document(a["body"], "en") for a in load("en.ferry")["articles"]]
    with pytest.raises(CancelledError):
        brief(told, "en", SummaryOptions(), Leaving())
