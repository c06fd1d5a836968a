"""Pages that are broken or made to break."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygist.document.page import read
from polygist.document.tree import DEEPEST, MOST_ELEMENTS, tree
from polygist.errors import PageInvalid
from polygist.v1 import polygist_pb2 as pb

TEXT = "The council agreed on the plan for the new bridge on Monday. "
_PIECES = [
    "<p>", "</p>", "<div>", "</div>", "<article>", "<h1>", "</h1>", "<h2>", "<li>", "<ul>", "<ol>", "</ul>",
    "<br>", "<hr>", "<table>", "<tr>", "<td>", "<th>", "</table>", "<caption>", "<blockquote>", "<q>", "<pre>",
    "<code>", "<b>", "<i>", "</b>", "<a href='x'>", "</a>", "<dl>", "<dt>", "<dd>", "<details>", "<summary>",
    "<figure>", "<figcaption>", "<img src=x.jpg>", "<form>", "<input>", "<select>", "<option>", "<textarea>",
    "</textarea>", "<template>", "</template>", "<noscript>", "<svg>", "<title>", "</title>", "</svg>",
    "<math alttext=x>", "</math>", "<iframe>", "<frameset>", "<head>", "<body>", "<html>", "<base href='//['>",
    "<link rel=canonical href='http://[x'>", "<meta name=author content='A B'>",
    "<meta property='og:title' content='%'>", "<meta name=date content='2024-99-99'>", "<time datetime='x'>",
    "<abbr class=published title='2024'>", "<span class=author>", "<script type='application/ld+json'>",
    "</script>", '{"@type": "Article", "author": ', '[{"name": [', "]}]}", "null", "<o:p>", "<x-y>",
    "<p a:b='c' =x 1y=2>", "<a b='\x01'>", "<!--", "-->", "<![CDATA[", "]]>", "<?xml version='1.0' encoding='x'?>",
    "<!DOCTYPE html [<!ENTITY a 'b'>]>", "&a;", "&#0;", "&#xD800;", "&amp", "<", ">", "\x00", "\x0b", "\ud800",
    "\ufffe", "\r", "\n", "\xad", TEXT, "Слово є. ", "1. Januar 2024 ", "2024-01-01", "© 2024", "By Jane Doe",
]  # fmt: skip


def problem(html: str) -> str:
    """Why there is no article on a page, "" where there is one."""
    try:
        read(html)
    except PageInvalid as error:
        return error.problem
    return ""


@settings(max_examples=300)
@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_any_page_gives_an_article_or_says_why_not(html: str) -> None:
    assert problem(html) in ("", "NO_ARTICLE")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + TEXT,
        "<b><p>" * 100_000 + TEXT,
        "<blockquote>" * (DEEPEST + 1) + TEXT,
        "<p>a" * (MOST_ELEMENTS + 1),
        "<ul>" + "<li>a" * 250_000,
        "<table><tr><td>a" * 60_000,
        ("<div>" * 150 + TEXT + "</div>" * 150) * 100,
        "<div>" * 150 + "<a href=x>abc def</a> " * 15_000,
    ],
    ids=lambda html: html[:12],
)
def test_what_would_take_long_is_refused(html: str) -> None:
    assert problem(html) == "TOO_COMPLEX"


def page(head: str = "", body: str = "") -> str:
    return f"<html><head>{head}</head><body>{body}<article><p>{TEXT * 6}</p></article></body></html>"


@pytest.mark.parametrize(
    "html",
    [
        page(body="<p class='" + "x" * 900_000 + "'>"),
        page(body="<p " + " ".join(f"a{i}=1" for i in range(90_000)) + ">"),
        page(body="<svg>" + "<path d='M0'/>" * 60_000 + "</svg>"),
        page(body="<script>" + "<p>" * 300_000 + "</script>"),
        page(body="<style>" + "a{b:c}" * 150_000 + "</style>"),
        page(body="<!-- a --> b" * 80_000),
        page(body="<select>" + "<option>a" * 9_000 + "</select>"),
        page(head="<title>" + " - a" * 240_000 + "</title>"),
        page(head="<meta name=description content='" + "<!--" * 240 + "'>" * 900),
        page(head="".join(f"<meta name=author content='{chr(97 + i % 26) * (i // 26 + 1)} B'>" for i in range(1_500))),
        page(head="<link rel=canonical href='http://e.org/" + "2024/" * 190 + "'>"),
        page(head="<script type='application/ld+json'>" + '"\\' * 450_000 + "</script>"),
        page(head="<script type='application/ld+json'>" + "[" * 450_000 + "</script>"),
        page(head="<script type='application/ld+json'>" + '{"@graph":' * 90_000 + "</script>"),
        page(head="<script type='application/ld+json'>" + '"author":{"name":"' * 50_000 + "</script>"),
    ],
    ids=lambda html: repr(html[12:60]),
)
def test_the_article_is_found_beside_what_is_huge(html: str) -> None:
    assert TEXT.strip() in read(html).body


@pytest.mark.parametrize(
    "html",
    [
        "<html><body>" + "<" * 1_000_000 + " " + TEXT,
        "<html><body><p>" + "&#x1F600;" * 110_000 + TEXT,
        "<html><body><p>wor\x00d. " + "\x00" * 900_000 + TEXT,
        "<html><body><p>" + "\n" * 900_000 + TEXT,
        "<html><body><article><p>" + TEXT * 15_000,
        "<html><body><p>" + "1 January 2024 and 2024-01-01 " * 30_000 + TEXT,
        "<html><body><plaintext>" + "<p>" * 300_000 + TEXT,
        "<html><body>" + "<![CDATA[" * 100_000 + "]]>" + TEXT,
        "<!DOCTYPE html [<!ENTITY a '"
        + "a" * 1_000
        + "'><!ENTITY b '"
        + "&a;" * 1_000
        + "'>]><p>"
        + "&b;" * 100_000
        + TEXT,
    ],
    ids=lambda html: repr(html[12:40]),
)
def test_a_huge_text_is_found(html: str) -> None:
    assert TEXT.strip() in read(html).body


@pytest.mark.parametrize(
    "piece",
    [
        "<p>a. ", "<div>a. </div>", "<span>a. </span>", "<h2>a. </h2>", "a. <br>", "<li>a. ", "<a href=x>a. </a> ",
        "<blockquote>a. </blockquote>", "<pre>a. </pre>", "<tr><td>a. ", "<article><p>a. </article>",
        "<time>1. 1. 2024. </time>", "<p class='byline date comment share related'>By Jane Doe. ",
        "<div style='display:none'>a. </div>a.", "<details><summary>a. </details>",
        "<figure><figcaption>a. </figure>", "<dt>a. <dd>b. ", "<p><q>a. </q>",
        "<img src='http://e.org/2024/13/45/x.jpg'>a.",
    ],
)  # fmt: skip
def test_many_of_one_kind_are_read(piece: str) -> None:
    """Each takes a second or two at the limit; where time grows with the square it takes minutes."""
    for opening in ("<html><body>", "<html><body><table>", "<html><body><article><ul>"):
        html = opening + TEXT + piece * (4_000 // piece.count("<"))
        assert problem(html) in ("", "NO_ARTICLE")


@pytest.mark.parametrize(
    "tag", ["div", "b", "q", "blockquote", "ul><li", "ol><li", "table><tr><td", "dl><dd", "section", "pre"]
)
def test_deep_pages_are_read_down_to_the_bottom(tag: str) -> None:
    levels = (DEEPEST - 4) // (tag.count("<") + 1 + tag.startswith("table"))
    html = (
        f"<html><body><article><p>{TEXT * 5}</p>{f'<{tag}>' * levels}<p>It is the bottom.</p></article></body></html>"
    )
    assert "It is the bottom." in read(html).body


def test_broken_pages_are_read_like_in_a_browser() -> None:
    found = read(f"<h1>Bridge<p>{TEXT * 3}<div></p><p>{TEXT}<b>It <i>is</b> done</i>.<o:p>And over.</o:p>")
    assert "It is done.And over." in found.body


def test_encodings_that_a_page_claims_mean_nothing() -> None:
    assert (
        read("<?xml version='1.0' encoding='utf-16'?><meta charset=windows-1251><p>Слово є тут.</p>").body
        == "Слово є тут."
    )


def test_json_of_any_shape_is_passed_over() -> None:
    shapes: list[object] = [
        {"@type": "Article", key: value}
        for key in ("author", "headline", "datePublished")
        for value in (5, [], {}, [{}], None, [[["x"]]], {"name": {"name": []}})
    ]
    for shape in shapes:
        found = read(page(head=f"<script type='application/ld+json'>{json.dumps(shape)}</script>"))
        assert found.body


def test_json_gives_no_text_that_can_not_be_sent() -> None:
    shape = {"@type": "Article", "headline": "Bri\ud83ddge\x00 \x1b", "author": [{"name": "Jane\udc00 Doe\x01"}]}
    found = read(page(head=f"<script type='application/ld+json'>{json.dumps(shape)}</script>"))
    assert (found.title, found.authors) == ("Bridge", ("Jane Doe",))
    assert pb.ExtractedArticle(**vars(found)).title == found.title


def test_text_that_comments_cut_is_one() -> None:
    root = tree("<p>on<!-- a -->e<svg>x</svg> two<br>th<script>y</script>ree")
    assert "".join(root.itertext()) == "one twothree"
    assert root.find(".//br").tail == "three"
