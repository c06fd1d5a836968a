"""An HTML page as the article that it holds. trafilatura finds it."""

import logging
import re
from dataclasses import dataclass
from typing import Any

from htmldate.meta import reset_caches as forget_dates
from lxml.etree import _Element
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, use_config
from trafilatura.utils import line_processing, trim

from polygist.document import facts, plain
from polygist.document.plain import line
from polygist.document.tree import tree
from polygist.errors import PageInvalid

# What they log quotes pages.
for _name in ("trafilatura", "htmldate", "courlan", "charset_normalizer"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

_OPTIONS: dict[str, Any] = {
    "fast": True,  # the second opinions that it asks for otherwise take quadratic time
    "include_comments": False,
    "include_formatting": False,
    # The extensive search takes any year in the text for that of publication.
    "date_extraction_params": {"original_date": True, "extensive_search": False},
}
# Where less than 250 code points are found, trafilatura gives all text of an article element, or of the page, as one
# paragraph. Short articles are shorter.
_SHORT = use_config()
_SHORT.set("DEFAULT", "MIN_EXTRACTED_SIZE", "1")
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
    found = _extracted(root, with_metadata=True)
    short = plain.text(_extracted(root, config=_SHORT).body) if _is_heap(found.body, root) else ""
    body = short if _has_sentence(short) else plain.text(found.body)
    if not _has_sentence(body):
        raise PageInvalid("holds no article", "NO_ARTICLE")
    site = line(found.sitename)
    title = _without_site(line(known.title or found.title), site)
    authors = known.authors or facts.names((found.author or "").split(";"))
    # Where it finds no day elsewhere, htmldate takes the first one like 2025-03-14 in the text.
    day = found.date if found.date and found.date not in body else ""
    return Page(title, _without_title(body, title), authors, known.date or day, site)


def _has_sentence(text: str) -> bool:
    return _SENTENCE.search(text) is not None and any(map(str.isalpha, text))


def _is_heap(body: _Element, root: HtmlElement) -> bool:
    """Whether all is one paragraph that has a line for each piece of the page's text, or other paragraphs in it."""
    if len(body) != 1 or len(body[0]) > 0:
        return False
    raw = body[0].text or ""
    whole = line(raw)
    return "\n" in raw or any(p and p != whole and p in whole for p in (line(p.text_content()) for p in root.iter("p")))


def _extracted(root: HtmlElement, **options: Any) -> Document:
    """What trafilatura finds, an empty document where that is nothing. Leaves the tree as it is."""
    try:
        found = bare_extraction(root, **_OPTIONS, **options)
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
