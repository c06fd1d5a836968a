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
