"""How well articles are found on pages: `python bench/pages.py [DATA] [--articles N]`, `python bench/pages.py --time`.

DATA is a gzipped JSON Lines file of `lang`, `title`, `text` (default ../shared/data/summaries.jsonl.gz). Each article
is put into five pages of different make, among menus, a notice about cookies, teasers, comments and a footer; teasers
and comments are pieces of other articles in the same language. Found: the share of the article's paragraphs that are
whole in the answer. Foreign: the share of words that are left in the answer without these and the title. The pages are
made up: what is out on the web is more various.

--time reads a page like those of newspapers, and the pages that take longest.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from statistics import median

import turbohtml
from rich.console import Console
from rich.table import Table
from trafilatura import extract

from polygist.document import page
from polygist.document.sentences import split
from polygist.document.tree import MOST_DEPTHS, MOST_ELEMENTS
from polygist.errors import PageInvalid

DATA = Path(__file__).parents[2] / "shared" / "data" / "summaries.jsonl.gz"
LANGUAGES = ("en", "de", "uk")
FEWEST_PARAGRAPHS, SHORTEST, LONGEST = 4, 40, 20_000
MENUS = {
    "en": ("News", "Sport", "Business", "Weather", "Jobs", "Contact us"),
    "de": ("Politik", "Sport", "Wirtschaft", "Wetter", "Stellen", "Impressum"),
    "uk": ("Новини", "Спорт", "Економіка", "Погода", "Вакансії", "Контакти"),
}
COOKIES = {
    "en": "We use cookies and similar technologies to improve this site. Accept all or manage your choices.",
    "de": "Wir verwenden Cookies und ähnliche Techniken, um diese Seite zu verbessern. Alle akzeptieren.",
    "uk": "Ми використовуємо файли cookie та подібні технології, щоб покращити цей сайт. Прийняти всі.",
}


@dataclass(frozen=True)
class Case:
    """An article, and what else is on its page."""

    language: str
    title: str
    paragraphs: Sequence[str]
    teasers: Sequence[str]
    comments: Sequence[str]


def cases(data: Path, articles: int) -> Iterator[Case]:
    """The first `articles` of each language that have enough paragraphs."""
    found: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            paragraphs = list(_split(row["text"], row["lang"]))
            enough = len(paragraphs) >= FEWEST_PARAGRAPHS and sum(map(len, paragraphs)) <= LONGEST
            if enough and len(found[row["lang"]]) < articles:
                found[row["lang"]].append((row["title"] or " ".join(paragraphs[0].split()[:8]), paragraphs))
    chance = random.Random(7)
    for language in LANGUAGES:
        for i, (title, paragraphs) in enumerate(found[language]):
            others = found[language][:i] + found[language][i + 1 :]
            foreign = [chance.choice(chance.choice(others)[1])[:300] for _ in range(9)]
            yield Case(language, title, paragraphs, foreign[:6], foreign[6:])


def _split(text: str, language: str) -> Iterator[str]:
    """The paragraphs of a text; where it has no line breaks three sentences each."""
    for line in text.split("\n"):
        whole = " ".join(line.split())
        starts = [start for start, _ in split(whole, language)][::3] if "\n" not in text else [0]
        for start, end in pairwise([*starts, len(whole)]):
            if end - start >= SHORTEST:
                yield whole[start:end].strip()


def _links(texts: Sequence[str], tag: str) -> str:
    return "".join(f"<{tag}><a href='/{i}'>{escape(text)}</a></{tag}>" for i, text in enumerate(texts))


def _paragraphs(case: Case) -> str:
    return "".join(f"<p>{escape(p)}</p>\n" for p in case.paragraphs)


def semantic(case: Case) -> str:
    """header, nav, main, article, aside, footer."""
    comments = "".join(f"<div class='comment'><b>reader</b><p>{escape(c)}</p></div>" for c in case.comments)
    return (
        f"<header><nav><ul>{_links(MENUS[case.language], 'li')}</ul></nav></header>"
        f"<div class='cookie-banner'><p>{COOKIES[case.language]}</p><button>OK</button></div>"
        f"<main><article><h1>{escape(case.title)}</h1>{_paragraphs(case)}</article>"
        f"<section id='comments'>{comments}</section></main>"
        f"<aside class='related'><ul>{_links(case.teasers, 'li')}</ul></aside><footer><p>© 2025</p></footer>"
    )


def divs(case: Case) -> str:
    """Only divs, told apart by their classes."""
    teasers = "".join(f"<div class='teaser'><a href='/t'>{escape(t)}</a></div>" for t in case.teasers)
    comments = "".join(f"<div class='comment-body'>{escape(c)}</div>" for c in case.comments)
    return (
        f"<div class='menu'>{_links(MENUS[case.language], 'span')}</div>"
        f"<div id='cookie-notice'>{COOKIES[case.language]}</div>"
        f"<div class='page'><h1>{escape(case.title)}</h1><div class='article-body'>{_paragraphs(case)}</div>"
        f"<div class='related-articles'>{teasers}</div><div class='comments'>{comments}</div></div>"
        f"<div class='footer'>© 2025 {_links(MENUS[case.language], 'span')}</div>"
    )


def anonymous(case: Case) -> str:
    """Only divs, with class names that a build tool made."""
    teasers = "".join(f"<div class='css-9x'><a href='/t'>{escape(t)}</a></div>" for t in case.teasers)
    return (
        f"<div class='css-1a'>{_links(MENUS[case.language], 'div')}</div>"
        f"<div class='css-2b'>{COOKIES[case.language]}</div>"
        f"<div class='css-3c'><div class='css-4d'><h1>{escape(case.title)}</h1></div>"
        f"<div class='css-5e'><div class='css-6f'>{_paragraphs(case)}</div></div></div>"
        f"<div class='css-7g'>{teasers}</div><div class='css-8h'>© 2025</div>"
    )


def breaks(case: Case) -> str:
    """Paragraphs are set apart by line breaks."""
    text = "<br><br>\n".join(map(escape, case.paragraphs))
    return (
        f"<ul class='nav'>{_links(MENUS[case.language], 'li')}</ul><h1>{escape(case.title)}</h1>"
        f"<div class='content'>{text}</div><ul class='related'>{_links(case.teasers, 'li')}</ul>"
        f"<div class='cookies'>{COOKIES[case.language]}</div>"
    )


def tables(case: Case) -> str:
    """Columns are made with a table."""
    return (
        f"<table><tr><td colspan='2'>{_links(MENUS[case.language], 'b')}</td></tr>"
        f"<tr><td>{_links(case.teasers, 'p')}</td><td><h2>{escape(case.title)}</h2>{_paragraphs(case)}</td></tr>"
        f"<tr><td colspan='2'>© 2025 {COOKIES[case.language]}</td></tr></table>"
    )


MAKES: dict[str, Callable[[Case], str]] = {f.__name__: f for f in (semantic, divs, anonymous, breaks, tables)}


def html(case: Case, make: str) -> str:
    """The page of an article."""
    head = f"<title>{escape(case.title)} | The Site</title>"
    return f"<!DOCTYPE html><html lang='{case.language}'><head>{head}</head><body>{MAKES[make](case)}</body></html>"


def _ours(text: str) -> str:
    try:
        return page.read(text).body
    except PageInvalid:
        return ""


READERS: dict[str, Callable[[str], str]] = {
    "polygist": _ours,
    "trafilatura, as it comes": lambda text: extract(text, include_comments=False) or "",
    "turbohtml article()": lambda text: turbohtml.parse(text).article().text,
}


@dataclass
class Score:
    """Sums over pages: paragraphs and words."""

    paragraphs: int = 0
    found: int = 0
    words: int = 0
    foreign: int = 0

    def add(self, case: Case, text: str) -> None:
        """Count the paragraphs that are in `text`, and the words of `text` that are not the article's."""
        left = " ".join(text.split())
        for paragraph in case.paragraphs:
            self.found += paragraph in left
            left = left.replace(paragraph, " ", 1)
        self.paragraphs += len(case.paragraphs)
        words = len(left.replace(case.title, " ", 1).split())
        self.foreign += words
        self.words += words + sum(len(p.split()) for p in case.paragraphs)

    def __str__(self) -> str:
        return f"{100 * self.found / self.paragraphs:.1f} / {100 * self.foreign / self.words:.1f}"


