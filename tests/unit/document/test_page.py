"""What is found on pages, and what is not."""

import json
import logging
from pathlib import Path

import pytest
import trafilatura.utils
from hypothesis import given, settings
from hypothesis import strategies as st

from polygist.document.facts import names
from polygist.document.page import Page, read
from polygist.document.parse import parse
from polygist.errors import PageInvalid
from polygist.summarize.extract import summarize
from polygist.summarize.words import one_line
from polygist.types import BlockKind, SummaryOptions
from tests.unit.document.page_goldens import PATHS, record

SENTENCE = "The council agreed on the plan for the new bridge on Monday, after a debate of seven hours. "
LONG = SENTENCE * 4


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.name)
def test_pages_give_what_their_goldens_hold(path: Path) -> None:
    assert record(path) == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.name)
def test_what_is_around_an_article_stays_out(path: Path) -> None:
    body = read(path.read_text(encoding="utf-8")).body.casefold()
    for foreign in (
        "cookie",
        "newsletter",
        "impressum",
        "facebook",
        "telegram",
        "популярне",
        "riverman",
        "ferry out of",
    ):
        assert foreign not in body


def body(inner: str) -> str:
    """What is found in an article of a page."""
    found = read(f"<html><body><article><h1>Bridge approved</h1>{inner}<p>{LONG}</p></article></body></html>").body
    return found.removesuffix(LONG.strip()).strip()


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<h2>What now?</h2>", "## What now?"),
        ("<h4>What <em>now</em></h4>", "#### What now"),
        (f"<h2>{SENTENCE * 3}</h2>", (SENTENCE * 3).strip()),
        ("<p>One<br>two<br><br>three.</p>", "One\ntwo\nthree."),
        ("<p>Bundes&shy;re&#8203;gierung\n und&nbsp;Rat.</p>", "Bundesregierung und Rat."),
        ("<p>A 👩‍👩‍👧 family.</p>", "A 👩‍👩‍👧 family."),
        ("<ul><li>one</li><li>two<ul><li>three</li></ul></li></ul>", "- one\n- two\n- three"),
        ("<ol><li>one</li><li></li><li>two</li></ol>", "1. one\n2. two"),
        ("<p>He said <q>no way</q>, and went.</p>", "He said no way, and went."),
        ("<p>Call <code>f()</code>, then <code>g()</code>.</p>", "Call f(), then g()."),
        ("<ul><li>Call <code>f()</code> twice.</li></ul>", "- Call f() twice."),
        (f"<p>{SENTENCE}</p><pre><code>a = 1\nb = 2</code></pre>", f"{SENTENCE.strip()}\n\na = 1\nb = 2"),
        ("<blockquote><p>One said.</p><p>Two said.</p></blockquote>", "> One said.\n\n> Two said."),
        (
            "<table><tr><th>Team</th><th>Points</th></tr><tr><td>Leeds</td><td>3</td></tr></table>",
            "| Team | Points |\n| Leeds | 3 |",
        ),
        (f"<table><tr><td>Left.</td><td>{SENTENCE * 2}</td></tr></table>", f"Left.\n\n{(SENTENCE * 2).strip()}"),
    ],
)
def test_the_text_keeps_its_blocks(inner: str, expected: str) -> None:
    assert body(inner) == expected


def test_headings_and_items_are_what_parse_takes_them_for() -> None:
    text = body("<h2>What now?</h2><ol><li>one</li><li>two</li></ol><p>So it is.</p>")
    kinds = [b.kind for b in parse(f"Bridge approved\n\n{text}", "en", titled=True).blocks]
    assert kinds[1:] == [BlockKind.HEADING, BlockKind.LIST_ITEM, BlockKind.LIST_ITEM, BlockKind.PARAGRAPH]


def page(head: str, inner: str = "") -> Page:
    return read(f"<html><head>{head}</head><body>{inner}<article><p>{LONG}</p></article></body></html>")


def json_ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


ARTICLE = {"@context": "https://schema.org", "@type": "NewsArticle"}


