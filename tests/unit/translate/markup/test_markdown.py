"""What of Markdown is text."""

import pytest
from markdown_it import MarkdownIt

from polygist.translate.markup import markdown
from polygist.translate.markup.runs import Run
from polygist.types import Span


def texts(source: str) -> list[str]:
    return [run.text for run in markdown.parse(source, "en").runs]


def only(source: str) -> Run:
    (run,) = markdown.parse(source, "en").runs
    return run


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# One #\n\ntwo\nthree\n\nFour\n====", ["One", "two three", "Four"]),
        ("- one\n- two\n\n  three\n1. four", ["one", "two", "three", "four"]),
        ("> one\n> two\n>> three", ["one two", "three"]),
        ("> lazy\nline", ["lazy line"]),
        ("one  \ntwo\\\nthree", ["one\ntwo\nthree"]),
        ("|a b|c|\n|-|-|\n|d \\| e|f|\n", ["a b", "c", "d | e", "f"]),
        ("\\*one\\* &amp; t&ouml;o", ["*one* & töo"]),
        ("---\ntitle: one\n---\n\ntwo", ["two"]),
        ("```\none\n```\n\n    two\n\nthree", ["three"]),
        ("[a]: http://x 'title'\n\none", ["one"]),
        ("one[^n]\n\n[^n]: two\n\n    three", ["one", "two", "three"]),
        ("- [ ] one\n- [x] two", ["one", "two"]),
        ("<div>\none <b>two</b>\n</div>\n\nthree", ["one two", "three"]),
        ("<div translate=no>\n\none\n\n- two\n\n</div>\n\nthree", ["three"]),
        ("an <span translate=no>unclosed\n\nnext block", ["an unclosed", "next block"]),
        ("# C#\n# F# #", ["C#", "F#"]),
        ("![image](a.png)\n\n`code`\n\n<http://x.y>", []),
        ("\ttab\r\n\r\none\rtwo\r\n", ["one two"]),
        ("+++\ntitle = 'one'\n+++\n\ntwo", ["two"]),
        ("$$x = y z$$\n\none", ["one"]),
        ("one\n$$\n- a b\n\nc\n$$\ntwo", ["one", "two"]),
        ("> $$\n> a b\n> $$\n\none for $5 or $6", ["one for $5 or $6"]),
        ("{{< short code >}}\n\none {{% x y %}} two", ["one {{% x y %}} two"]),
        ("One\n: two\n: three\n  four\n\nfive: six", ["One", "two", "three four", "five: six"]),
        ("+++\n$$ {{ one", ["+++ $$ {{ one"]),
        ("1. > one\n   > two\n", ["one two"]),
    ],
)
def test_runs(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


def test_marks() -> None:
    run = only('A *b* __c d__ ***e*** ~~f~~ `g h` [i *j*](k "l") <u>m</u> n![o](p) q')
    assert run.text == "A b c d e f g h i j m n q"
    assert [(run.text[m.start : m.end], m.opening, m.closing) for m in run.marks] == [
        ("b", "*", "*"),
        ("c d", "__", "__"),
        ("e", "***", "***"),
        ("f", "~~", "~~"),
        ("g h", "`g h`", ""),
        ("i j", "[", '](k "l")'),
        ("m", "<u>", "</u>"),
        ("", "![o](p)", ""),
    ]
    assert run.marks[5].children[0].opening == "*"


def test_links_by_reference_keep_their_label() -> None:
    run = only("See [one][ref], [two][], [three *x*].\n\n[ref]: a\n[two]: b\n[three *x*]: c\n")
    assert [m.closing for m in run.marks] == ["][ref]", "][two]", "][three *x*]"]


def test_a_hard_break_keeps_the_prefix_of_its_line() -> None:
    assert only("> one  \n> two").marks[0].opening == "  \n> "
    assert only("one\\\n  two").marks[0].opening == "\\\n  "


def test_offsets_lead_back_to_the_source() -> None:
    source = "> *One* t&ouml;o\r\n> three \\* four\n"
    run = only(source)
    assert run.text == "One töo three * four"
    assert source[slice(*run.source_span(Span(4, 7)))] == "t&ouml;o"
    assert source[slice(*run.source_span(Span(8, 13)))] == "three"
    assert source[slice(*run.source_span(Span(14, 15)))] == "\\*"


@pytest.mark.parametrize(
    "text",
    [
        "1. not a list", "12) nor this", "- nor this", "* nor this", "+ nor", "# no heading", "> no quote",
        "*no* _emphasis_", "__no__ `code`", "[no](link)", "![no](image)", "a < b <b> c", "&amp; &#65;", "~~no~~",
        "~~~", "===", "---", "***", "ends in #", "back\\slash \\* ", "[^1]", ": x", "| a | b |", "<http://a.b>",
        "snake_case 2 * 3", "a & b", "C#",
    ],
)  # fmt: skip
def test_escaped_text_is_text(text: str) -> None:
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown.escape(text, "\n", "\n"))
    assert [t.type for t in rendered] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(c.content for c in rendered[1].children or []) == text.strip()
    heading = MarkdownIt("commonmark").parse("# " + markdown.escape(text, "\n", "\n"))
    assert "".join(c.content for c in heading[1].children or []) == text.strip()


def test_a_cell_keeps_its_bars() -> None:
    assert markdown.escape_cell("a | b", "\n", "\n") == "a \\| b"


def test_formulas_and_shortcodes_are_kept_in_their_sentence() -> None:
    run = only("It is $$a_1 = b$$ for {{ site.name }}.")
    assert [(m.opening, m.literal) for m in run.marks] == [("$$a_1 = b$$", True), ("{{ site.name }}", True)]


@pytest.mark.parametrize("piece", ["$$\n", "$$a\n", "$$ ", "{{ ", "{{<", "{%", "a\n: b\n", "+++\n"])
def test_what_is_never_closed_takes_linear_time(piece: str) -> None:
    assert all(text.strip() for text in texts(f"+++\n{piece * 3_000}"))
