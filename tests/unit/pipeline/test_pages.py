"""Articles out of pages: the field that an error names, and the limits of what was found."""

import pytest

from polygist.errors import InvalidRequest
from polygist.pipeline.pages import text_of
from polygist.pipeline.requests import ArticleHtml, ArticleText
from tests.unit.pipeline.test_limits import LIMITS


def test_text_stays_as_it_is() -> None:
    text = ArticleText("Body.", "Title")
    assert text_of(text, LIMITS, "") == (text, None)


def test_a_page_gives_its_title_and_body() -> None:
    text, page = text_of(ArticleHtml("<h1>Title</h1><p>It is done.</p>"), LIMITS, "")
    assert page is not None
    assert (text.title, text.body) == (page.title, page.body) == ("Title", "It is done.")
    assert text.text == "Title\n\nIt is done."


def test_without_a_title_the_text_is_the_body() -> None:
    text, _ = text_of(ArticleHtml("<p>It is done.</p>"), LIMITS, "")
    assert (text.title, text.text) == ("", "It is done.")


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<nav>News</nav>", "NO_ARTICLE"),
        ("<div>" * 201 + "a.", "TOO_COMPLEX"),
        ("<p>" + "It is done. " * 20, "TOO_LONG"),
        ("<h1>It is too long</h1><p>It is done.</p>", "TOO_LONG"),
    ],
)
def test_what_is_wrong_with_a_page_names_its_field(html: str, reason: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        text_of(ArticleHtml(html), LIMITS, "digest.")
    assert {(v.field, v.reason) for v in error.value.violations} == {("digest.article.html", reason)}
