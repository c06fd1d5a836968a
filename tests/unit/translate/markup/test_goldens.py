"""Articles with markup in three languages, translated by fakes."""

from pathlib import Path

import pytest

from polygist.translate.markup.runs import render
from tests.unit.translate.markup.markup_goldens import ARTICLES, FAKES, golden, markup, parsed, tags, translated

HTML = [a for a in ARTICLES if a.suffix == ".html"]
MARKDOWN = [a for a in ARTICLES if a.suffix == ".md"]


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("article", ARTICLES, ids=lambda p: p.name)
def test_goldens(article: Path, fake: str) -> None:
    assert translated(article, fake) == golden(article, fake).read_text("utf-8")


@pytest.mark.parametrize("article", ARTICLES, ids=lambda p: p.name)
def test_an_untranslated_article_is_itself(article: Path) -> None:
    document = parsed(article)
    assert len(document.runs) > 1
    assert render(document, [None] * len(document.runs)) == document.source


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("article", HTML, ids=lambda p: p.name)
def test_every_tag_survives_byte_for_byte(article: Path, fake: str) -> None:
    assert tags(translated(article, fake)) == tags(article.read_text("utf-8"))


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("article", MARKDOWN, ids=lambda p: p.name)
def test_markdown_means_the_same_markup(article: Path, fake: str) -> None:
    assert markup(translated(article, fake)) == markup(article.read_text("utf-8"))
