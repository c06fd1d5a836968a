"""A summary about what the reader wants to know."""

import pytest

from polygist.document.parse import parse
from polygist.summarize.extract import summarize
from polygist.summarize.focus import matches
from polygist.types import SummaryOptions

MATCHES = [
    ("en", "NATO", "Ukraine wants to join NATO.", 1.0),
    ("en", "WHO", "Doctors who were asked agree.", 0.0),
    ("en", "WHO", "The WHO agrees with them.", 1.0),
    ("en", "economic impact", "The economy will suffer.", 0.25),
    ("en", "security guarantees", "It needs a guarantee of security.", 1.0),
    ("en", "the", "The deal was signed.", 0.0),
    ("de", "Häuser", "Das Haus wurde verkauft.", 1.0),
    ("de", "Wien", "Der Wiener Stadtrat tagte.", 0.0),
    ("de", "Beitritt", "Der NATO-Beitritt ist fern.", 1.0),
    ("uk", "київ", "Мер Києва підписав угоду.", 1.0),
    ("uk", "Зеленський", "Зустріч із Зеленським відбулася.", 1.0),
    ("uk", "п'ять мостів", "П’ять років будували міст.", 1.0),
]


@pytest.mark.parametrize(("language", "focus", "text", "expected"), MATCHES)
def test_matches(language: str, focus: str, text: str, expected: float) -> None:
    (found,) = matches(focus, parse(text, language).sentences, language)
    assert found == pytest.approx(expected)


def test_a_focus_comes_first(seed: str) -> None:
    plain = summarize(parse(seed, "en"), SummaryOptions())
    about = summarize(parse(seed, "en"), SummaryOptions(focus="NATO"))
    assert about.focus_found
    assert (about.headline, about.lead) == (plain.headline, plain.lead)
    assert [p.focus_score for p in about.key_points] == [1.0] * 5
    assert all("NATO" in p.text for p in about.key_points)
    assert [p.focus_score for p in plain.key_points] == [None] * 5


@pytest.mark.parametrize("focus", ["dinosaurs", "the", "!?", "NATO" * 50])
def test_a_focus_that_is_not_there_changes_nothing(seed: str, focus: str) -> None:
    plain = summarize(parse(seed, "en"), SummaryOptions())
    about = summarize(parse(seed, "en"), SummaryOptions(focus=focus))
    assert not about.focus_found
    assert [p.text for p in about.key_points] == [p.text for p in plain.key_points]
    assert {p.focus_score for p in about.key_points} == {0.0}


def test_a_shortened_point_cites_the_whole_sentence(seed: str) -> None:
    article = parse(seed, "en")
    shortened = [p for p in summarize(article, SummaryOptions()).key_points if p.shortened]
    assert shortened
    for point in shortened:
        (span,) = point.spans
        assert seed[span.start : span.end].startswith(("However, ", "Instead, "))
        assert point.text[1:] in seed[span.start : span.end]
        assert point.support_score == 1.0
