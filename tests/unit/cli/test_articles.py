"""Articles on the command line: what a file is taken for, and what of a page is shown."""

import io
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from polygist.cli import render
from polygist.cli.options import ArticleFormat
from polygist.cli.sessions import article
from polygist.v1 import polygist_pb2 as pb


@pytest.mark.parametrize(
    ("name", "format", "form"),
    [
        ("a.txt", None, "text"),
        ("a.html", None, "html"),
        ("A.HTM", None, "html"),
        ("a.md", None, "text"),
        ("a.html", ArticleFormat.PLAIN, "text"),
        ("a", ArticleFormat.HTML, "html"),
    ],
)
def test_a_file_is_what_its_name_says_unless_the_caller_says_otherwise(
    tmp_path: Path, name: str, format: ArticleFormat | None, form: str
) -> None:
    path = tmp_path / name
    path.write_text("<p>It is.</p>", encoding="utf-8")
    found = article(str(path), format)
    assert found.WhichOneof("content") == form
    assert getattr(found, form) == "<p>It is.</p>"


def shown(view: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(view)
    return console.file.getvalue()  # type: ignore[attr-defined]


FOUND = pb.ExtractedArticle(title="Title", body="One. Two.", authors=["A B", "C D"], date="2025-03-14")


def test_a_page_is_shown_with_its_authors_and_day() -> None:
    assert shown(render.digest(pb.DigestResponse(extracted=FOUND))).startswith("A B, C D · 2025-03-14\n")
    assert shown(render.summarized(pb.SummarizeResponse(extracted=FOUND))).startswith("A B, C D · 2025-03-14\n")
    assert shown(render.summarized(pb.SummarizeResponse())).startswith("╭")


def test_sentences_of_a_page_are_cut_from_what_was_found() -> None:
    title = pb.Span(offset=0, length=5, source=pb.Span.SOURCE_TITLE)
    body = pb.Span(offset=5, length=4, source=pb.Span.SOURCE_BODY)
    blocks = [
        pb.Block(kind=pb.Block.KIND_TITLE, span=title, sentences=[title]),
        pb.Block(kind=pb.Block.KIND_PARAGRAPH, span=body, sentences=[body]),
    ]
    view = shown(render.parsed(pb.ParseResponse(source_language="en", extracted=FOUND, blocks=blocks), ""))
    assert "Title" in view
    assert "Two." in view
    assert "One." not in view


NUMBER, MONEY, PERCENT, DATE = (getattr(pb.Figure, f"KIND_{k}") for k in ("NUMBER", "MONEY", "PERCENT", "DATE"))


@pytest.mark.parametrize(
    ("figure", "view"),
    [
        (pb.Figure(text="$98m", kind=MONEY, value=98e6, unit="USD"), "$98m (98,000,000 USD)"),
        (pb.Figure(text="1,5 Mrd. Euro", kind=MONEY, value=1.5e9, unit="EUR"), "1,5 Mrd. Euro (1,500,000,000 EUR)"),
        (pb.Figure(text="12", kind=NUMBER, value=12, unit="soldier"), "12 (soldier)"),
        (pb.Figure(text="дванадцять", kind=NUMBER, value=12, unit="солдат"), "дванадцять (12 солдат)"),
        (pb.Figure(text="1.234", kind=NUMBER, value=1234), "1.234"),
        (pb.Figure(text="5-7 million", kind=NUMBER, value=5e6, high=7e6), "5-7 million (5,000,000–7,000,000)"),
        (pb.Figure(text="40 kilometers", kind=NUMBER, value=40, unit="kilometer"), "40 kilometers"),
        (pb.Figure(text="14 відсотків", kind=PERCENT, value=14, unit="%"), "14 відсотків"),
        (pb.Figure(text="zwölf Prozent", kind=PERCENT, value=12, unit="%"), "zwölf Prozent (12 %)"),
        (pb.Figure(text="3 March 2025", kind=DATE, date="2025-03-03"), "3 March 2025 (2025-03-03)"),
        (pb.Figure(text="2025", kind=DATE, date="2025"), "2025"),
        (pb.Figure(text="Friday", kind=DATE), "Friday"),
        (pb.Figure(text="2:1", kind=NUMBER), "2:1"),
    ],
)
def test_a_figure_says_what_it_counts(figure: pb.Figure, view: str) -> None:
    assert render.figure(figure) == view


def test_figures_are_shown_once() -> None:
    friday, ships = pb.Figure(text="Friday", kind=DATE), pb.Figure(text="12", kind=NUMBER, value=12, unit="ship")
    assert "Figures  Friday, 12 (ship)" in shown(
        render.summarized(pb.SummarizeResponse(summary=pb.Summary(figures=[friday, friday, ships])))
    )