@pytest.mark.parametrize(
    ("head", "authors"),
    [
        ('<meta name="author" content="By Jane Doe and Max Muster">', ("Jane Doe", "Max Muster")),
        (
            '<meta property="article:author" content="https://facebook.com/x"><meta name="Author" content="dpa">',
            ("dpa",),
        ),
        (json_ld({**ARTICLE, "author": "Jane Doe"}), ("Jane Doe",)),
        (
            json_ld([{"@graph": [{"@type": "Person"}, {**ARTICLE, "author": [{"name": "A B"}, {"name": "C D"}]}]}]),
            ("A B", "C D"),
        ),
        (json_ld({**ARTICLE, "@type": ["Report", "X"], "author": {"name": ["A B", 5, None]}}), ("A B",)),
        (json_ld({**ARTICLE, "author": [5, None, ["x"], {"name": {"name": "A"}}]}), ("x",)),
        (json_ld({"@type": "JobPosting", "author": "Jane Doe"}), ()),
        (json_ld(["a", 5, None, {"@type": 5}, {"@graph": "x"}]), ()),
        ('<script type="application/ld+json">{"author": "Jane</script>', ()),
    ],
)
def test_authors(head: str, authors: tuple[str, ...]) -> None:
    assert page(head).authors == authors


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Von Anna Schröder und Jörg Weiß"], ("Anna Schröder", "Jörg Weiß")),
        (["Автор: Іван Франко та Леся Українка"], ("Іван Франко", "Леся Українка")),
        (["Jane Doe, Kyiv", "Jane Doe, political editor"], ("Jane Doe",)),
        (
            ["Jane Doe, and Max Muster\n/ Іван Франко, і Anna Schröder"],
            ("Jane Doe", "Max Muster", "Іван Франко", "Anna Schröder"),
        ),
        ([" " * 200_000 + "and ", "\n" * 200_000], ()),
        (["admin"], ("admin",)),
        (["jane@example.org", "@jane", "https://example.org/jane", "", "Desk 7"], ()),
    ],
)
def test_names_in_bylines(texts: list[str], expected: tuple[str, ...]) -> None:
    assert names(texts) == expected


@pytest.mark.parametrize(
    ("head", "inner", "date"),
    [
        (
            json_ld({**ARTICLE, "datePublished": "2025-03-14T23:30:00+02:00", "dateModified": "2025-05-01"}),
            "",
            "2025-03-14",
        ),
        ('<meta property="article:published_time" content="2025-03-14T07:30:00Z">', "", "2025-03-14"),
        ("", '<time datetime="2025-03-14">last Friday</time>', "2025-03-14"),
        (
            "<meta name='date' content='2025-03-14'>",
            f"<article><p>{LONG}</p><p>As of 2025-03-14.</p></article>",
            "2025-03-14",
        ),
        ("<meta name='date' content='2025-03-14'>", '<li class="time">3 січня 2025 Other news</li>', "2025-03-14"),
        (json_ld({**ARTICLE, "datePublished": "2025-13-99"}), "", ""),
        (json_ld({**ARTICLE, "datePublished": 2025}), "", ""),
        ("", '<span class="post-date">21 листопада 2024, 14:05</span>', "2024-11-21"),
        ("", '<div class="info">31 Лютого 2024 · 3 січня 2025</div>', ""),
        ("", '<p class="date">3. Oktober 2024</p>', "2024-10-03"),
        ("", '<p class="date">3 October 2024</p>', "2024-10-03"),
        ("", "<p>It was founded in 1987, it says, or on 21 листопада 2024.</p>", ""),
        ("", f"<p>{LONG}It was founded on 1987-03-04.</p>", ""),
    ],
)
def test_days_of_publication(head: str, inner: str, date: str) -> None:
    assert page(head, inner).date == date


@pytest.mark.parametrize(
    ("head", "inner", "title"),
    [
        (
            "<title>Bridge approved | The Courier</title><meta property='og:site_name' content='The Courier'>",
            "",
            "Bridge approved",
        ),
        ("<title>The Courier</title><meta property='og:site_name' content='The Courier'>", "", "The Courier"),
        (json_ld({**ARTICLE, "headline": "R&amp;D  pays\noff"}), "<h1>Other</h1>", "R&D pays off"),
        ("<title>x</title>", "<h1>Bridge <b>approved</b></h1>", "Bridge approved"),
        ("", "<h1>Bundes&shy;rat tagt</h1>", "Bundesrat tagt"),
        ("", "", ""),
    ],
)
def test_titles(head: str, inner: str, title: str) -> None:
    assert page(head, inner).title == title


