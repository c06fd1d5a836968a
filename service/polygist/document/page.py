"""An HTML page as the article that it holds. trafilatura finds it."""

import logging
import re
from dataclasses import dataclass
from typing import Any

from htmldate.meta import reset_caches as forget_dates
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document
from trafilatura.utils import line_processing, trim

from polygist.document import facts, plain
from polygist.document.tree import tree
from polygist.errors import PageInvalid

# What they log quotes pages.
for _name in ("trafilatura", "htmldate", "courlan", "charset_normalizer"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

_OPTIONS: dict[str, Any] = {
    "fast": True,  # the second opinions that it asks for otherwise take quadratic time
    "include_comments": False,
    "include_formatting": False,
    "with_metadata": True,
    # Days that stand anywhere in the text are no days of publication.
    "date_extraction_params": {"original_date": True, "extensive_search": False},
}
_WORD = re.compile(r"\w+")
# Menus, forms and error messages have none.
_SENTENCE = re.compile(r"\w[\"'“”»«’)\]]*[.!?…](?!\w)|[。！？]")
# What stands between a title and the name of the site in the title of a page.
_BEFORE_SITE = " \t|–—-·•:»«›"


@dataclass(frozen=True)
class Page:
    """The article of a page. All but `body` are empty where the page does not say; `date` is an ISO 8601 day."""

    title: str
    body: str
    authors: tuple[str, ...]
    date: str
    site: str


def read(html: str) -> Page:
    """The article of an HTML page or fragment, without menus, notices about cookies, advertisements and comments.

    `body` has its paragraphs, list items and headings in the form that `parse` reads. Raises PageInvalid where there is
    no article, that is no sentence, or where the page is too complex to look for one.
    '<h1>A title</h1><p>One. Two.</p>' -> Page('A title', 'One. Two.', (), '', '')
    """
    root = tree(html)
    known = facts.take(root)
    found = _extracted(root)
    body = plain.text(found.body)
    if not _SENTENCE.search(body):
        raise PageInvalid("holds no article", "NO_ARTICLE")
    site = found.sitename or ""
    title = _without_site(known.title or found.title or "", site)
    authors = known.authors or facts.names((found.author or "").split(";"))
    return Page(title, _without_title(body, title), authors, known.date or found.date or "", site)


def _extracted(root: HtmlElement) -> Document:
    """What trafilatura finds, an empty document where that is nothing."""
    try:
        found = bare_extraction(root, **_OPTIONS)
    finally:
        # The libraries remember texts of any length by the thousand.
        line_processing.cache_clear()
        trim.cache_clear()
        forget_dates()
    return found if isinstance(found, Document) else Document()


def _without_site(title: str, site: str) -> str:
    """'Bridge approved | Courier', 'Courier' -> 'Bridge approved'."""
    if not site or not title.casefold().endswith(site.casefold()):
        return title
    rest = title[: -len(site)]
    bare = rest.rstrip(_BEFORE_SITE)
    return bare if bare and bare != rest.rstrip() else title


def _without_title(body: str, title: str) -> str:
    """The body without a first block that says the title again, unless there is nothing else."""
    first, _, rest = body.partition("\n\n")
    return rest if rest and _WORD.findall(first.casefold()) == _WORD.findall(title.casefold()) else body