def quality(data: Path, articles: int, console: Console) -> None:
    """Paragraphs found and foreign words in percent, by make of page and reader."""
    scores: dict[tuple[str, str], Score] = defaultdict(Score)
    languages: dict[tuple[str, str], Score] = defaultdict(Score)
    count = 0
    for case in cases(data, articles):
        count += 1
        for make in MAKES:
            source = html(case, make)
            for name, reader in READERS.items():
                text = reader(source)
                scores[name, make].add(case, text)
                languages[name, case.language].add(case, text)
    table = Table("found / foreign, %", *MAKES, *LANGUAGES, title=f"{count} articles")
    for name in READERS:
        row = [scores[name, make] for make in MAKES] + [languages[name, language] for language in LANGUAGES]
        table.add_row(name, *map(str, row))
    console.print(table)


_SENTENCE = "The council agreed on the plan for the new bridge on Monday. "
SLOW = {
    "a news page": "",
    "1 MB of text in one paragraph": "<p>" + _SENTENCE * 16_000,
    "1 MB of <": "<" * 1_000_000 + " a. ",
    "paragraphs": "<p>a. " * (MOST_ELEMENTS - 10),
    "divs": "<div>a. </div>" * (MOST_ELEMENTS - 10),
    "cells in one row": "<table><tr>" + "<td>a. " * (MOST_ELEMENTS - 10),
    "cells without a row": "<table>" + "text. <td>" * (MOST_ELEMENTS // 2),
    "articles": "<article><p>a. </p></article>" * (MOST_ELEMENTS // 2 - 10),
    "hidden blocks": "<div style='display:none'><p>a. </p></div>" * (MOST_ELEMENTS // 2 - 10),
    "links at depth 150": "<div>" * 150 + "<a href='x'>abc def</a> a. " * (MOST_DEPTHS // 155 - 80),
    "lines with a date": "<div class='date'>1 January 2024. </div>" * (MOST_ELEMENTS - 10),
    "over the bounds": "<p>a. " * 200_000,
}


def typical() -> str:
    """The text of the seed article four times over among teasers, comments and scripts."""
    (seed,) = (Path(__file__).parents[1] / "seeds").glob("*.txt")
    lines = [line for line in seed.read_text(encoding="utf-8").splitlines() if line]
    case = Case("en", lines[0], lines[1:] * 4, lines[1:40], lines[1:60])
    filler = "<script>" + "window.data=[1,2,3];" * 2_000 + "</script>"
    return html(case, "semantic").replace("</head>", filler + "</head>")


def times(console: Console) -> None:
    """Seconds for the pages that take longest, median of three."""
    page.read(f"<p>{_SENTENCE}</p>")
    table = Table("page", "kB", "seconds")
    for name, source in {**SLOW, "a news page": typical()}.items():
        seconds = []
        for _ in range(3):
            begun = time.monotonic()
            _ours(source)
            seconds.append(time.monotonic() - begun)
        table.add_row(name, f"{len(source) / 1000:.0f}", f"{median(seconds):.3f}")
        console.print(f"{name}: {median(seconds):.3f}", style="dim")
    console.print(table)


def main() -> None:
    """Print one of the two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=DATA)
    parser.add_argument("--articles", type=int, default=100, help="of each language")
    parser.add_argument("--time", action="store_true")
    asked = parser.parse_args()
    console = Console(width=160)
    if asked.time:
        times(console)
    elif asked.data.exists():
        quality(asked.data, asked.articles, console)
    else:
        sys.exit(f"{asked.data} is not there")


if __name__ == "__main__":
    main()
