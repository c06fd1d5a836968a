"""What of HTML is text."""

import pytest

from polygist.translate.markup import html
from polygist.translate.markup.runs import Run
from polygist.types import Span


def texts(source: str, language: str = "en") -> list[str]:
    return [run.text for run in html.parse(source, language).runs]


def only(source: str) -> Run:
    (run,) = html.parse(source, "en").runs
    return run


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ("<h1>One</h1>two<div>three</div>", ["One", "two", "three"]),
        ("<ul><li>One<li>Two</ul>", ["One", "Two"]),
        ("<table><tr><th>A head<td>A cell</table>", ["A head", "A cell"]),
        ("One<br>two<br><br>three", ["One\ntwo", "three"]),
        ("<p>Tea &amp; caf&eacute; &#8364;5</p>", ["Tea & café €5"]),
        ("<p>Spaces \n\t and  lines</p>", ["Spaces and lines"]),
        ("<title>A &lt;b> title</title>", ["A <b> title"]),
        ("<p>12 345</p><p>*</p><p></p>", []),
        ("<p>One<!-- two -->three</p>", ["Onethree"]),
        ("plain text", ["plain text"]),
        ("<p>The <svg><title>a word</title></svg> sign</p>", ["The sign"]),
        ("<p>The <ruby>kan<rp>(<rt>ji<rp>)</ruby> word</p>", ["The kan word"]),
        ("<a href=/n>News</a><a href=/s>Sport</a>", ["News", "Sport"]),
        ("<a href=1>Нове</a><a href=2>ще</a>", ["Нове", "ще"]),
        ("<span>By Ann Lee</span><span>3 May</span>", ["By Ann Lee", "3 May"]),
        ("<i><a><b>One</b></a><a><b>Two</b></a></i>", ["One", "Two"]),
        ("<a>One</a><!-- a comment --><a>Two</a><img><a>Three</a>", ["One", "Two", "Three"]),
        ("<a>One</a> <a>two</a>, <a>three</a>", ["One two, three"]),
        ("<b>H</b><sub>2</sub>O, <b>Wo</b>rt, <i>Wo</i><i>rt</i>, <b>T</b><b>HE</b>", ["H2O, Wort, Wort, THE"]),
        ("<x-card>Of <x-name>unknown</x-name> elements</x-card>", ["Of unknown elements"]),
    ],
)
def test_runs(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


@pytest.mark.parametrize(
    "kept",
    [
        "<script>if (a<b) { word() }</script>",
        "<style>p::after { content: 'word' }</style>",
        "<pre>a <b>word</b></pre>",
        "<textarea>a word</textarea>",
        "<svg><text>a word</text></svg>",
        "<noscript><img alt='a'><p>a <b>word</b> & more</p></noscript>",
        "<!-- a word -->",
        "<?php a word ?>",
        "<![CDATA[a word]]>",
        "<iframe><p>a word</p></iframe>",
        "<p translate=no>a word</p>",
        "<div TRANSLATE='NO'><p>a word</p><ul><li>more</ul></div>",
        "<div class='x notranslate'>a word</div>",
        "<p lang=fr>un mot</p>",
        "<p xml:lang=fr>un mot</p>",
        "<div translate=no><p translate=foo>a word</p></div>",
        "<img alt='a word' title='a word'>",
    ],
)
def test_what_is_kept(kept: str) -> None:
    assert texts(f"<p>One</p>{kept}<p>Two</p>") == ["One", "Two"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # End tags that are left out end what stays, too.
        ("<p translate=no>One<p>Two", ["Two"]),
        ("<ul><li translate=no>One<ul><li>in it</ul><li>Two</ul>", ["Two"]),
        ("<div translate=no>One<p>in it</div>Two", ["Two"]),
        ("<p>One <code>two</p><p>Three</p>", ["One two", "Three"]),
        # translate=yes inside of what stays.
        ("<div translate=no>One<p translate=yes>Two</p>three</div>four", ["Two", "four"]),
        ("<div lang=de>Eins<p lang=en-GB>Two</p>drei</div>", ["Two"]),
        # The caller knows the language of the whole.
        ("<html lang=de><body lang=fr><p>One</p>", ["One"]),
        ("<p lang='en-US'>One</p><p lang=''>Two</p>", ["One", "Two"]),
        # A stray end tag ends nothing.
        ("<div translate=no>One</span></p>two</div>three", ["three"]),
    ],
)
def test_where_it_ends(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


def test_marks() -> None:
    run = only("<p>Hello <b class=x>big <i>wide</i></b>, <code>make()</code> world<sup><a href=#1>1</a></sup></p>")
    assert run.text == "Hello big wide, make() world"
    bold, code, footnote = run.marks
    assert (bold.start, bold.end, bold.opening, bold.closing) == (6, 14, "<b class=x>", "</b>")
    assert [(m.start, m.end, m.opening) for m in bold.children] == [(10, 14, "<i>")]
    assert (code.literal, code.opening) == (True, "<code>make()</code>")
    assert (footnote.start, footnote.end, footnote.opening) == (28, 28, "<sup><a href=#1>1</a></sup>")


def test_marks_around_all_text_are_no_marks() -> None:
    run = only("<p> <img src=a> <a href=x><b>Hello</b> </a></p>")
    assert (run.text, run.marks) == ("Hello", ())


def test_a_footnote_mark_is_not_part_of_its_word() -> None:
    run = only("<p>He said<sup><a href='#1'>[1]</a></sup> so. H<sub>2</sub>O</p>")
    assert run.text == "He said so. H2O"
    assert [(m.start, m.end, m.opening) for m in run.marks] == [
        (7, 7, "<sup><a href='#1'>[1]</a></sup>"),
        (13, 14, "<sub>"),
    ]


def test_addresses_are_kept() -> None:
    run = only("<p>See https://a.b/c?d=1&amp;e=2, or <a href='x'>mail me@example.com</a>.</p>")
    assert run.text == "See https://a.b/c?d=1&e=2, or mail me@example.com."
    assert run.marks[0].opening == "https://a.b/c?d=1&amp;e=2"
    assert run.marks[1].children[0].opening == "me@example.com"


def test_offsets_lead_back_to_the_source() -> None:
    source = "<p>\r\n  A &amp; B\r\n  of &lt;C&gt;</p>"
    run = only(source)
    assert run.text == "A & B of <C>"
    assert source[slice(*run.source_span(Span(2, 3)))] == "&amp;"
    assert source[slice(*run.source_span(Span(4, 8)))] == "B\r\n  of"
    assert source[slice(*run.source_span(Span(9, 12)))] == "&lt;C&gt;"
    assert source[slice(*run.source_span(Span(0, len(run.text))))] == source[slice(*run.span)]


def test_escape() -> None:
    assert html.escape("R&D < 5 > 3 &amp;", "", "") == "R&amp;D &lt; 5 > 3 &amp;amp;"


def test_a_language_that_nobody_knows_leaves_every_text_one() -> None:
    assert texts("<p lang=de>Eins</p><p lang=fr>un<code>x</code></p><p translate=no>Three</p>", "") == ["Eins", "unx"]


def test_links_without_end_take_linear_time() -> None:
    for links in ("<a>x</a><a><b>", "<a>x</a>", "<a></a>"):
        assert "".join(texts(links * 5_000, "en")).count("x") == 5_000 * links.count("x")
