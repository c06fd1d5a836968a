"""Stories with planted agreements, contradictions and facts of one source alone, in three languages."""

import pytest

from polygist.summarize.brief.compose import brief
from polygist.types import SummaryLength, SummaryOptions
from tests.unit.summarize.brief.stories import (
    NAMES,
    agrees,
    contradictions,
    document,
    documents,
    is_unique,
    load,
    made,
    wanted,
)


@pytest.mark.parametrize("name", NAMES)
def test_a_story_gives_what_was_planted_in_it_and_no_other_contradiction(name: str) -> None:
    story = load(name)
    found = made(story)
    assert contradictions(found) == wanted(story["contradictions"])
    assert [e for e in story["agreements"] if not agrees(found, story, e)] == []
    assert [e for e in story["unique"] if not is_unique(found, e)] == []
    copies = {str(i): original for i, original in enumerate(found.copy_of) if original is not None}
    assert copies == story["copies"]


@pytest.mark.parametrize("name", NAMES)
def test_citations_hold_the_cited_text(name: str) -> None:
    story = load(name)
    texts = [d.article.text for d in documents(story)]
    found = made(story)
    for point in (*found.key_points, *found.agreements, *found.unique_points):
        first = point.citations[0]
        assert " ".join(texts[first.document][slice(*first.span)].split()) == point.text
        assert len({c.document for c in point.citations}) == len(point.citations) >= point.sources
    for claim in (claim for c in found.contradictions for claim in c.claims):
        where = claim.figures[0]
        assert " ".join(texts[where.document][slice(*where.span)].split()) == claim.figure.text
        for sentence, figure in zip(claim.citations, claim.figures, strict=True):
            assert sentence.document == figure.document
            assert sentence.span.start <= figure.span.start < figure.span.end <= sentence.span.end
    assert found.headline_citation is not None
    headline = texts[found.headline_citation.document][slice(*found.headline_citation.span)]
    assert headline == found.headline
    assert " ".join(texts[c.document][slice(*c.span)] for c in found.lead_citations) == found.lead


def test_what_contradicts_is_no_agreement_and_is_marked_where_it_stands() -> None:
    found = made(load("en.ferry"))
    assert all("12 people" not in p.text and "15 people" not in p.text for p in found.agreements)
    assert found.lead_disputed
    assert found.headline_disputed
    assert {f.figure.text for f in found.figures if f.disputed} >= {"12", "15", "40", "33"}
    assert all(p.disputed for p in found.key_points if "33 people" in p.text)


def test_key_points_begin_with_what_more_sources_say() -> None:
    found = made(load("de.bruecke"))
    assert [p.sources for p in found.key_points] == sorted((p.sources for p in found.key_points), reverse=True)
    assert found.key_points[0].sources == 2


def test_a_copy_is_no_source_of_its_own() -> None:
    found = made(load("en.ferry"))
    engine = next(p for p in found.agreements if "engine room" in p.text)
    assert (engine.sources, {c.document for c in engine.citations}) == (2, {0, 1, 3})
    helicopters = next(p for p in found.unique_points if "helicopters" in p.text)
    assert (helicopters.sources, {c.document for c in helicopters.citations}) == (1, {0, 3})


def test_names_are_joined_over_documents() -> None:
    language, one = "uk", "До Києва прибув президент Польщі Анджей Дуда. Його зустріли на вокзалі."
    two = "У Варшаві посол зустрівся з Дудою. Переговори тривали дві години."
    found = brief([document(one, language), document(two, language)], language, SummaryOptions())
    by_name = {n.name: n for n in found.names}
    assert by_name["Анджей Дуда"].documents == 2
    assert {c.document for c in by_name["Анджей Дуда"].citations} == {0, 1}


@pytest.mark.parametrize(("length", "most"), [(SummaryLength.SHORT, 1), (SummaryLength.LONG, 5)])
def test_the_length_bounds_what_each_source_adds(length: SummaryLength, most: int) -> None:
    found = made(load("en.ferry"), SummaryOptions(length, key_points=2))
    first = [p.citations[0].document for p in found.unique_points]
    assert max(first.count(d) for d in set(first)) <= most
    assert len(found.key_points) == 2
    assert len(found.lead_citations) == (1 if length is SummaryLength.SHORT else 2)


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "The company sold 120 of the planes in Ohio.", "The company never sold 150 planes in Ohio."),
        ("en", "Police said that 12 people died in the storm.", "In a storm in 1987, 30 people died, police said."),
        ("de", "Im Sturm starben 12 Menschen.", "Bei einem Sturm im Jahr 1987 starben 30 Menschen."),
        ("de", "Im Werk in Celle wurden 200 Stellen gestrichen.", "Im Werk in Gifhorn wurden 500 Stellen gestrichen."),
        ("uk", "Унаслідок бурі загинули 12 людей.", "Торік унаслідок бурі загинули 30 людей."),
        ("uk", "У Сумах відкрили 3 школи за 20 млн гривень.", "У Ніжині відкрили 5 шкіл за 70 млн гривень."),
    ],
)
def test_other_times_places_and_parts_are_no_contradiction(language: str, one: str, two: str) -> None:
    found = brief([document(one, language), document(two, language)], language, SummaryOptions())
    assert found.contradictions == ()


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "In the storm 12 people died.", "In the storm 19 people were killed."),
        ("de", "Im Sturm starben 12 Menschen.", "Im Sturm kamen 19 Menschen ums Leben."),
        ("uk", "Унаслідок бурі загинули 12 людей.", "Унаслідок бурі 19 людей загинуло."),
    ],
)
def test_other_words_for_the_same_count_are_a_contradiction(language: str, one: str, two: str) -> None:
    found = brief([document(one, language), document(two, language)], language, SummaryOptions())
    assert contradictions(found) == {frozenset({("12", frozenset({0})), ("19", frozenset({1}))})}


@pytest.mark.parametrize(
    ("name", "opening"),
    [
        ("en.dam", "Part of the spillway of the Harrow dam above Calder Bridge gave way"),
        ("de.klinik", "Das Klinikum Westholz schließt zum Jahresende seine Geburtsstation"),
        ("uk.potyah", "У Ковелі зійшов з рейок вантажний потяг. Пошкоджено 312 метрів колії"),
    ],
)
def test_the_lead_is_what_the_others_open_with_and_no_side_event(name: str, opening: str) -> None:
    assert made(load(name)).lead.startswith(opening)


@pytest.mark.parametrize("name", NAMES)
def test_key_points_of_more_sources_come_first_and_nothing_repeats(name: str) -> None:
    found = made(load(name))
    sources = [p.sources for p in found.key_points]
    assert sources == sorted(sources, reverse=True)
    assert not any(p.text in found.lead for p in found.key_points)
    claims = [{*claim.citations} for c in found.contradictions for claim in c.claims]
    assert not any({*p.citations} <= claim for p in found.agreements for claim in claims)
