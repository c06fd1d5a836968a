"""Blocks, headings, notices and spans of raw text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygist.document.headings import bullet, is_heading, is_title, number
from polygist.document.lines import lines, without_marks
from polygist.document.notices import is_byline, is_notice, is_rule
from polygist.document.parse import parse
from polygist.types import Article, BlockKind, Span

LANGUAGES = ("en", "de", "uk")
LETTERS = "aБß.!?,:;-—–•*#>|\"'„“”«»‚‘’()0123 \t\n\r\x00\x0b\x85\u200b\u2028\ufeffЇї№ABCdef"


def kinds(article: Article) -> list[str]:
    return [b.kind.name for b in article.blocks]


def at(article: Article, span: Span) -> str:
    return article.text[span.start : span.end]


def test_seed_has_title_headings_and_no_closing_notice(seed: str) -> None:
    article = parse(seed, "en")
    assert article.title == "Zelensky to Meet Trump in Washington to Sign Minerals Deal"
    assert [s.heading for s in article.sections] == [
        None,
        "Key Details of the Deal",
        "Trump’s Stance on NATO and Security Guarantees",
        "Ceasefire Prospects",
        "European Involvement",
        "Broader Implications",
    ]
    assert article.blocks[-1].kind is BlockKind.BOILERPLATE
    assert not any("story is developing" in s.text for s in article.sentences)
    assert len(article.sentences) == 22


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x00", "\u200b\ufeff", "\n" * 50])
def test_nothing_to_see_gives_no_blocks(text: str, language: str) -> None:
    article = parse(text, language)
    assert article.blocks == ()
    assert article.sections == ()
    assert article.title is None


def test_a_known_title_may_look_like_anything() -> None:
    article = parse("It is done.\nThe rest follows here. And more.", "en", titled=True)
    assert article.title == "It is done."
    assert [s.text for s in article.sentences] == ["The rest follows here.", "And more."]


@pytest.mark.parametrize(
    "again",
    [
        "Council backs new bridge",
        "# COUNCIL BACKS NEW BRIDGE.",
        "Council backs\nnew bridge",
        "Council backs new bridge\n",
    ],
)
def test_a_known_title_that_the_text_repeats_is_no_heading(again: str) -> None:
    text = f"Council backs new bridge\n{again}\nThe council agreed on Monday. It was late."
    article = parse(text, "en", titled=True)
    assert kinds(article) == ["TITLE", "BOILERPLATE", "PARAGRAPH"]
    assert [s.heading for s in article.sections] == [None]
    assert [s.text for s in article.sentences] == ["The council agreed on Monday.", "It was late."]
    check(article)


def test_a_text_that_is_nothing_but_its_title_keeps_it() -> None:
    article = parse("It is done.\nIt is done.", "en", titled=True)
    assert [s.text for s in article.sentences] == ["It is done."]


def test_hard_wrapped_lines_are_one_paragraph_and_headings_stay_apart() -> None:
    wrapped = (
        "The council met on Monday to discuss the plans for the new bridge over\n"
        "the river. It will be built in two stages and should be open to all\n"
        "traffic by the end of next year.\n"
        "What it costs\n"
        "The first stage costs ten million pounds, which the county will pay in\n"
        "three parts. The second stage has not been priced by the engineers yet\n"
        "and may be dearer.\n"
    )
    article = parse(wrapped, "en")
    assert kinds(article) == ["PARAGRAPH", "HEADING", "PARAGRAPH"]
    assert [len(b.sentences) for b in article.blocks] == [2, 1, 2]


def test_each_line_is_a_paragraph_where_lines_are_not_wrapped() -> None:
    text = "A short sentence stands here.\nThen a much longer sentence follows, which nobody has wrapped.\nEnd of it."
    assert kinds(parse(text, "en")) == ["PARAGRAPH"] * 3


@pytest.mark.parametrize(
    "line",
    [
        *("— Так, — сказав він.", "— Так", "– Ja", "„Wir schaffen das“", '"Never again"', "«Ніколи знову»"),
        *("Українці!", "Ladies and gentlemen!", "Meine Damen und Herren!", "Пані та панове!", "— Чому ви йдете?"),
    ],
)
def test_speech_is_no_heading(line: str) -> None:
    text = f"Ein Titel\n\nHier steht ein ganzer Satz.\n\n{line}\n\nUnd hier noch ein Satz."
    assert "HEADING" not in kinds(parse(text, "de"))


@pytest.mark.parametrize(
    "line", ["What happens next?", "Was nun kommt", "Що буде далі", "Key Facts", "2024 im Rückblick"]
)
def test_short_lines_without_stop_are_headings(line: str) -> None:
    text = f"Ein Titel\nHier steht ein ganzer Satz.\n{line}\nUnd hier noch ein Satz."
    assert kinds(parse(text, "de")) == ["TITLE", "PARAGRAPH", "HEADING", "PARAGRAPH"]


def test_markdown_headings_lose_their_marks_but_keep_their_block() -> None:
    article = parse("# The title #\n\nSome text is here.\n\n## **Facts**\n\nMore text is here.", "en")
    assert article.title == "The title"
    assert [s.heading for s in article.sections] == [None, "Facts"]
    assert at(article, article.blocks[2].span) == "## **Facts**"


def test_list_items_lose_their_bullets_in_sentences_only() -> None:
    article = parse("Vorher steht ein Satz.\n\n• Eins ist hier.\n• Zwei\n1. Drei\n2) Vier\n", "de")
    assert kinds(article) == ["PARAGRAPH", *["LIST_ITEM"] * 4]
    assert [s.text for s in article.sentences][1:] == ["Eins ist hier.", "Zwei", "Drei", "Vier"]


def test_rows_of_short_lines_are_no_headings() -> None:
    table = "Leeds 2 Hull 1\nYork 0 Bath 0\nRipon 3 Wells 1"
    text = f"Results of the day\n\nAll games at a glance.\n\n{table}\n\nThe end is near."
    assert kinds(parse(text, "en")).count("HEADING") == 0


@pytest.mark.parametrize(
    "line",
    [
        "This story is developing and will be updated as more information becomes available.",
        "Read more: The bridge that fell",
        "Subscribe to our newsletter",
        "Share this article",
        "© 2024 Example Media",
        "Read more: It is over, Trump said",
        "Read more about the deal, and what the minister said.",
        "This article was first published by Reuters, which said it was true.",
        "We use cookies to improve this site.",
        "Dieser Artikel wird laufend aktualisiert.",
        "Lesen Sie auch: Was nun?",
        "Jetzt Newsletter abonnieren",
        "Lesen Sie auch: „Wir gehen“, sagte Merkel",
        "Lesen Sie hier, was Merkel sagte.",
        "Folgen Sie uns, so bleiben Sie informiert.",
        "(APA, dpa, 3.4.2016)",
        "Alle Rechte vorbehalten",
        "Новина доповнюється",
        "Читайте також: Що далі",
        "Підписуйтесь на наш Telegram-канал",
        "Читайте також: Ми йдемо, сказав Зеленський",
        "Читайте також, що сказав президент",
        "Усі права захищено",
        "Поділитися",
    ],
)
def test_notices_are_boilerplate(line: str) -> None:
    assert is_notice(line)
    article = parse(f"Title of it\n\nSome text is here.\n\n{line}", "en")
    assert article.blocks[-1].kind is BlockKind.BOILERPLATE
    assert len(article.sentences) == 1


@pytest.mark.parametrize(
    "line",
    [
        "Follow the money, she said.",
        "Share prices fell by a third.",
        "Dieser Text wurde 1848 verfasst.",
        "Teilen der Stadt fehlte der Strom, weil eine Leitung brach.",
        "Фото показують зруйнований міст.",
        "Новина здивувала всіх.",
        "Photos of the bridge were published on Friday.",
        "This story is developing and will be updated, the editor of the Times told a court on Friday.",
        "“This story is developing and will be updated,” she said.",
        "Dieser Artikel wird laufend aktualisiert, sagte die Chefredakteurin am Freitag vor Gericht.",
        "„Dieser Artikel wird laufend aktualisiert“, so Chefredakteur Meier.",
        "Новина доповнюється, повідомив редактор суду в п'ятницю.",
        "«Підписуйтесь на наш канал», — закликав редактор.",
    ],
)
def test_content_is_no_notice(line: str) -> None:
    assert not is_notice(line)


@pytest.mark.parametrize(
    "line",
    [
        *("By Jane Doe", "Von Anna Schneider und Max Muster", "Автор: Іван Франко", "By Tom Baker, Kyiv"),
        *(
            "J. Smith, Political Editor",
            "J. R. R. Smith, Reporter",
            "K.-H. Müller, Korrespondent",
            "О. Ю. Коваль, кореспондентка",
        ),
    ],
)
def test_bylines(line: str) -> None:
    assert is_byline(line)


@pytest.mark.parametrize("line", ["By the river", "Von Berlin nach Paris", "By Friday", "Текст угоди"])
def test_no_bylines(line: str) -> None:
    assert not is_byline(line)


@pytest.mark.parametrize(
    ("line", "bulleted", "numbered"),
    [
        ("• Eins", 2, 0),
        ("— Це так. Ми знаємо.", 0, 0),
        ("— подати заяву;", 2, 0),
        ("2) Zwei", 0, 3),
        ("24. Februar 2022", 0, 0),
        ("— Так, — сказав він.", 0, 0),
        ("Eins", 0, 0),
    ],
)
def test_bullets_and_numbers(line: str, bulleted: int, numbered: int) -> None:
    assert (bullet(line), number(line)) == (bulleted, numbered)


def test_titles_may_open_with_a_quotation_and_headings_may_not() -> None:
    assert is_title('"We will win", says the coach')
    assert not is_heading('"We will win", says the coach')
    assert is_rule("* * *")
    assert not is_rule("а б")


def test_line_ends_of_every_system() -> None:
    for end in ("\n", "\r\n", "\r", "\u2028", "\x85"):
        found = lines(f"one{end}two{end}{end} three ")
        assert [(r.text, r.after_blank) for r in found] == [("one", False), ("two", False), ("three", True)]


def check(article: Article) -> None:
    """The invariants that every parse keeps."""
    text, last = article.text, 0
    for block in article.blocks:
        assert last <= block.span.start < block.span.end <= len(text)
        inner = block.span.start
        for span in block.sentences:
            assert inner <= span.start < span.end <= block.span.end
            inner = span.end
        last = block.span.end
    outside = list(text)
    for block in article.blocks:
        outside[block.span.start : block.span.end] = " " * (block.span.end - block.span.start)
    assert not any(c.isalnum() for c in outside)
    positions = [s.position for s in article.sentences]
    assert positions == list(range(len(positions)))
    assert list(article.sentences) == sorted(article.sentences, key=lambda s: s.span)
    for index, section in enumerate(article.sections):
        assert section.heading_span is None or at(article, section.heading_span) == section.heading
        for sentence in section.sentences:
            said = at(article, sentence.span)
            assert sentence.text == (without_marks(said) if sentence.quoted else said)
            assert sentence.section == index


@settings(max_examples=200)
@given(st.text(max_size=400) | st.text(alphabet=LETTERS, max_size=400), st.sampled_from(LANGUAGES), st.booleans())
def test_any_text_keeps_the_invariants(text: str, language: str, titled: bool) -> None:
    article = parse(text, language, titled=titled)
    check(article)
    assert article == parse(text, language, titled=titled)


HOSTILE = [
    *("a" * 1_000_000, "\n" * 100_000, "\r\n \t" * 50_000, "„" * 100_000, "\x00" * 100_000, "(" * 100_000),
    *("A. " * 20_000, "1. " * 20_000, "— " * 50_000, "word " * 100_000, "Von " * 50_000, "# " * 50_000, "a\n" * 10_000),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: repr(t[:4]))
def test_hostile_texts(text: str) -> None:
    for language in LANGUAGES:
        check(parse(text, language))
