"""What a page says of its article in JSON-LD (https://schema.org/Article), in metas, and in Ukrainian dates.

trafilatura reads the former two, too, but in time that grows with the cube of the number of authors, and JSON that is
none with the square of its length; nor does it say where it has a date from. It reads dates in English and German.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from itertools import islice
from typing import Any

from htmldate.core import DATE_ATTRIBUTES
from lxml.html import HtmlElement

from polygist.document.notices import without_label
from polygist.document.tree import JSON_LD, writable

_ARTICLES = ("Article", "BlogPosting", "Report")
_AUTHOR_METAS = frozenset(
    {"author", "authors", "article:author", "byl", "citation_author", "creator", "dc.creator", "dcterms.creator"}
    | {"dc:creator", "parsely-author", "sailthru.author", "og:author", "og:article:author"}
)
_BETWEEN_NAMES = re.compile(r"[;|&,]|(?<=\s)(?:/|and|und|sowie|та|і|й)(?=\s)", re.IGNORECASE)
_NO_NAME = re.compile(r"https?:|www\.|@|\d", re.IGNORECASE)
_LONGEST_NAME = 80
_MONTHS = (
    *("січня", "лютого", "березня", "квітня", "травня", "червня"),
    *("липня", "серпня", "вересня", "жовтня", "листопада", "грудня"),
)
_DAY = re.compile(rf"\b([0-3]?\d)\s+({'|'.join(_MONTHS)}),?\s+(\d{{4}})\b", re.IGNORECASE)
_DATED = re.compile(r"date|time|publi|posted|info|meta|дата", re.IGNORECASE)
_LONGEST_DATE = 80


@dataclass(frozen=True)
class Facts:
    """Empty where the page does not say; `date` is an ISO 8601 day."""

    title: str = ""
    authors: tuple[str, ...] = ()
    date: str = ""


def take(root: HtmlElement) -> Facts:
    """The facts of a page. Their elements are taken out of the tree; the tails, which are text, stay."""
    scripts = list(root.iterfind(f".//script[@type='{JSON_LD}']"))
    metas = [(_key(m), m) for m in root.iterfind(".//meta[@content]")]
    by = [m for key, m in metas if key in _AUTHOR_METAS]
    found = next((a for s in scripts for a in _articles(s.text or "")), {})
    authors = names(_strings(found.get("author"))) or names(m.get("content", "") for m in by)
    told = (found.get("datePublished"), *(m.get("content") for key, m in metas if key in DATE_ATTRIBUTES))
    for element in (*scripts, *by):
        element.drop_tree()
    day = next(filter(None, map(_day, told)), "") or next(_days(root), "")
    return Facts(next(_strings(found.get("headline")), ""), authors, day)


def names(texts: Iterable[str]) -> tuple[str, ...]:
    """The names in bylines, each once: 'By Jane Doe and Max Muster, Kyiv' -> ('Jane Doe', 'Max Muster').

    Single words ('dpa', 'admin') and small letters ('political editor') count only where there is nothing else.
    """
    parts = (part.strip().strip(" .:–—-") for text in texts for part in _BETWEEN_NAMES.split(without_label(text)))
    found = dict.fromkeys(p for p in parts if p and len(p) <= _LONGEST_NAME and not _NO_NAME.search(p))
    return tuple(name for name in found if " " in name and name[0].isupper()) or tuple(found)


def _key(meta: HtmlElement) -> str:
    key: str = meta.get("name") or meta.get("property") or meta.get("itemprop") or ""
    return key.lower()


def _articles(text: str) -> Iterator[dict[str, Any]]:
    try:
        waiting = [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return
    while waiting:
        match waiting.pop():
            case list() as several:
                waiting += reversed(several)
            case {"@graph": graph}:
                waiting.append(graph)
            case {"@type": kind} as thing if any(k.endswith(_ARTICLES) for k in _strings(kind)):
                yield thing


def _strings(value: object) -> Iterator[str]:
    """Texts, and names of things, as JSON-LD wraps them: [{"name": "A"}, "B"] -> A, B."""
    for one in value if isinstance(value, list) else [value]:
        named = one.get("name") if isinstance(one, dict) else one
        for text in named if isinstance(named, list) else [named]:
            if isinstance(text, str):
                yield " ".join(unescape(writable(text)).split())


def _days(root: HtmlElement) -> Iterator[str]:
    """The Ukrainian dates in short elements whose class says that they hold a date: '3 жовтня 2024' -> 2024-10-03."""
    for element in root.iter("div", "li", "p", "span", "time"):
        if not _DATED.search(f"{element.tag} {element.get('class', '')}"):
            continue
        found = _DAY.search(" ".join(islice(element.itertext(), 8))[:_LONGEST_DATE])
        if found:
            day, month, year = int(found[1]), _MONTHS.index(found[2].lower()) + 1, int(found[3])
            yield from filter(None, [_day(f"{year:04}-{month:02}-{day:02}")])


def _day(value: object) -> str:
    try:
        return date.fromisoformat(value[:10]).isoformat() if isinstance(value, str) else ""
    except ValueError:
        return ""
