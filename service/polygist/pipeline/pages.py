"""The text of an article, in whatever form it was sent."""

from polygist.document import page
from polygist.document.page import Page
from polygist.errors import InvalidRequest, PageInvalid, Violation
from polygist.pipeline.limits import Limits
from polygist.pipeline.requests import ArticleHtml, ArticleText


def text_of(article: ArticleText | ArticleHtml, limits: Limits, path: str) -> tuple[ArticleText, Page | None]:
    """The text, and the page that it was found in. `path` stands before the field that an error names.

    Raises InvalidRequest where a page holds no article or one beyond the limits. Takes up to seconds for a page.
    """
    if isinstance(article, ArticleText):
        return article, None
    try:
        found = page.read(article.html)
    except PageInvalid as error:
        raise InvalidRequest(Violation(f"{path}article.html", error.description, error.problem)) from error
    text = ArticleText(found.body, found.title)
    limits.check_extracted(text, path)
    return text, found
