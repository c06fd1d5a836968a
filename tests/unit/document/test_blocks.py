"""The kinds of blocks: goldens in three languages; titles and subtitles, quotes, tables, captions."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from polygist.document.parse import parse
from polygist.summarize.extract import summarize
from polygist.types import BlockKind, SummaryLength, SummaryOptions
from tests.unit.document.block_goldens import PATHS, record

LANGUAGES = ("en", "de", "uk")
BODY = {
    "en": "The council agreed on the plan on Monday. It was late.",
    "de": "Der Rat hat dem Plan am Montag zugestimmt. Es war spät.",
    "uk": "Рада схвалила план у понеділок. Було пізно.",
}
TITLE = {"en": "Council backs bridge", "de": "Rat stimmt für die Brücke", "uk": "Рада підтримала міст"}


def kinds(text: str, language: str) -> list[str]:
    """The kinds of the blocks that stand before the body."""
    found = [b.kind.name for b in parse(f"{text}\n\n{BODY[language]}", language).blocks]
    assert found.pop() == "PARAGRAPH"
    return found


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_goldens(path: Path) -> None:
    assert record(path) == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def test_there_are_ten_samples_for_each_language_and_each_kind_in_each() -> None:
    found = {language: Counter[str]() for language in LANGUAGES}
    for path in PATHS:
        found[path.name[:2]].update(row[0] for row in record(path))
    for language in LANGUAGES:
        assert sum(p.name.startswith(language) for p in PATHS) >= 10
        assert {kind.name for kind in BlockKind} == set(found[language])


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_summaries_say_nothing_that_is_no_content(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    article = parse(text, path.name[:2])
    summary = summarize(article, SummaryOptions(SummaryLength.LONG))
    spans = [*summary.lead_spans, *(s for p in summary.key_points for s in p.spans)]
    spans += [s for section in summary.sections for s in section.spans]
    allowed = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.BLOCK_QUOTE)
    for block in article.blocks:
        inside = [s for s in spans if s.start < block.span.end and block.span.start < s.end]
        words = text[block.span.start : block.span.end]
        assert not inside or block.kind in allowed or (block.kind is BlockKind.SUBTITLE and words.endswith(".")), words


def test_a_subtitle_of_whole_sentences_can_be_the_lead() -> None:
    told, named = "The bridge at Ansel was shut at noon on Monday.", "What the council decided about the bridge"
    body = "By Jane Doe\n\nEngineers had found cracks in two piers. Buses take the long way round.\n\nNobody was hurt."
    for subtitle, lead in ((told, told), (named, "Engineers had found cracks in two piers.")):
        article = parse(f"Bridge Shut Until Spring\n\n{subtitle}\n\n{body}", "en")
        assert BlockKind.SUBTITLE in {b.kind for b in article.blocks}
        assert summarize(article, SummaryOptions(SummaryLength.SHORT)).lead == lead


@pytest.mark.parametrize(
    ("language", "subtitle"),
    [
        ("en", "Councillors vote after a debate of seven hours"),
        ("en", "“We could not wait any longer,” says the mayor of Ashford"),
        ("en", "What will it cost, and who is going to pay for it?"),
        ("de", "Der Gemeinderat entscheidet nach sieben Stunden"),
        ("de", "*Der Gemeinderat entscheidet nach sieben Stunden.*"),
        ("uk", "Депутати голосували після семи годин дебатів"),
        ("uk", "**Депутати голосували після семи годин дебатів**"),
    ],
)
def test_a_line_below_the_title_is_a_subtitle(language: str, subtitle: str) -> None:
    article = parse(f"{TITLE[language]}\n{subtitle}\n\n{BODY[language]}", language)
    assert [b.kind.name for b in article.blocks] == ["TITLE", "SUBTITLE", "PARAGRAPH"]
    assert [s.heading for s in article.sections] == [None]
    assert summarize(article, SummaryOptions(key_points=5)).lead.startswith(BODY[language].split(".")[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_heading_and_a_greeting_are_no_subtitles(language: str) -> None:
    heading = {"en": "What we know", "de": "Was wir wissen", "uk": "Що ми знаємо"}[language]
    greeting = {"en": "Dear people of this town!", "de": "Liebe Leute dieser Stadt!", "uk": "Любі люди нашого міста!"}
    assert kinds(f"{TITLE[language]}\n\n{heading}", language) == ["TITLE", "HEADING"]
    assert kinds(f"# {TITLE[language]}\n\n## {heading} about it all", language) == ["TITLE", "HEADING"]
    assert kinds(f"{TITLE[language]}\n\n{greeting[language]}", language) == ["TITLE", "BOILERPLATE"]
    article = parse(f"{TITLE[language]}\n\n{BODY[language]}\n\n{greeting[language]}\n\n{BODY[language]}", language)
    assert [b.kind.name for b in article.blocks][2] == "PARAGRAPH"


@pytest.mark.parametrize(
    ("language", "facts", "kind"),
    [
        ("en", "By Jane Doe", "BYLINE"),
        ("en", "Monday, 3 March 2025 at 09:30 GMT", "TIMESTAMP"),
        ("de", "Von Anna Weber", "BYLINE"),
        ("de", "03.03.2025, 14.05 Uhr", "TIMESTAMP"),
        ("uk", "Автор: Іван Франко", "BYLINE"),
        ("uk", "3 березня 2025, 14:05", "TIMESTAMP"),
    ],
)
def test_sentences_between_title_and_byline_or_day_are_the_subtitle(language: str, facts: str, kind: str) -> None:
    above = f"{TITLE[language]}\n\n{BODY[language]}\n\n{facts}"
    assert kinds(above, language) == ["TITLE", "SUBTITLE", kind]


@pytest.mark.parametrize("line", ["The firms have", "Die Firmen haben", "Ці фірми вже"])
def test_a_sentence_that_a_list_goes_on_with_is_no_heading(line: str) -> None:
    text = f"{BODY['en']}\n\n{line}\n- lied about it\n- hidden it\n\n{BODY['en']}"
    assert [b.kind.name for b in parse(text, "en").blocks][1] == "PARAGRAPH"
    assert [b.kind.name for b in parse(text.replace("- l", "- L"), "en").blocks][1] == "HEADING"


def test_a_live_entry_makes_no_subtitle_of_the_paragraph_above() -> None:
    assert kinds(f"{TITLE['en']}\n\nThe storm is here. Stay at home.\n\n14:05", "en")[1] == "PARAGRAPH"


@pytest.mark.parametrize("day", ["3 March 2025", "3. März 2025", "3 березня 2025 року"])
def test_one_day_below_the_title_is_that_of_publication_and_several_are_headings(day: str) -> None:
    one, other = f"{TITLE['en']}\n\n{day}\n\n{BODY['en']}", f"\n\n{day.replace('3', '4', 1)}\n\n{BODY['en']}"
    assert [b.kind.name for b in parse(one, "en").blocks] == ["TITLE", "TIMESTAMP", "PARAGRAPH"]
    assert [b.kind.name for b in parse(one + other, "en").blocks] == ["TITLE", *["HEADING", "PARAGRAPH"] * 2]


def test_a_known_title_may_have_a_subtitle() -> None:
    article = parse(f"It is done.\nCouncillors vote after seven hours of debate\n{BODY['en']}", "en", titled=True)
    assert [b.kind.name for b in article.blocks] == ["TITLE", "SUBTITLE", "PARAGRAPH"]


def test_a_part_of_the_paper_is_no_title() -> None:
    assert kinds("POLITICS\nCouncil backs the new bridge", "en") == ["BOILERPLATE", "TITLE"]
    assert kinds("ELECTION RESULTS", "en") == ["TITLE"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_marks_of_block_quotes_are_no_words(language: str) -> None:
    article = parse(f"{BODY[language]}\n\n> Ми\n> ja, yes\n>> and so on.\n", language)
    quote = article.blocks[-1]
    assert quote.kind is BlockKind.BLOCK_QUOTE
    assert article.sentences[-1].text.split() == ["Ми", "ja,", "yes", "and", "so", "on."]
    assert article.sentences[-1].quoted
    assert not article.sentences[0].quoted


def test_a_block_quote_is_never_the_lead() -> None:
    text = f"> The bridge of Ashford is the bridge of us all.\n\n> We built the bridge.\n\n{BODY['en']}"
    summary = summarize(parse(text, "en"), SummaryOptions())
    assert summary.lead.startswith("The council agreed")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_block_quote_without_quotation_marks_is_a_quote(language: str) -> None:
    text = f"{BODY[language]}\n\n> {BODY[language]}\n> — Maria Lopez\n\n{BODY[language]}"
    (found,) = summarize(parse(text, language), SummaryOptions()).quotes
    assert (found.text, found.speaker) == (BODY[language], "Maria Lopez")
    assert text[found.span.start : found.span.end] == BODY[language]


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "— Maria Lopez, head coach"), ("de", "– Maria Lopez, Trainerin"), ("uk", "— Марія Лопес, тренерка")],
)
def test_whose_a_quote_is(language: str, name: str) -> None:
    quote = {"en": "“We will win.”", "de": "„Wir gewinnen.“", "uk": "«Ми переможемо»."}[language]
    text = f"{BODY[language]}\n\n{quote}\n{name}\n\n{BODY[language]}"
    assert [b.kind.name for b in parse(text, language).blocks] == ["PARAGRAPH", "BLOCK_QUOTE", "BYLINE", "PARAGRAPH"]
    (found,) = summarize(parse(text, language), SummaryOptions()).quotes
    assert (found.text, found.speaker) == (re.findall("[“„«](.+)[”“»]", quote)[0], name[2:].split(",")[0])
    plain = f"{BODY[language]}\n\n{name}\n\n{BODY[language]}"
    assert "BYLINE" not in [b.kind.name for b in parse(plain, language).blocks]


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ("Leeds | 3\nHull | 1", ["Leeds", "3", "Hull", "1"]),
        ("Leeds\t3\nHull\t1", ["Leeds", "3", "Hull", "1"]),
        ("| Leeds | 3 |", ["Leeds", "3"]),
        ("| Team | |\n|:---|---|\n| Hull | 1,5 % |", ["Team", "Hull", "1,5 %"]),
        ("- Leeds | 3\n- Hull | 1", ["Leeds", "3", "Hull", "1"]),
    ],
)
def test_tables(rows: str, cells: list[str]) -> None:
    text = f"{BODY['en']}\n\n{rows}\n\n{BODY['en']}"
    article = parse(text, "en")
    assert [b.kind.name for b in article.blocks] == ["PARAGRAPH", "TABLE", "PARAGRAPH"]
    assert [text[s.start : s.end] for s in article.blocks[1].sentences] == cells


@pytest.mark.parametrize(
    "rows", ["1.\tFirst of all\n2.\tThen the rest", "Leeds | 3", f"A | {'long ' * 40}\nB | {'long ' * 40}", "a || b"]
)
def test_no_tables(rows: str) -> None:
    assert "TABLE" not in [b.kind.name for b in parse(f"{BODY['en']}\n\n{rows}\n\n{BODY['en']}", "en").blocks]


def test_figures_in_tables_are_found() -> None:
    summary = summarize(parse("It is late. It rains.\n\n| Leeds | £4.1m |\n| Hull | 12% |", "en"), SummaryOptions())
    assert [f.text for f in summary.figures] == ["£4.1m", "12%"]


@pytest.mark.parametrize(
    "line",
    [
        "Photo: Getty Images",
        "Image caption, The minister said it was over",
        "Residents at the quay on Thursday. Photograph: Lena Marsh/PA Wire",
        "The bridge at dawn (AP Photo/Jane Doe)",
        "A boat leaves the harbour. © Lena Marsh",
        "Foto: dpa",
        "Bewohner am alten Kai. Foto: Lena Marsch/dpa",
        "Der Hafen am Morgen | Bild: Lena Marsch",
        "Symbolbild",
        "Фото: Укрінформ",
        "Мешканці на причалі. Фото: Олена Марченко",
        "На фото: відвідувачі музею біля входу",
        "Ілюстративне фото",
    ],
)
def test_captions(line: str) -> None:
    article = parse(f"Title of it\n\nSome text is here.\n\n{line}", "en")
    assert article.blocks[-1].kind is BlockKind.CAPTION
    assert len(article.sentences) == 1


@pytest.mark.parametrize(
    "line",
    [
        "The photo shows the bridge.",
        "Experts draw the same picture: prices rise.",
        "Experten zeichnen dasselbe Bild: Alles wird teurer.",
        "Das sagte sie der Zeitung Bild: „Es ist vorbei“.",
        "Der Streik ist beendet. (dpa)",
        "На фото видно зруйнований міст.",
        "Експерти малюють таке зображення: ціни зростуть.",
    ],
)
def test_no_captions(line: str) -> None:
    article = parse(f"Title of it\n\nSome text is here.\n\n{line}", "en")
    assert article.blocks[-1].kind is BlockKind.PARAGRAPH
