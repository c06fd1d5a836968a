"""How well an article supports a statement."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygist.document.parse import parse
from polygist.summarize.faithfulness import THRESHOLD, Evidence, Support

ARTICLES = {
    "en": (
        "Angela Merkel met Emmanuel Macron in Berlin on Tuesday. The two leaders did not agree on the budget. "
        "Around 3,500 people protested outside the chancellery. Google bought a small firm from Microsoft."
    ),
    "de": (
        "Angela Merkel traf Emmanuel Macron am Dienstag in Berlin. Die beiden Politiker einigten sich nicht auf den "
        "Haushalt. Rund 3.500 Menschen protestierten vor dem Kanzleramt. Google kaufte Microsoft eine kleine Firma ab."
    ),
    "uk": (
        "Володимир Зеленський зустрів Еммануеля Макрона у вівторок у Києві. Президенти не домовилися про бюджет. "
        "Близько 3500 людей протестували біля парламенту. Компанія Google купила невелику фірму."
    ),
}
FAITHFUL = [
    ("en", "Merkel met Macron in Berlin."),
    ("en", "The leaders did not agree on the budget."),
    ("en", "Around 3,500 people protested."),
    ("de", "Merkel traf Macron in Berlin."),
    ("de", "Die Politiker einigten sich nicht auf den Haushalt."),
    ("de", "3.500 Menschen protestierten vor dem Kanzleramt."),
    ("uk", "Зеленський зустрів Макрона у Києві."),
    ("uk", "Президенти не домовилися про бюджет."),
    ("uk", "Близько 3500 людей протестували."),
]
SPOILT = [
    ("en", "Merkel met Emmanuel Macron in Tokyo on Tuesday.", "name"),
    ("en", "The two leaders did agree on the budget.", "negation"),
    ("en", "Around 3,500 people did not protest outside the chancellery.", "negation"),
    ("en", "Around 4,500 people protested outside the chancellery.", "number"),
    ("en", "Microsoft bought a small firm from Google.", "name"),
    ("de", "Angela Merkel traf Emmanuel Macron am Dienstag in Tokio.", "name"),
    ("de", "Die beiden Politiker einigten sich auf den Haushalt.", "negation"),
    ("de", "Rund 3.500 Menschen protestierten nicht vor dem Kanzleramt.", "negation"),
    ("de", "Rund 4.500 Menschen protestierten vor dem Kanzleramt.", "number"),
    ("uk", "Володимир Зеленський зустрів Еммануеля Макрона у вівторок у Токіо.", "name"),
    ("uk", "Президенти домовилися про бюджет.", "negation"),
    ("uk", "Близько 3500 людей не протестували біля парламенту.", "negation"),
    ("uk", "Близько 4500 людей протестували біля парламенту.", "number"),
]


def support(language: str, statement: str, text: str | None = None) -> Support:
    return Evidence(parse(text or ARTICLES[language], language)).support(statement)


@pytest.mark.parametrize(("language", "statement"), FAITHFUL)
def test_what_the_article_says_is_supported(language: str, statement: str) -> None:
    found = support(language, statement)
    assert found.score >= THRESHOLD
    assert not {"name", "number", "negation"} & set(found.doubts)
    assert len(found.spans) == 1


@pytest.mark.parametrize(("language", "statement", "doubt"), SPOILT)
def test_what_it_does_not_say_is_doubted(language: str, statement: str, doubt: str) -> None:
    found = support(language, statement)
    assert doubt in found.doubts
    assert found.score < THRESHOLD


# Sentences of the article put together, and the same with one clause that it does not say.
FUSED = [
    ("en", "Around 3,500 people protested and the two leaders did not agree on the budget.", 2),
    (
        "en",
        "The two leaders did not agree on the budget, but around 3,500 people protested outside the chancellery.",
        2,
    ),
    ("de", "Rund 3.500 Menschen protestierten, aber die beiden Politiker einigten sich nicht auf den Haushalt.", 2),
    (
        "de",
        "Die beiden Politiker einigten sich nicht auf den Haushalt und Google kaufte Microsoft eine kleine Firma ab.",
        2,
    ),
    ("uk", "Президенти не домовилися про бюджет, а компанія Google купила невелику фірму.", 2),
    ("uk", "Компанія Google купила невелику фірму і президенти не домовилися про бюджет.", 2),
]
FUSED_WRONGLY = [
    ("en", "Around 3,500 people protested and the two leaders did agree on the budget.", "negation"),
    ("en", "Around 3,500 people protested and Google bought a small firm from Samsung.", "name"),
    ("en", "Angela Merkel met Emmanuel Macron in Berlin and bought a small firm from Microsoft.", "words"),
    (
        "de",
        "Die beiden Politiker einigten sich nicht auf den Haushalt und rund 4.500 Menschen protestierten.",
        "number",
    ),
    ("de", "Angela Merkel traf Emmanuel Macron und kaufte Microsoft eine kleine Firma ab.", "name"),
    ("uk", "Компанія Google купила невелику фірму, а президенти домовилися про бюджет.", "negation"),
    ("uk", "Володимир Зеленський зустрів Еммануеля Макрона і купив невелику фірму.", "words"),
]


@pytest.mark.parametrize(("language", "statement", "spans"), FUSED)
def test_sentences_may_be_put_together(language: str, statement: str, spans: int) -> None:
    found = support(language, statement)
    assert found.score >= THRESHOLD
    assert len(found.spans) == spans


@pytest.mark.parametrize(("language", "statement", "doubt"), FUSED_WRONGLY)
def test_each_clause_counts(language: str, statement: str, doubt: str) -> None:
    found = support(language, statement)
    assert doubt in found.doubts
    assert found.score < THRESHOLD


def test_who_did_it_is_not_lost_between_clauses() -> None:
    text = "Maria Lopez collected 8,000 signatures. Priya Nair accused the mayor. She said a charity had offered help."
    assert support("en", "Maria Lopez collected 8,000 signatures and Priya Nair accused the mayor.", text).score == 1.0
    for wrong in ("accused the mayor", "she said a charity had offered help"):
        assert support("en", f"Maria Lopez collected 8,000 signatures and {wrong}.", text).score < THRESHOLD


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It cost 14.5 billion euros."),
        ("de", "Es kostete 14,5 Milliarden Euro."),
        ("uk", "Це 14,5 мільярда євро."),
    ],
)
def test_the_number_before_a_scale_word_counts(language: str, text: str) -> None:
    assert support(language, text, text).score == 1.0
    assert "number" in support(language, text.replace("14", "64"), text).doubts


@pytest.mark.parametrize("statement", ["", "  \n", "!?… — «»", "\x00\u200b"])
def test_what_says_nothing_has_no_support(statement: str) -> None:
    assert support("en", statement) == Support(0.0, (), ("words",))


def test_an_article_of_nothing_supports_nothing() -> None:
    assert Evidence(parse("", "uk")).support("Київ.").score == 0.0


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(ARTICLES)), st.text(max_size=200), st.text(max_size=80))
def test_scores_and_spans_are_in_range(language: str, text: str, statement: str) -> None:
    article = parse(ARTICLES[language] + "\n\n" + text, language)
    found = Evidence(article).support(statement)
    assert 0.0 <= found.score <= 1.0
    assert set(found.doubts) <= {"name", "number", "negation", "words"}
    assert list(found.spans) == sorted(set(found.spans))
    assert all(0 <= s.start < s.end <= len(article.text) for s in found.spans)
    assert found.spans or found.score == 0.0


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(ARTICLES)), st.text(min_size=1, max_size=200))
def test_its_own_sentences_are_supported(language: str, text: str) -> None:
    article = parse(text + "\n\n" + ARTICLES[language], language)
    evidence = Evidence(article)
    for sentence in article.sentences:
        if any(c.isalnum() for c in sentence.text):
            assert evidence.support(sentence.text).score >= 0.95


@pytest.mark.parametrize("language", ["en", "de", "uk"])
def test_a_statement_of_ten_thousand_words(language: str) -> None:
    text = ARTICLES[language]
    found = support(language, " ".join((text.split() * 10_000)[:10_000]), text)
    assert 0.0 <= found.score <= 1.0
    assert 1 <= len(found.spans) <= 3


@pytest.mark.parametrize("language", ["en", "de", "uk", "pl"])
@pytest.mark.parametrize("piece", ["1.", "1 000 ", "a'", "not ", "Київ не ", "U.S.", "x" * 50 + " ", "5 million "])
def test_hostile_statements_end(language: str, piece: str) -> None:
    statement = piece * 2_000
    assert 0.0 <= support(language, statement, ARTICLES["en"] + "\n\n" + statement).score <= 1.0
