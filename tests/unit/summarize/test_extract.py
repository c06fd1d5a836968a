"""The extractive summary: goldens, the seed, properties, hostile texts."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from polygist.document.parse import parse
from polygist.summarize.extract import KEY_POINTS, summarize
from polygist.summarize.fitness import is_dependent
from polygist.summarize.lexicon import lexicon
from polygist.summarize.words import one_line
from polygist.types import SummaryLength, SummaryOptions
from tests.unit.summarize.article_goldens import ARTICLES, PATHS, record

LANGUAGES = ("en", "de", "uk")
WORDS = [
    "Anna",
    "Meier",
    "sagte",
    "„Ja",
    "gut“",
    "Київ",
    "сказав",
    "«так»",
    "said",
    '"no"',
    "5 %",
    "2022",
    "$3",
    "However",
    ".",
]


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_goldens(path: Path) -> None:
    assert record(path) == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def test_there_are_four_goldens_for_each_language() -> None:
    assert {la: sum(p.name.startswith(la) for p in PATHS) for la in LANGUAGES} == dict.fromkeys(LANGUAGES, 4)


def test_seed(seed: str) -> None:
    summary = summarize(parse(seed, "en"), SummaryOptions())
    assert summary.headline == "Zelensky to Meet Trump in Washington to Sign Minerals Deal"
    assert summary.lead.startswith("Ukrainian President Volodymyr Zelensky is set to meet")
    assert len(summary.key_points) == 5
    assert len({p.section for p in summary.key_points}) == 5
    assert [s.heading for s in summary.sections] == [p.section for p in summary.key_points]
    assert max(p.rank_score for p in summary.key_points) == 1.0
    assert not any(p.text.startswith(("However", "Instead", "He ")) for p in summary.key_points)
    everything = repr(summary)
    assert "story is developing" not in everything
    speakers = [q.speaker for q in summary.quotes]
    assert speakers.count("Volodymyr Zelensky") >= 2
    assert speakers.count("Donald Trump") >= 2
    assert "Kaja Kallas" in speakers
    assert "" not in speakers


def test_section_lines_add_to_the_key_points_where_they_can(seed: str) -> None:
    summary = summarize(parse(seed, "en"), SummaryOptions())
    said = {p.text for p in summary.key_points}
    lines = {s.heading: s.summary for s in summary.sections}
    assert not said.intersection(lines.values())
    assert lines["European Involvement"].startswith("The absence of European representatives")


SECTIONED = {
    "en": "The bridge fell into the river on Monday.\n\nWhat it costs\n\n{}\n",
    "de": "Die Brücke stürzte am Montag in den Fluss.\n\nWas es kostet\n\n{}\n",
    "uk": "Міст упав у річку в понеділок уранці.\n\nСкільки це коштує\n\n{}\n",
}


@pytest.mark.parametrize(
    ("language", "first", "second", "leaning"),
    [
        (
            "en",
            "The new bridge costs ten million pounds.",
            "The county pays a third of the sum.",
            "He did not say why.",
        ),
        (
            "de",
            "Die neue Brücke kostet zehn Millionen Euro.",
            "Das Land zahlt ein Drittel der Summe.",
            "Er schwieg dazu.",
        ),
        (
            "uk",
            "Новий міст коштує десять мільйонів гривень.",
            "Область платить третину цієї суми.",
            "Він про це мовчав.",
        ),
    ],
)
def test_a_section_line_is_another_good_sentence_or_else_the_key_point(
    language: str, first: str, second: str, leaning: str
) -> None:
    for body, adds in ((f"{first} {second}", True), (f"{first} {leaning}", False)):
        summary = summarize(parse(SECTIONED[language].format(body), language), SummaryOptions(key_points=1))
        ((line,), (point,)) = summary.sections, summary.key_points
        assert {line.summary, point.text} == ({first, second} if adds else {first})


@pytest.mark.parametrize(
    ("name", "heading", "line"),
    [
        ("uk.uhoda", "Реакція Кремля", "Речник Кремля Дмитро Пєсков розкритикував угоду."),  # not Macron's promise
        ("de.hochwasser", "Bahnverkehr eingestellt", "Die ÖBB stellten den Verkehr auf der Weststrecke ein."),
    ],
)
def test_a_section_line_keeps_to_the_matter_of_its_heading(name: str, heading: str, line: str) -> None:
    text = (ARTICLES / f"{name}.txt").read_text(encoding="utf-8")
    summary = summarize(parse(text, name[:2]), SummaryOptions())
    assert {s.heading: s.summary for s in summary.sections}[heading] == line


@pytest.mark.parametrize("length", SummaryLength)
def test_lengths(seed: str, length: SummaryLength) -> None:
    summary = summarize(parse(seed, "en"), SummaryOptions(length))
    assert len(summary.lead_spans) == (1 if length is SummaryLength.SHORT else 2)
    assert 3 <= len(summary.key_points) <= KEY_POINTS[length]


def test_a_number_that_the_caller_names_is_kept(seed: str) -> None:
    for count in (1, 4, 12):
        assert len(summarize(parse(seed, "en"), SummaryOptions(key_points=count)).key_points) == count


def test_nothing_is_said_twice(seed: str) -> None:
    repeated = seed + "\n" + seed.split("\n", 1)[1]
    summary = summarize(parse(repeated, "en"), SummaryOptions(key_points=20))
    texts = [p.text for p in summary.key_points]
    assert len(texts) == len(set(texts))
    assert not any(t in summary.lead for t in texts)


def test_one_sentence_is_headline_and_lead() -> None:
    summary = summarize(parse("Die Bahn erhöht im Mai die Preise.", "de"), SummaryOptions())
    assert summary.headline == summary.lead == "Die Bahn erhöht im Mai die Preise."
    assert summary.key_points == ()


@pytest.mark.parametrize("text", ["", "\n\n", "***", "Nur ein Titel"])
def test_next_to_nothing(text: str) -> None:
    summary = summarize(parse(text, "de"), SummaryOptions())
    assert summary.key_points == ()
    assert summary.headline == ("Nur ein Titel" if "Titel" in text else "")


@settings(max_examples=80)
@given(
    st.text(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=80).map(" ".join),
    st.sampled_from([*LANGUAGES, "fr", "und"]),
    st.sampled_from(SummaryLength),
    st.none() | st.integers(1, 20),
)
@example(">\x1b0", "en", SummaryLength.SHORT, None)
def test_any_text(text: str, language: str, length: SummaryLength, points: int | None) -> None:
    article = parse(text, language)
    options = SummaryOptions(length, points)
    summary = summarize(article, options)
    assert summary == summarize(parse(text, language), options)
    assert len(summary.key_points) <= (points or KEY_POINTS[length])
    for point in summary.key_points:
        (span,) = point.spans
        whole = one_line(text[span.start : span.end])
        assert (whole != point.text) if point.shortened else (whole == point.text)
        assert 0 <= point.rank_score <= 1
        assert span not in summary.lead_spans
    spans = [p.spans[0] for p in summary.key_points]
    assert spans == sorted(spans)
    for found in (*summary.quotes, *summary.figures):
        assert one_line(text[found.span.start : found.span.end]) == found.text
    for ordered in ([q.span for q in summary.quotes], [f.span for f in summary.figures]):
        assert all(a.end <= b.start for a, b in pairwise(ordered))
    for mention in summary.mentions:
        assert mention.name
        assert all(0 <= s.start < s.end <= len(text) for s in mention.spans)
    assert summary.compression_ratio >= 0


HOSTILE = [
    *("a" * 100_000, "„" * 100_000, '"a" ' * 10_000, "A. " * 10_000, "1" * 100_000, "1," * 50_000, "Anna " * 20_000),
    *("$1 " * 20_000, "Anna Meier sagte, 5 Mrd. Euro. " * 1_000, "AB " * 20_000, "2022-" * 20_000, "a\n" * 5_000),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: repr(t[:6]))
def test_hostile_texts(text: str) -> None:
    for language in LANGUAGES:
        summary = summarize(parse(text, language), SummaryOptions())
        assert len(summary.key_points) <= 5


@pytest.mark.parametrize(
    ("language", "heading", "first", "later"),
    [
        ("en", "Storm closes the port", "The port of Hull closed after a storm.", "The team of Leeds won a match."),
        (
            "de",
            "Sturm schließt den Hafen",
            "Der Hafen in Kiel schloss im Sturm.",
            "Das Team aus Bremen gewann ein Spiel.",
        ),
        ("uk", "Буря закрила порт", "Порт Одеси закрили через сильну бурю.", "Команда Львова виграла важливий матч."),
    ],
)
def test_the_line_of_a_section_ends_at_the_next_time(language: str, heading: str, first: str, later: str) -> None:
    entries = "\n\n".join(f"{hour}:30\n\n{later} {later[:-1]} {hour}." for hour in range(11, 19))
    article = parse(f"{first[:-1]}\n\n{first}\n\n## {heading}\n\n10:30\n\n{first}\n\n{entries}", language)
    (section,) = summarize(article, SummaryOptions()).sections
    assert section.summary == first


@pytest.mark.parametrize(
    ("language", "text", "leans"),
    [
        ("en", "The rest came from the city budget.", True),
        ("de", "Den Rest zahlte die Stadt.", True),
        ("uk", "Решту виділили з міського бюджету.", True),
        ("en", "The restaurant opened.", False),
        ("de", "Der Restbetrag fehlt.", False),
        ("uk", "Ресторан відкрили у Львові.", False),
    ],
)
def test_what_is_left_leans_on_what_was_said(language: str, text: str, leans: bool) -> None:
    assert is_dependent(text, lexicon(language)) is leans