def test_a_title_that_the_text_says_again_is_not_in_the_body() -> None:
    found = read(f"<article><h1>Bridge approved</h1><h2>What now?</h2><p>{LONG}</p></article>")
    assert (found.title, found.body) == ("Bridge approved", f"## What now?\n\n{LONG.strip()}")
    assert read("<h1>It is done.</h1>").body == "It is done."


@pytest.mark.parametrize(
    "html",
    [
        "",
        "   ",
        "<html><head><title>It is.</title></head></html>",
        "<script>document.write('It is done.')</script>",
        "<html><frameset><frame src='It is done.'></frameset></html>",
        "<body><noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>",
        "<nav><ul><li><a href=/a>News</a></li><li><a href=/b>Sport</a></li></ul></nav>",
        "<h1>404 Not Found</h1><hr><center>nginx</center>",
        "<form><label>User</label><input><button>Sign in</button></form>",
        '{"a": "b"}',
        "<p>12. 13. 14.</p>",
        "\x00\x01\x02",
    ],
)
def test_a_page_without_an_article(html: str) -> None:
    with pytest.raises(PageInvalid) as error:
        read(html)
    assert error.value.problem == "NO_ARTICLE"


def test_an_article_may_be_short_and_the_page_a_fragment() -> None:
    assert read("<p>It is done.</p>").body == "It is done."
    assert read("Nothing is marked. It is text.").body == "Nothing is marked. It is text."


@pytest.mark.parametrize("more", ["<time>3 March</time>", "<p class='author'>By Jane Doe</p>"])
def test_a_short_article_keeps_its_paragraphs(more: str) -> None:
    html = f"<article><h1>Bridge approved</h1>{more}<p>{SENTENCE}</p><p>It is done.</p></article>"
    assert read(html) == Page("Bridge approved", f"{SENTENCE.strip()}\n\nIt is done.", read(html).authors, "", "")


def test_one_long_paragraph_is_an_article_without_the_teasers() -> None:
    html = f"<body><div class=teaser><p>A teaser is here.</p></div><main><div>{LONG}</div></main></body>"
    assert read(html).body == LONG.strip()


def test_nothing_of_a_page_is_logged_or_remembered(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        page('<meta name="odd" content="secret">' + json_ld({**ARTICLE, "author": "x"}))
        with pytest.raises(PageInvalid):
            read("<p>secret</p>")
    assert not caplog.records
    assert trafilatura.utils.trim.cache_info().currsize == 0
    assert trafilatura.utils.line_processing.cache_info().currsize == 0


_INLINE = st.text(st.sampled_from("abc äß Її«»“”.!? 👩‍👧\xa0\xad\u200b,-|#*0"), min_size=1, max_size=60)
_ELEMENTS = st.sampled_from(
    ["<p>{}</p>", "<h2>{}</h2>", "<ul><li>{}</li></ul>", "<blockquote>{}</blockquote>", "<div>{}</div>"]
)
_BODIES = st.lists(st.tuples(_ELEMENTS, _INLINE), max_size=12).map(lambda found: "".join(e.format(t) for e, t in found))


@settings(max_examples=100)
@given(_BODIES, _INLINE, st.sampled_from(("en", "de", "uk")))
def test_a_summary_cites_exact_pieces_of_what_was_found(inner: str, title: str, language: str) -> None:
    found = read(
        f"<article><h1>{title}</h1>{inner}<p>{LONG}</p><p>Ms Doe said: “It is a good day for us all.”</p></article>"
    )
    text = f"{found.title}\n\n{found.body}" if found.title else found.body
    summary = summarize(parse(text, language, titled=bool(found.title)), SummaryOptions())
    for point in summary.key_points:
        assert [one_line(text[s.start : s.end]) for s in point.spans] == [point.text]
    for quote in summary.quotes:
        assert one_line(text[quote.span.start : quote.span.end]) == quote.text
    assert found.body.strip() == found.body
    assert "\n\n\n" not in found.body
