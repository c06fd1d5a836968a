"""What the goldens of tests/data/markup hold; `python -m tests.unit.translate.markup.markup_goldens` writes them anew.

Beside an article `en.html` lie `en.upper.html` and `en.backwards.html`, its translations by two fakes.
"""

import asyncio
from collections import Counter
from pathlib import Path

from markdown_it import MarkdownIt

from polygist.translate.markup import html, markdown
from polygist.translate.markup.runs import Document
from polygist.translate.markup.translation import translate
from tests.unit.translate.markup.fakes import Fake, backwards

FOLDER = Path(__file__).parents[3] / "data" / "markup"
FAKES = {"upper": str.upper, "backwards": backwards}
ARTICLES = sorted(p for p in FOLDER.iterdir() if len(p.suffixes) == 1)


def parsed(article: Path) -> Document:
    """An article by the format and the language that its name says."""
    parse = html.parse if article.suffix == ".html" else markdown.parse
    return parse(article.read_text("utf-8"), article.stem)


def golden(article: Path, fake: str) -> Path:
    """The file of an article's translation."""
    return article.with_suffix(f".{fake}{article.suffix}")


def translated(article: Path, fake: str) -> str:
    """An article's translation by a fake."""
    return asyncio.run(translate(parsed(article), Fake(FAKES[fake]))).text


def tags(text: str) -> Counter[str]:
    """The tags of an HTML text, and all else in it that is no text."""
    return Counter(text[t.start : t.end] for t in html.tokens(text) if t.kind != "text")


def markup(text: str) -> Counter[str]:
    """What a renderer that knows nothing of ours makes of a Markdown text, without its words."""
    rendered = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return tags(rendered)


def record() -> None:
    """Write every golden."""
    for article in ARTICLES:
        for fake in FAKES:
            golden(article, fake).write_text(translated(article, fake), "utf-8")


if __name__ == "__main__":
    record()
